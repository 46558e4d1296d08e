#!/usr/bin/env node
import { launch } from "@sluice/protocol/launch";

launch("source-reference-rows", () => import("../dist/programs/source-reference-rows.js"));
