#!/usr/bin/env node
import { launch } from "@sluice/protocol/launch";

launch("sluice-serve", () => import("../dist/bin/serve.js"));
