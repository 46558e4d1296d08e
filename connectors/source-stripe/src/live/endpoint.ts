import { SluiceError } from "@sluice/protocol";
import type { SetupOptions } from "@sluice/protocol/stdio";
import { z } from "zod";
import { ownerOf } from "../account.ts";
import type { Config } from "../config.ts";
import { secretsOf } from "../config.ts";
import { shortList } from "../short-list.ts";
import { offerOf } from "../streams.ts";
import { StripeClient } from "../stripe-client.ts";

const PATH = "/v1/webhook_endpoints";
/** Tells the endpoints that this source made from those of others. */
const MADE_BY = "sluice source-stripe";

const Endpoint = z.looseObject({
  id: z.string(),
  url: z.string(),
  status: z.string().nullish(),
  api_version: z.string().nullish(),
  enabled_events: z.array(z.string()).nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
});
const Created = Endpoint.extend({ secret: z.string() });
type Endpoint = z.infer<typeof Endpoint>;

/** Whose events an endpoint is sent: the key's own account's, or those of the accounts connected to it. */
type Hears = "own" | "connected";

/**
 * Makes the webhook endpoints at `webhook.public_url`, unless they are there already, whole and with their secrets known:
 * one for the key's own account, one for the accounts connected to it, or both, as `account_ids` wants it.
 */
export async function setUpEndpoint(config: Config, { dryRun, configured }: SetupOptions<Config>): Promise<string[]> {
  const { public_url: url } = config.webhook;
  if (url === undefined) return nothingToSetUp(config);
  return withClient(config, async (client) => {
    const { own, elsewhere } = await madeEndpoints(client, url);
    const wanted = await wantedEndpoints(client, config);
    const { catalog } = await offerOf(config);
    const types = catalog.events.map(({ type }) => type);
    const isThere =
      own.length === wanted.length &&
      wanted.every((hears) => own.some((each) => hearsOf(each) === hears)) &&
      own.every((each) => each.api_version === config.api_version && isSent(each, types));
    if (isThere && secretsOf(config).length >= wanted.length)
      return [...own.map(({ id }) => `The endpoint ${id} at ${url} is there already.`), ...elsewhere.map(left)];
    // a secret is told once, and not whose it is: an endpoint whose secret is not known is of no use
    const before = own.map(
      ({ id }) =>
        `Deletes the endpoint ${id} at ${url}, which is disabled, of another version or other events, one too many, or whose secret is not known.`,
    );
    const what = (hears: Hears) =>
      `at ${url}${hears === "own" ? "" : " for connected accounts"} in version ${config.api_version}.`;
    if (dryRun)
      return [...before, ...wanted.map((hears) => `Makes an endpoint ${what(hears)}`), ...elsewhere.map(left)];
    const made: (z.infer<typeof Created> & { hears: Hears })[] = [];
    for (const hears of wanted) {
      const form = new URLSearchParams({
        url,
        api_version: config.api_version,
        description: "Keeps a copy of this account current.",
        "metadata[made_by]": MADE_BY,
        ...(hears === "own" ? {} : { connect: "true", "metadata[hears]": hears }),
      });
      for (const type of types) form.append("enabled_events[]", type);
      made.push({ ...Created.parse(await client.send({ method: "POST", path: PATH, form })), hears });
    }
    const secrets = made.map(({ secret }) => secret);
    const secret = secrets.length === 1 ? secrets[0] : secrets;
    await configured({ ...config, webhook: { ...config.webhook, secret } });
    for (const { id } of own) await remove(client, id);
    return [...made.map(({ id, hears }) => `Made the endpoint ${id} ${what(hears)}`), ...elsewhere.map(left)];
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

/** Tells whether an endpoint is sent events of all these types. */
function isSent({ status, enabled_events: enabled }: Endpoint, types: readonly string[]): boolean {
  const sent = new Set(enabled);
  return status === "enabled" && (sent.has("*") || types.every((type) => sent.has(type)));
}

/** Deletes the endpoints at `webhook.public_url` that setup made. */
export async function tearDownEndpoint(config: Config, { dryRun }: { dryRun: boolean }): Promise<string[]> {
  const { public_url: url } = config.webhook;
  if (url === undefined) return ["Without webhook.public_url setup has made nothing, so there is nothing to delete."];
  return withClient(config, async (client) => {
    const { own, elsewhere } = await madeEndpoints(client, url);
    if (!dryRun) for (const { id } of own) await remove(client, id);
    const told = own.map(({ id }) => `${dryRun ? "Deletes" : "Deleted"} the endpoint ${id} at ${url}.`);
    const nothing = told.length === 0 ? [`There is no endpoint at ${url} that setup made.`] : [];
    return [...nothing, ...told, ...elsewhere.map(left)];
  });
}

/** Resolves to the endpoints that setup made: those at this address, and those elsewhere, which may be another pipeline's. */
async function madeEndpoints(client: StripeClient, url: string): Promise<{ own: Endpoint[]; elsewhere: Endpoint[] }> {
  const all = await shortList(client, PATH, Endpoint);
  const made = all.filter(({ metadata }) => metadata?.["made_by"] === MADE_BY);
  return {
    own: made.filter((endpoint) => endpoint.url === url),
    elsewhere: made.filter((endpoint) => endpoint.url !== url),
  };
}

function left({ id, url }: Endpoint): string {
  return `Leaves the endpoint ${id} at ${url}, which setup made as well; delete it in the Stripe dashboard unless another pipeline uses it.`;
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
