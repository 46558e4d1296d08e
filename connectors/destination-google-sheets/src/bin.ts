import { runDestination } from "@sluice/protocol/stdio";
import { destination } from "./destination.ts";

await runDestination(destination);
