#!/usr/bin/env node
import { launch } from "@sluice/protocol/launch";

launch("destination-defective", () => import("../dist/reference/destination-defective-bin.js"));
