#!/usr/bin/env node
import { launch } from "@sluice/protocol/launch";

launch("sluice", () => import("../dist/bin.js"));
