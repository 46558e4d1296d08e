#!/usr/bin/env node
import { launch } from "@sluice/protocol/launch";

launch("sluice-test", () => import("../dist/programs/sluice-test.js"));
