#!/usr/bin/env node
import { launch } from "@sluice/protocol/launch";

launch("destination-reference", () => import("../dist/programs/destination-reference.js"));
