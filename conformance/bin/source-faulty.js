#!/usr/bin/env node
import { launch } from "@sluice/protocol/launch";

launch("source-faulty", () => import("../dist/source-faulty/bin.js"));
