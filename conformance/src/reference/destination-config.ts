import { z } from "zod";

/** The configuration of destination-reference. */
export const DestinationConfig = z.strictObject({
  folder: z.string().min(1).describe("Where the database file is; made if it is missing."),
  token: z
    .string()
    .default("")
    .describe("What token.txt in the folder has, where there is one.")
    .meta({ secret: true }),
  host: z.string().min(1).describe("Where the server of the database listens, instead of opening the file.").optional(),
  port: z.int().min(1).max(65_535).describe("Its port, with host.").optional(),
});
export type DestinationConfig = z.infer<typeof DestinationConfig>;
