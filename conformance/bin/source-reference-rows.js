#!/usr/bin/env node
import { launch } from "@sluice/protocol/launch";

launch("source-reference-rows", () => import("../dist/reference/source-rows-bin.js"));
