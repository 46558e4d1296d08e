#!/usr/bin/env node
import { launch } from "@sluice/protocol/launch";

launch("source-example", () => import("../dist/programs/source-example.js"));
