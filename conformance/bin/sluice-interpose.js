#!/usr/bin/env node
import { launch } from "@sluice/protocol/launch";

launch("sluice-interpose", () => import("../dist/programs/sluice-interpose.js"));
