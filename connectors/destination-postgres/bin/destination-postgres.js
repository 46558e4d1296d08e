#!/usr/bin/env node
import { launch } from "@sluice/protocol/launch";

launch("destination-postgres", () => import("../dist/programs/destination-postgres.js"));
