#!/usr/bin/env node
import { launch } from "@sluice/protocol/launch";

launch("sluice-worker", () => import("../dist/bin/worker.js"));
