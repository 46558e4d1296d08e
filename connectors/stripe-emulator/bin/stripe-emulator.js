#!/usr/bin/env node
import { launch } from "@sluice/protocol/launch";

launch("stripe-emulator", () => import("../dist/bin.js"));
