#!/usr/bin/env node
import { launch } from "@sluice/protocol/launch";

launch("source-defective", () => import("../dist/reference/source-defective-bin.js"));
