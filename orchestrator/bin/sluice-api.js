#!/usr/bin/env node
import { launch } from "@sluice/protocol/launch";

launch("sluice-api", () => import("../dist/bin/api.js"));
