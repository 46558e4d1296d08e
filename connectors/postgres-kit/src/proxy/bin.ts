#!/usr/bin/env node
import { runProxy } from "./command.ts";

await runProxy();
