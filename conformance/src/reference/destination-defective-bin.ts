#!/usr/bin/env node
import { runDestination } from "@sluice/protocol/stdio";
import { defectiveConnector } from "./defects/defect.ts";
import { destinationDefects } from "./defects/destination-defects.ts";
import { ReferenceDestination } from "./destination.ts";

await runDestination(defectiveConnector(destinationDefects, () => new ReferenceDestination()));
