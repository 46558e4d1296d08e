#!/usr/bin/env node
import { launch } from "@sluice/protocol/launch";

launch("source-faulty", () => import("../dist/programs/source-faulty.js"));
