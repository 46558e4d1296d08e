import { SluiceError } from "@sluice/protocol";
import type { SetupOptions } from "@sluice/protocol/stdio";
import { z } from "zod";
import { ownerOf } from "../account.ts";
import type { Config } from "../config.ts";
import { secretsOf } from "../config.ts";
import { offerOf } from "../streams.ts";
import { StripeClient } from "../stripe-client.ts";

const PATH = "/v1/webhook_endpoints";
/** Tells the endpoints that this source made from those of others. */
const MADE_BY = "sluice source-stripe";

const Endpoint = z.looseObject({
  id: z.string(),
  url: z.string(),
  api_version: z.string().nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
});
const Endpoints = z.object({ data: z.array(Endpoint), has_more: z.boolean() });
const Created = Endpoint.extend({ secret: z.string() });
type Endpoint = z.infer<typeof Endpoint>;

/** Whose events an endpoint is sent: the key's own account's, or those of the accounts connected to it. */
type Hears = "own" | "connected";

/**
 * Makes the webhook endpoints at `webhook.public_url`, unless they are there already and their secrets known: one for
 * the key's own account, one for the accounts connected to it, or both, as `account_ids` wants it.
 */
export async function setUpEndpoint(config: Config, { dryRun, configured }: SetupOptions<Config>): Promise<string[]> {
  const { public_url: url } = config.webhook;
  if (url === undefined) return nothingToSetUp(config);
  return withClient(config, async (client) => {
    const own = await ownEndpoints(client, url);
    const wanted = await wantedEndpoints(client, config);
    const current = own.filter(({ api_version: version }) => version === config.api_version);
    const isThere = wanted.every((hears) => current.some((each) => hearsOf(each) === hears));
    if (isThere && current.length === wanted.length && secretsOf(config).length >= wanted.length)
      return current.map(({ id }) => `The endpoint ${id} at ${url} is there already.`);
    // a secret is told once: an endpoint whose secret is not known is of no use
    const before = own.map(
      ({ id }) => `Deletes the endpoint ${id} at ${url}, which is of another version or whose secret is not known.`,
    );
    const what = (hears: Hears) =>
      `at ${url}${hears === "own" ? "" : " for connected accounts"} in version ${config.api_version}.`;
    if (dryRun) return [...before, ...wanted.map((hears) => `Makes an endpoint ${what(hears)}`)];
    const { catalog } = await offerOf(config);
    const made: (z.infer<typeof Created> & { hears: Hears })[] = [];
    for (const hears of wanted) {
      const form = new URLSearchParams({
        url,
        api_version: config.api_version,
        description: "Keeps a copy of this account current.",
        "metadata[made_by]": MADE_BY,
        ...(hears === "own" ? {} : { connect: "true", "metadata[hears]": hears }),
      });
      for (const { type } of catalog.events) form.append("enabled_events[]", type);
      made.push({ ...Created.parse(await client.send({ method: "POST", path: PATH, form })), hears });
    }
    const secrets = made.map(({ secret }) => secret);
    const secret = secrets.length === 1 ? secrets[0] : secrets;
    await configured({ ...config, webhook: { ...config.webhook, secret } });
    for (const { id } of own) await remove(client, id);
    return made.map(({ id, hears }) => `Made the endpoint ${id} ${what(hears)}`);
  });
}

/** Resolves to the endpoints that the configured accounts need. */
async function wantedEndpoints(client: StripeClient, { account_ids: ids, api_key: key }: Config): Promise<Hears[]> {
  if (ids === undefined) return ["own"];
  if (ids === "all") return ["own", "connected"];
  const { account } = await ownerOf(client, key);
  const others = ids.filter((id) => id !== account);
  return [
    ...(others.length < ids.length ? ["own" as const] : []),
    ...(others.length > 0 ? ["connected" as const] : []),
  ];
}

function hearsOf({ metadata }: Endpoint): Hears {
  return metadata?.["hears"] === "connected" ? "connected" : "own";
}

/** Deletes the endpoints at `webhook.public_url` that setup made. */
export async function tearDownEndpoint(config: Config, { dryRun }: { dryRun: boolean }): Promise<string[]> {
  const { public_url: url } = config.webhook;
  if (url === undefined) return ["Without webhook.public_url setup has made nothing, so there is nothing to delete."];
  return withClient(config, async (client) => {
    const own = await ownEndpoints(client, url);
    if (!dryRun) for (const { id } of own) await remove(client, id);
    if (own.length === 0) return [`There is no endpoint at ${url} that setup made.`];
    return own.map(({ id }) => `${dryRun ? "Deletes" : "Deleted"} the endpoint ${id} at ${url}.`);
  });
}

async function ownEndpoints(client: StripeClient, url: string): Promise<Endpoint[]> {
  const found: Endpoint[] = [];
  for (let after: string | undefined = ""; after !== undefined;) {
    const query = { limit: 100, ...(after === "" ? {} : { starting_after: after }) };
    const page = Endpoints.parse(await client.send({ method: "GET", path: PATH, query }));
    found.push(...page.data);
    after = page.has_more ? page.data.at(-1)?.id : undefined;
  }
  return found.filter((endpoint) => endpoint.url === url && endpoint.metadata?.["made_by"] === MADE_BY);
}

async function remove(client: StripeClient, id: string): Promise<void> {
  await client.send({
    method: "DELETE",
    path: `${PATH}/${encodeURIComponent(id)}`,
    endpoint: `${PATH}/{webhook_endpoint}`,
  });
}

async function withClient<T>(config: Config, work: (client: StripeClient) => Promise<T>): Promise<T> {
  const client = new StripeClient(config, { signal: new AbortController().signal });
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.close();
  }
}

/** Yields what is to be said where no address is configured; throws `config` for events that could not find the listener. */
function nothingToSetUp(config: Config): string[] {
  if (config.events.mode !== "webhook" || secretsOf(config).length > 0)
    return ["Nothing is to be set up at Stripe: an endpoint is made only where webhook.public_url tells its address."];
  throw new SluiceError(
    "config",
    "setup needs webhook.public_url: the address at which Stripe is to find the webhook listener.",
  );
}
