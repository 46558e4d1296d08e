#!/usr/bin/env node
import { launch } from "@sluice/protocol/launch";

launch("destination-reference-rows", () => import("../dist/programs/destination-reference-rows.js"));
