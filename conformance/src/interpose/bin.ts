#!/usr/bin/env node
import { runInterpose } from "./command.ts";

await runInterpose(process.argv.slice(2));
