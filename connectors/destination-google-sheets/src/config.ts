import { z } from "zod";

/** What Google allows a file to have. */
const MOST_CELLS = 10_000_000;

const ServiceAccount = z
  .looseObject({
    client_email: z.email().describe("The service account's address, with which the spreadsheet is shared."),
    private_key: z
      .string()
      .includes("PRIVATE KEY", { message: "it must be the private_key of the key file, PEM" })
      .describe("The service account's key, PEM.")
      .meta({ secret: true }),
  })
  .describe("The JSON of a service account's key file.");

/** The configuration of destination-google-sheets, as its `spec` publishes it. */
export const Config = z
  .strictObject({
    spreadsheet_id: z
      .string()
      .regex(/^[\w-]+$/, "it must be the part of the spreadsheet's address between /d/ and /edit")
      .describe("Which spreadsheet: the part of its address between /d/ and /edit. `setup` makes one when absent.")
      .optional(),
    service_account: ServiceAccount.optional(),
    service_account_file: z
      .string()
      .min(1)
      .describe("Path of a service account's key file, instead of service_account.")
      .optional(),
    client_id: z.string().min(1).describe("OAuth client, to act for a person.").meta({ secret: true }).optional(),
    client_secret: z.string().min(1).describe("Secret of the OAuth client.").meta({ secret: true }).optional(),
    refresh_token: z
      .string()
      .min(1)
      .describe("What the person gave to the OAuth client.")
      .meta({ secret: true })
      .optional(),
    base_url: z.url().describe("Where the API is instead of at Google, for tests.").optional(),
    cells_budget: z
      .int()
      .min(1)
      .max(MOST_CELLS)
      .describe("Most cells that the file may come to have, blank ones too. Google allows ten million.")
      .default(MOST_CELLS),
    requests_per_minute: z
      .int()
      .min(1)
      .max(100_000)
      .describe("Most reads, and most writes, in a minute. Google allows a user 60 of each.")
      .default(60),
    max_batch_bytes: z.int().min(1024).max(8_000_000).describe("Most bytes in one write.").default(2_000_000),
    checkpoint_interval_ms: z
      .int()
      .min(0)
      .max(600_000)
      .describe("Longest wait for a fuller batch, and so between states.")
      .default(5000),
    max_retry_ms: z
      .int()
      .min(0)
      .describe("How long to try again after a lost connection, a full quota or a failure at Google.")
      .default(300_000),
    on_unfit: z
      .enum(["alter", "reject"])
      .describe(
        "What to do with a value that no cell can hold, as it is too long or has U+0000 or half of a surrogate pair: cut it, put U+FFFD there and count it, or reject its record.",
      )
      .default("alter"),
    on_reject: z
      .enum(["continue", "fail"])
      .describe(
        "What to do with a record that is rejected, for its key or a value: report it and go on, or stop before it.",
      )
      .default("continue"),
    max_rejects: z
      .int()
      .min(0)
      .describe("More rejected records than this end the run with exit code 15.")
      .default(1000),
  })
  .superRefine((config, context) => {
    const problem = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    const oauth = [config.client_id, config.client_secret, config.refresh_token];
    const given = oauth.filter((value) => value !== undefined).length;
    const isAccount = config.service_account !== undefined || config.service_account_file !== undefined;
    if (given > 0 && isAccount) problem("refresh_token", "give a service account or an OAuth client, not both");
    else if (given > 0 && given < oauth.length)
      problem("refresh_token", "client_id, client_secret and refresh_token belong together");
    else if (given === 0 && !isAccount)
      context.addIssue({
        code: "custom",
        path: [],
        message:
          "There are no credentials: set DESTINATION_GOOGLE_SHEETS_SERVICE_ACCOUNT_FILE to the key file of a service account, or give client_id, client_secret and refresh_token of an OAuth client.",
      });
    if (config.service_account !== undefined && config.service_account_file !== undefined)
      problem("service_account_file", "give it or service_account, not both");
  });
export type Config = z.infer<typeof Config>;
