#!/usr/bin/env node
import { runSource } from "@sluice/protocol/stdio";
import { Saboteur } from "../sabotage/saboteur.ts";
import { listsFaults } from "../sabotage/settings.ts";
import { sourceFaults } from "./source-faults.ts";
import { faultySource } from "./source.ts";

if (!listsFaults(sourceFaults)) {
  const saboteur = new Saboteur();
  await runSource(faultySource(saboteur));
  await saboteur.finish();
}
