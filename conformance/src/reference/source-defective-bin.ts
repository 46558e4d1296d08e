#!/usr/bin/env node
import { runSource } from "@sluice/protocol/stdio";
import { defectiveConnector } from "./defects/defect.ts";
import { sourceDefects } from "./defects/source-defects.ts";
import { ReferenceSource } from "./source.ts";

await runSource(defectiveConnector(sourceDefects, () => new ReferenceSource()));
