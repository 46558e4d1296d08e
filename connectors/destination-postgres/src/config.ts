import { z } from "zod";

const Ssl = z
  .strictObject({
    mode: z
      .enum(["disable", "require", "verify-ca", "verify-full"])
      .describe(
        "How the connection is encrypted: not at all; yes, but trusting anybody; with a certificate of a known authority; and of this very host.",
      ),
    ca: z.string().describe("Certificates of the authorities to trust, PEM; the system's when absent.").optional(),
    cert: z.string().describe("Our own certificate, PEM, where the server asks for one.").optional(),
    key: z.string().describe("The key of our certificate, PEM.").meta({ secret: true }).optional(),
  })
  .describe("How the connection is encrypted; overrides sslmode in connection_string. Not at all when neither says so.")
  .optional();

const Iam = z
  .strictObject({
    region: z.string().min(1).describe("Region of the database, such as eu-central-1."),
    role_arn: z.string().min(1).describe("A role to take on for it.").optional(),
    external_id: z.string().min(1).describe("What the role's owner asks for besides.").optional(),
  })
  .describe(
    "AWS RDS: instead of a password, a token signed with the credentials that the AWS SDK finds. Needs the package @aws-sdk/rds-signer, and for a role @aws-sdk/client-sts.",
  )
  .optional();

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
    ssl: Ssl,
    iam: Iam,
    schema: identifier("Schema of the tables; made when it is missing. {namespace} stands for the stream's.").default(
      "public",
    ),
    table_prefix: z
      .string()
      .regex(/^[^\0]*$/)
      .describe("What the name of each table begins with.")
      .default(""),
    checkpoint_schema: identifier("Schema of the checkpoints; made when it is missing.").default("_sluice"),
    deletes: z
      .enum(["soft", "hard"])
      .describe("What a delete does: mark the row, or remove it and keep its key and version beside the table.")
      .default("soft"),
    tombstone_retention_days: z
      .int()
      .min(1)
      .describe(
        "How long the keys of removed rows are kept; for ever when absent. A record older than the delete that comes later than this brings its row back.",
      )
      .optional(),
    raw: z
      .boolean()
      .describe("Keep the whole object in _raw; otherwise only the fields that have no column, in _extra.")
      .default(true),
    timestamps: z
      .enum(["timestamptz", "epoch"])
      .describe("What becomes of integer seconds (format unix-time): a timestamptz, or the number as it is.")
      .default("timestamptz"),
    parallel: z.int().min(1).max(64).describe("Connections that write at the same time.").default(2),
    max_batch_rows: z.int().min(1).max(100_000).describe("Most rows in one transaction.").default(2000),
    max_batch_bytes: z.int().min(1024).max(268_435_456).describe("Most bytes in one transaction.").default(4_194_304),
    max_batch_ms: z.int().min(0).max(60_000).describe("Longest wait for a fuller batch.").default(200),
    statement_timeout_ms: z.int().min(0).describe("Longest time for one statement; 0 is no limit.").default(600_000),
    max_retry_ms: z
      .int()
      .min(0)
      .describe("How long to try again after a lost connection, a deadlock or a restart of the database.")
      .default(30_000),
    on_reject: z
      .enum(["continue", "fail"])
      .describe("What to do with a row that Postgres cannot store: report it and go on, or stop before it.")
      .default("continue"),
    max_rejects: z.int().min(0).describe("More rejected rows than this end the run with exit code 15.").default(1000),
  })
  .superRefine((config, context) => {
    const problem = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    if (config.connection_string !== undefined && config.host !== undefined)
      problem("host", "give either connection_string or host, not both");
    if (config.schema === config.checkpoint_schema)
      problem("schema", "it must be another one than checkpoint_schema, whose tables are not for records");
    for (const field of ["database", "user"] as const)
      if (config.host !== undefined && config[field] === undefined) problem(field, "it is needed with host");
    if (config.connection_string === undefined && config.host === undefined)
      problem("connection_string", "or host, database and user");
  });
export type Config = z.infer<typeof Config>;

function identifier(description: string): z.ZodString {
  const message = "it must be a name of at most 63 bytes, not beginning with pg_ and not information_schema";
  return z
    .string()
    .regex(/^(?!pg_)(?!information_schema$)[^\0]+$/, message)
    .refine((name) => Buffer.byteLength(name) <= 63, message)
    .describe(description);
}
