#!/usr/bin/env node
import { launch } from "@sluice/protocol/launch";

launch("destination-faulty", () => import("../dist/programs/destination-faulty.js"));
