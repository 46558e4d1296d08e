#!/usr/bin/env node
import { existsSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { RowTable } from "./row-table.ts";

// Prints the rows of a stream of destination-reference: destination-reference-rows FOLDER STREAM
const [folder = ".", stream = ""] = process.argv.slice(2);
const file = join(folder, "checkpoints.sqlite");
if (existsSync(file)) {
  using database = new DatabaseSync(file, { timeout: 30_000 });
  process.stdout.write(
    new RowTable(database)
      .visible(stream)
      .map((row) => `${row}\n`)
      .join(""),
  );
}
