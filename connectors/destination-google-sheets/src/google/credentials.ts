import { readFile } from "node:fs/promises";
import { SluiceError } from "@sluice/protocol";
import { rememberSecret } from "@sluice/protocol/stdio";
// the whole of googleapis takes a second to load and 169 MB; this part of it is what we use
import { auth } from "googleapis/build/src/apis/sheets/index.js";
import { z } from "zod";
import type { Config } from "../config.ts";

const SCOPES = ["https://www.googleapis.com/auth/spreadsheets"];
const TOKEN_ORIGIN = "https://oauth2.googleapis.com";

/** A token that is not given within this time is asked for again. */
const TOKEN_TIMEOUT_MS = 30_000;
const transporterOptions = { timeout: TOKEN_TIMEOUT_MS };

const KeyFile = z.looseObject({ client_email: z.string().min(1), private_key: z.string().includes("PRIVATE KEY") });

/** What signs requests, and for whom, in words for a person. */
export type Credentials = { client: InstanceType<typeof auth.OAuth2>; account: string };

/** Resolves to the credentials of a configuration. Throws `config` for a key file that cannot be read. */
export async function credentialsOf(config: Config): Promise<Credentials> {
  const credentials = config.refresh_token === undefined ? await ofServiceAccount(config) : ofPerson(config);
  if (config.base_url !== undefined) redirectTokens(credentials.client, config.base_url);
  return credentials;
}

/** Makes a client's next request get a new access token. */
export function forgetToken({ client }: Credentials): void {
  // one that is only left out would come back from the client's own memory
  client.setCredentials({ ...client.credentials, expiry_date: 1 });
}

async function ofServiceAccount(config: Config): Promise<Credentials> {
  const { client_email: email, private_key: key } = config.service_account ?? (await readKeyFile(config));
  // a key that came through a shell's environment has its line ends escaped
  const client = new auth.JWT({ email, key: key.replaceAll("\\n", "\n"), scopes: SCOPES, transporterOptions });
  return { client, account: email };
}

function ofPerson({ client_id, client_secret, refresh_token }: Config): Credentials {
  const client = new auth.OAuth2({ clientId: client_id ?? "", clientSecret: client_secret ?? "", transporterOptions });
  client.setCredentials({ refresh_token: refresh_token ?? "" });
  return { client, account: "the person whose refresh token this is" };
}

async function readKeyFile({ service_account_file: path = "" }: Config): Promise<z.infer<typeof KeyFile>> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
    throw new SluiceError(
      "config",
      `The key file ${path} cannot be read (${code}); correct service_account_file, or the rights to the file.`,
      { cause: error },
    );
  }
  const parsed = KeyFile.safeParse(parse(text));
  if (!parsed.success)
    throw new SluiceError(
      "config",
      `${path} is not the JSON key file of a service account; download one at console.cloud.google.com, under IAM and Admin, Service Accounts, Keys.`,
    );
  rememberSecret(parsed.data.private_key);
  return parsed.data;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // told by the caller, without quoting what may be a secret
    return undefined;
  }
}

/** Google's client has the address of the token endpoint built in. */
function redirectTokens(client: Credentials["client"], baseUrl: string): void {
  client.transporter.interceptors.request.add({
    resolved: async (request) => {
      const url = new URL(request.url);
      if (url.origin === TOKEN_ORIGIN) request.url = new URL(url.pathname, baseUrl);
      return request;
    },
  });
}
