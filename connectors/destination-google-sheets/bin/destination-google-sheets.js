#!/usr/bin/env node
import { launch } from "@sluice/protocol/launch";

launch("destination-google-sheets", () => import("../dist/programs/destination-google-sheets.js"));
