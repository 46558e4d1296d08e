#!/usr/bin/env node
import { launch } from "@sluice/protocol/launch";

launch("sluice-pretty-log", () => import("../dist/programs/sluice-pretty-log.js"));
