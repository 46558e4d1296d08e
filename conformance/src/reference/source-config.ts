import { z } from "zod";

/** The configuration of source-reference. */
export const SourceConfig = z.strictObject({
  folder: z.string().min(1).describe("Where the files of items are, a stream each: NAME.ndjson."),
  token: z
    .string()
    .default("")
    .describe("What token.txt in the folder has, where there is one.")
    .meta({ secret: true }),
  base_url: z.url().describe("Where the files of items are served, instead of the folder.").optional(),
  page_size: z.int().positive().default(7).describe("Items in a page; a state follows each."),
  padding_bytes: z.int().nonnegative().default(0).describe("How much text is added to each record."),
});
export type SourceConfig = z.infer<typeof SourceConfig>;
