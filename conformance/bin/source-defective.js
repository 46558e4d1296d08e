#!/usr/bin/env node
import { launch } from "@sluice/protocol/launch";

launch("source-defective", () => import("../dist/programs/source-defective.js"));
