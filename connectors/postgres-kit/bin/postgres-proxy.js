#!/usr/bin/env node
import { launch } from "@sluice/protocol/launch";

launch("postgres-proxy", () => import("../dist/proxy/bin.js"));
