#!/usr/bin/env node
import { runSource } from "@sluice/protocol/stdio";
import { source } from "./source.ts";

await runSource(source);
