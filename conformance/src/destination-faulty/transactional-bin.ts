#!/usr/bin/env node
import { runDestination } from "@sluice/protocol/stdio";
import { Saboteur } from "../sabotage/saboteur.ts";
import { listsFaults } from "../sabotage/settings.ts";
import { destinationFaults } from "./destination-faults.ts";
import { faultyDestination } from "./destination.ts";

if (!listsFaults(destinationFaults)) {
  const saboteur = new Saboteur();
  await runDestination(faultyDestination(saboteur, true));
  await saboteur.finish();
}
