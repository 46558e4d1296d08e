import { z } from "zod";

const MAX_ROWS = 10_000;
const MAX_SQL = 100_000;

export const DataTable = z
  .object({
    schema: z.string(),
    name: z.string(),
    kind: z.enum(["table", "view"]),
    estimated_rows: z
      .number()
      .nullable()
      .describe("As the database last counted, else as it was told of since then; null when it knows neither."),
    bytes: z.number().describe("With its indexes."),
    comment: z.string().nullable(),
    columns: z.array(
      z.object({
        name: z.string(),
        type: z.string(),
        is_key: z.boolean(),
        is_nullable: z.boolean(),
        comment: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: "DataTable" });

const DataColumn = z.object({ name: z.string(), type: z.string().describe("As Postgres writes it.") });

export const DataRows = z
  .object({
    columns: z.array(DataColumn),
    rows: z
      .array(z.array(z.string().nullable()))
      .describe("Values as texts, so that no number loses a digit: times in ISO 8601, UTC; arrays and json as JSON."),
    truncated: z
      .enum(["rows", "bytes"])
      .nullable()
      .describe("What there was too much of, so that the rest is left out."),
    duration_ms: z.int(),
  })
  .meta({ id: "DataRows" });

export const NewQuestion = z.strictObject({
  sql: z
    .string()
    .min(1)
    .max(MAX_SQL)
    .regex(/^[^\0]*$/, "it must not hold U+0000")
    .describe("One statement that reads."),
  max_rows: z.int().min(1).max(MAX_ROWS).default(1000),
  timeout_ms: z.int().min(100).max(300_000).default(30_000),
  query_id: z.uuid().optional().describe("Chosen by who asks, to cancel it by."),
});

/** A file may hold more rows than an answer that is shown. */
export const NewDownload = NewQuestion.extend({
  max_rows: z
    .int()
    .min(1)
    .max(MAX_ROWS * 10)
    .default(MAX_ROWS * 10),
});

const TableName = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\0]*$/);

export const TailedTable = z.object({ schema: TableName, table: TableName });
