import { isIP } from "node:net";
import { SluiceError } from "@sluice/protocol";

/**
 * Yields the addresses and networks in a text such as "127.0.0.1, 10.0.0.0/8"; undefined for none. Throws `config` for what
 * is no address: a proxy that is trusted by mistake says of anybody who they are.
 */
export function proxyAddresses(text: string): string[] | undefined {
  const all = text.split(",").map((each) => each.trim());
  const given = all.filter((each) => each !== "");
  const wrong = given.find((each) => !isNetwork(each));
  if (wrong !== undefined)
    throw new SluiceError("config", `"${wrong}" is no address of a proxy; give it as 10.0.0.7 or 10.0.0.0/8.`);
  return given.length === 0 ? undefined : given;
}

function isNetwork(text: string): boolean {
  const [address = "", bits, ...more] = text.split("/");
  const version = isIP(address);
  if (version === 0 || more.length > 0) return false;
  return (
    bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) >= 1 && Number(bits) <= (version === 4 ? 32 : 128))
  );
}
