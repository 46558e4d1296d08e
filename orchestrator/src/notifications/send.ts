import { SluiceError } from "@sluice/protocol";
import { createTransport } from "nodemailer";
import type { NotificationEvent, Target } from "../store/notifications.ts";

/** What somebody is told. */
export type Notice = {
  event: NotificationEvent | "test";
  text: string;
  pipeline: { id: string; name: string } | null;
  run: { id: string; status: string; failure: string | null } | null;
  at: string;
};

/** The mail server, such as `smtps://user:password@mail.example.com`, and whom mails are from. */
export type MailSettings = { url: string; from: string };

const TIMEOUT_MS = 10_000;
const NAMES = { webhook: "The webhook", slack: "The webhook of Slack" } as const;

/** Yields the mail settings of SLUICE_SMTP_URL and SLUICE_MAIL_FROM; undefined where they are not given. */
export function mailSettings(env: NodeJS.ProcessEnv = process.env): MailSettings | undefined {
  const { SLUICE_SMTP_URL: url = "", SLUICE_MAIL_FROM: from = "" } = env;
  return url === "" || from === "" ? undefined : { url, from };
}

/** Yields the mail settings; throws `config` with what to set where there are none. */
export function requiredMail(mail: MailSettings | undefined): MailSettings {
  if (mail !== undefined) return mail;
  throw new SluiceError(
    "config",
    "There is no mail server; set SLUICE_SMTP_URL and SLUICE_MAIL_FROM for the server of Sluice.",
  );
}

/** Resolves when a notice has been taken. Throws `transient` when it was not, without telling the address. */
export async function send(notice: Notice, target: Target, mail: MailSettings | undefined): Promise<void> {
  if (target.kind === "email") return sendMail(notice, target.to, mail);
  const body = target.kind === "slack" ? { text: notice.text } : notice;
  const request = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  // somewhere else than where it was told to go it must not go
  const response = await fetch(target.url, {
    ...request,
    redirect: "error",
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((cause: unknown) => {
    const message = `${NAMES[target.kind]} cannot be reached (${reasonOf(cause)}); see that its address is right.`;
    throw new SluiceError("transient", message, { cause });
  });
  await response.body?.cancel();
  if (!response.ok) throw new SluiceError("transient", `${NAMES[target.kind]} answered ${response.status}.`);
}

async function sendMail(notice: Notice, to: readonly string[], mail: MailSettings | undefined): Promise<void> {
  const { url, from } = requiredMail(mail);
  const times = { connectionTimeout: TIMEOUT_MS, greetingTimeout: TIMEOUT_MS, socketTimeout: TIMEOUT_MS };
  const transport = createTransport({ url, ...times });
  const [subject = ""] = notice.text.split("\n");
  try {
    await transport.sendMail({ from, to: [...to], subject: `Sluice: ${subject}`, text: notice.text });
  } catch (cause) {
    throw new SluiceError("transient", `The mail server did not take the mail (${reasonOf(cause)}).`, { cause });
  } finally {
    transport.close();
  }
}

/** A code, since a message may hold the address with its secret. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (cause instanceof Error && "code" in cause) return String(cause.code);
  return cause instanceof Error ? cause.name : "unknown error";
}
