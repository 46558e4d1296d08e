import { SluiceError } from "@sluice/protocol";
import { log, type InboxMessage } from "@sluice/protocol/stdio";
import type { Config } from "../config.ts";
import { secretsOf } from "../config.ts";
import { MalformedPage } from "../malformed-page.ts";
import type { StripeClient } from "../stripe-client.ts";
import { followSocket, SOCKET_PAUSES, type SocketPauses } from "./event-socket.ts";
import type { Feed } from "./feed.ts";
import type { Inputs } from "./inputs.ts";
import { type Audience, pushedEvent } from "./pushed-event.ts";
import { RareWarning } from "./rare-warning.ts";
import { isSigned } from "./signature.ts";
import { listenForWebhooks, type PushAnswer } from "./webhook-listener.ts";

/** How long what takes, in milliseconds. */
export type PushPauses = {
  /** How long an address that is taken is tried again. */
  takenAddress: number;
  socket: SocketPauses;
};
/** Longer than a read that is about to end may hold its address. */
export const PUSH_PAUSES: PushPauses = { takenAddress: 30_000, socket: SOCKET_PAUSES };

export type PushTask = {
  client: StripeClient;
  config: Config;
  audience: Audience;
  feed: Feed;
  inputs: Inputs;
  inbox: AsyncIterable<InboxMessage>;
  hearsCommits: boolean;
  pauses: PushPauses;
  /** Ends everything that was opened. */
  signal: AbortSignal;
  /** Is aborted with what goes wrong in the background, which ends the whole read at once. */
  failing: AbortController;
};

type Receiving = PushTask & { forgeries: RareWarning };

/** Opens the way by which the configuration says that events are pushed, and hears what is durable. Throws `config`. */
export async function openPushes(asked: PushTask): Promise<AsyncDisposable> {
  const task = { ...asked, forgeries: new RareWarning() };
  const { config, inputs, hearsCommits, signal, pauses } = task;
  if (hearsCommits) void inBackground(task, hearInbox(task));
  const { mode } = config.events;
  const onPushed = (body: Buffer) => take(task, body);
  if (mode === "websocket") {
    const socketTask = { ...task, proxy: config.proxy, pauses: pauses.socket, onPushed };
    void inBackground(task, followSocket(socketTask));
  }
  if (mode !== "webhook") return nothingToClose;
  const { listen } = config.webhook;
  if (listen === undefined) return nothingToClose;
  return listenForWebhooks({
    listen,
    takenForMs: pauses.takenAddress,
    signal,
    waiting: () => inputs.waiting,
    accept(body, signature) {
      if (!isAuthentic(task, body, { signature })) return { status: 400 };
      const input = inputs.take();
      const answer = take(task, body, input.number);
      return answer === "malformed" ? { status: 400 } : ({ durable: input.durable } satisfies PushAnswer);
    },
  });
}

const nothingToClose: AsyncDisposable = { [Symbol.asyncDispose]: () => Promise.resolve() };

/** Takes the event of a body that is known to be Stripe's. */
function take({ audience, feed }: PushTask, body: Buffer, input?: number): "taken" | "malformed" {
  try {
    const { event, account } = pushedEvent(body, audience) ?? {};
    if (event !== undefined || input !== undefined) feed.add({ event, account, input });
    return "taken";
  } catch (error) {
    if (!(error instanceof MalformedPage) && !(error instanceof SluiceError)) throw error;
    log("warn", `Something was pushed that is no event of Stripe's (${body.length} bytes); it is passed over.`);
    if (input !== undefined) feed.add({ event: undefined, account: undefined, input });
    return "malformed";
  }
}

/** Tells whether a body that was received so many seconds ago was signed then. */
function isAuthentic(
  { config, client, forgeries }: Receiving,
  body: Buffer,
  { signature, waitedSeconds = 0 }: { signature: string | undefined; waitedSeconds?: number },
): boolean {
  const nowSeconds = client.estimatedSeconds - waitedSeconds;
  if (isSigned(body, signature, { secrets: secretsOf(config), nowSeconds })) return true;
  forgeries.tell(
    "A webhook was refused, because its signature is missing, old or made with another secret than webhook.secret.",
  );
  return false;
}

/** Takes what a runner says: pushed events, and what is durable. Throws `transient` when it has gone. */
async function hearInbox(task: Receiving): Promise<void> {
  const { inbox, inputs, feed, config } = task;
  for await (const message of inbox) {
    if (message.type === "committed") {
      const { inputs_through: through } = message.committed;
      if (through !== undefined) inputs.committed(through);
      continue;
    }
    if (config.webhook.listen !== undefined)
      throw new SluiceError(
        "config",
        "The runner pushes events, and webhook.listen is set as well; leave one of them out.",
      );
    const { seq, headers, body, received_at: receivedAt } = message.input;
    inputs.take(seq);
    const bytes = Buffer.from(body);
    const signature = Object.entries(headers).find(([name]) => name.toLowerCase() === "stripe-signature")?.[1];
    // whoever hands it on has kept it, perhaps for longer than a signature is good
    const waitedSeconds = Math.max(0, (Date.now() - Date.parse(receivedAt)) / 1000 || 0);
    if (isAuthentic(task, bytes, { signature, waitedSeconds })) take(task, bytes, seq);
    else feed.add({ event: undefined, account: undefined, input: seq });
  }
  // until it had something to print this read would hold the listener's address, which the next run needs
  throw new SluiceError("transient", "The runner has gone, so nobody would store what is read; run it again.");
}

async function inBackground({ failing, signal }: PushTask, work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!signal.aborted) failing.abort(error);
  }
}

/** Throws `config` for a live read that could not take what is pushed. */
export function assertReceivable(config: Config, { hearsCommits }: Pick<PushTask, "hearsCommits">): void {
  if (config.events.mode === "off")
    throw new SluiceError(
      "config",
      "A live read follows events, and events.mode is off; set it to poll, webhook or websocket.",
    );
  if (config.events.mode !== "webhook") return;
  if (secretsOf(config).length === 0)
    throw new SluiceError(
      "config",
      "webhook.secret is missing, without which no webhook can be trusted: run setup, or take it from the endpoint's page in the Stripe dashboard.",
    );
  if (config.webhook.listen === undefined && !hearsCommits)
    throw new SluiceError("config", "webhook.listen is missing: say at which host:port webhooks are to be taken.");
}
