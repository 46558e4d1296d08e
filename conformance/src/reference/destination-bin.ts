#!/usr/bin/env node
import { runDestination } from "@sluice/protocol/stdio";
import { ReferenceDestination } from "./destination.ts";

await runDestination(new ReferenceDestination());
