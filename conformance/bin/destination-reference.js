#!/usr/bin/env node
import { launch } from "@sluice/protocol/launch";

launch("destination-reference", () => import("../dist/reference/destination-bin.js"));
