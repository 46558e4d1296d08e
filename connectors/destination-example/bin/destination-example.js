#!/usr/bin/env node
import { launch } from "@sluice/protocol/launch";

launch("destination-example", () => import("../dist/programs/destination-example.js"));
