import { addressOf } from "@sluice/postgres-kit/address";
import { SluiceError } from "@sluice/protocol";
import { Client } from "pg";
import { z } from "zod";
import { configuredSide } from "../pipelines/renewed-config.ts";
import type { Store } from "../store/store.ts";
import { dataFailure } from "./data-failure.ts";

const CONNECTOR = "destination-postgres";
const CONNECT_TIMEOUT_MS = 10_000;

/** What of the configuration of destination-postgres says where its tables are. */
const Place = z.object({
  connection_string: z.string().optional(),
  host: z.string().optional(),
  port: z.number().default(5432),
  database: z.string().optional(),
  user: z.string().optional(),
  password: z.string().optional(),
  ssl: z
    .object({
      mode: z.enum(["disable", "require", "verify-ca", "verify-full"]),
      ca: z.string().optional(),
      cert: z.string().optional(),
      key: z.string().optional(),
    })
    .optional(),
  iam: z.object({ region: z.string(), role_arn: z.string().optional(), external_id: z.string().optional() }).optional(),
  schema: z.string().default("public"),
  table_prefix: z.string().default(""),
  checkpoint_schema: z.string().default("_sluice"),
});
type Place = z.infer<typeof Place>;

/** A connection to the database that a pipeline writes to, for one look at it. */
export class DestinationDatabase implements AsyncDisposable {
  readonly client: Client;
  /** Where the tables are; undefined when each namespace has a schema of its own. */
  readonly schema: string | undefined;
  readonly tablePrefix: string;
  /** Holds no records. */
  readonly checkpointSchema: string;

  private constructor(client: Client, { schema, table_prefix, checkpoint_schema }: Place) {
    this.client = client;
    this.schema = schema.includes("{namespace}") ? undefined : schema;
    this.tablePrefix = table_prefix;
    this.checkpointSchema = checkpoint_schema;
  }

  /**
   * Connects as the destination does; `name` is what the session is called there. Throws `config` for a pipeline whose
   * destination is no Postgres, and what keeps it from being reached.
   */
  static async open(store: Store, pipelineId: string, name: string): Promise<DestinationDatabase> {
    const place = await placeOf(store, pipelineId);
    try {
      const { options, token } = addressOf(place);
      await token?.refresh();
      const client = new Client({
        ...options,
        application_name: name,
        connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
        keepAlive: true,
        // the kernel's own delay is two hours
        keepAliveInitialDelayMillis: 10_000,
      });
      // told by the statement that it ends
      client.on("error", () => {});
      await client.connect();
      return new DestinationDatabase(client, place);
    } catch (error) {
      throw dataFailure(error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.end().catch(() => {});
  }
}

async function placeOf(store: Store, pipelineId: string): Promise<Place> {
  const { connector, config } = await configuredSide(store, pipelineId, "destination");
  if (connector !== CONNECTOR)
    throw new SluiceError(
      "config",
      `This pipeline writes to ${connector}, whose data cannot be looked at here; that takes a destination-postgres.`,
    );
  const place = Place.safeParse(config);
  if (!place.success || (place.data.connection_string === undefined && place.data.host === undefined))
    throw new SluiceError(
      "config",
      "The destination's connection does not say where its database is; give it connection_string, or host.",
    );
  return place.data;
}
