#!/usr/bin/env node
import { launch } from "@sluice/protocol/launch";

launch("google-sheets-emulator", () => import("../dist/bin.js"));
