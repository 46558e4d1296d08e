#!/usr/bin/env node
import { launch } from "@sluice/protocol/launch";

launch("destination-defective", () => import("../dist/programs/destination-defective.js"));
