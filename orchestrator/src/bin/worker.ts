import { runServer } from "../serve/command.ts";

await runServer("worker");
