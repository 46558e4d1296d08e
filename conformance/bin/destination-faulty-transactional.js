#!/usr/bin/env node
import { launch } from "@sluice/protocol/launch";

launch("destination-faulty-transactional", () => import("../dist/programs/destination-faulty-transactional.js"));
