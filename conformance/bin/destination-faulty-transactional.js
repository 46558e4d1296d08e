#!/usr/bin/env node
import { launch } from "@sluice/protocol/launch";

launch("destination-faulty-transactional", () => import("../dist/destination-faulty/transactional-bin.js"));
