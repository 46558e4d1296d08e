#!/usr/bin/env node
import { launch } from "@sluice/protocol/launch";

launch("destination-postgres", () => import("../dist/bin.js"));
