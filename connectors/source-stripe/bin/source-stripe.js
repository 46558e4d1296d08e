#!/usr/bin/env node
import { launch } from "@sluice/protocol/launch";

launch("source-stripe", () => import("../dist/bin.js"));
