#!/usr/bin/env node
import { launch } from "@sluice/protocol/launch";

launch("sluice", () => import("../dist/programs/sluice.js"));
