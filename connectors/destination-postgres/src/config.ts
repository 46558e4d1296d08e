import { z } from "zod";

/** The configuration of destination-postgres, as its `spec` publishes it. */
export const Config = z
  .strictObject({
    connection_string: z
      .string()
      .regex(/^postgres(ql)?:\/\//, "it must begin with postgresql://")
      .describe("Where the database is, such as postgresql://user:password@host:5432/database.")
      .meta({ secret: true })
      .optional(),
    host: z.string().min(1).describe("Host name, address or socket folder; instead of connection_string.").optional(),
    port: z.int().min(1).max(65_535).describe("Port, with host.").default(5432),
    database: z.string().min(1).describe("Database, with host.").optional(),
    user: z.string().min(1).describe("Role, with host.").optional(),
    password: z.string().describe("Password of the role, with host.").meta({ secret: true }).optional(),
    schema: identifier("Schema of the tables; made when it is missing.").default("public"),
    checkpoint_schema: identifier("Schema of the checkpoints; made when it is missing.").default("_sluice"),
    parallel: z.int().min(1).max(64).describe("Connections that write at the same time.").default(2),
    max_batch_rows: z.int().min(1).max(100_000).describe("Most rows in one transaction.").default(2000),
    max_batch_bytes: z.int().min(1024).max(268_435_456).describe("Most bytes in one transaction.").default(4_194_304),
    max_batch_ms: z.int().min(0).max(60_000).describe("Longest wait for a fuller batch.").default(200),
    statement_timeout_ms: z.int().min(0).describe("Longest time for one statement; 0 is no limit.").default(600_000),
    on_reject: z
      .enum(["continue", "fail"])
      .describe("What to do with a row that Postgres cannot store: report it and go on, or stop before it.")
      .default("continue"),
    max_rejects: z.int().min(0).describe("More rejected rows than this end the run with exit code 15.").default(1000),
  })
  .superRefine((config, context) => {
    if (config.connection_string !== undefined && config.host !== undefined) {
      context.addIssue({ code: "custom", path: ["host"], message: "give either connection_string or host, not both" });
    }
    if (config.connection_string !== undefined || config.host !== undefined) return;
    context.addIssue({ code: "custom", path: ["connection_string"], message: "or host, database and user" });
  });
export type Config = z.infer<typeof Config>;

function identifier(description: string): z.ZodString {
  const message = "it must be a name of at most 63 bytes, not beginning with pg_";
  return z
    .string()
    .regex(/^(?!pg_)[^\0]+$/, message)
    .refine((name) => Buffer.byteLength(name) <= 63, message)
    .describe(description);
}
