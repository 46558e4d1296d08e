import { z } from "zod";

// Prints what a list of the API has, an object a line: rows.ts STREAM, where STREAM is the list's path behind /v1/. The
// server and the key are those of source-stripe's own variables. Another client than the source's, to compare it with.
const [stream = ""] = process.argv.slice(2);
const { SOURCE_STRIPE_BASE_URL: base, SOURCE_STRIPE_API_KEY: key, SOURCE_STRIPE_API_VERSION: version } = process.env;
const Page = z.object({ data: z.array(z.looseObject({ id: z.string() })), has_more: z.boolean() });

let last: string | undefined;
for (let hasMore = true; hasMore;) {
  const url = new URL(`/v1/${stream}?limit=100`, base);
  if (last !== undefined) url.searchParams.set("starting_after", last);
  const answer = await fetch(url, { headers: { authorization: `Bearer ${key}`, "stripe-version": version ?? "" } });
  const page = Page.parse(await answer.json());
  process.stdout.write(page.data.map((object) => `${JSON.stringify(object)}\n`).join(""));
  last = page.data.at(-1)?.id;
  hasMore = page.has_more;
}
