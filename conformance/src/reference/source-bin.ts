#!/usr/bin/env node
import { runSource } from "@sluice/protocol/stdio";
import { ReferenceSource } from "./source.ts";

await runSource(new ReferenceSource());
