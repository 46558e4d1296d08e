#!/usr/bin/env node
import { launch } from "@sluice/protocol/launch";

launch("source-reference", () => import("../dist/programs/source-reference.js"));
