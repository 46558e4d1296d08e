#!/usr/bin/env node
import { launch } from "@sluice/protocol/launch";

launch("destination-reference-rows", () => import("../dist/reference/destination-rows-bin.js"));
