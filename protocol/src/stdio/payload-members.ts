import { scanMembers } from "./json-scan.ts";

/**
 * Yields a message's line, without LF, with members added behind those of its payload and every other token as it stands;
 * undefined where the payload is no object with members. The names must not be there yet.
 */
export function addPayloadMembers(line: Buffer, type: string, added: object): string | undefined {
  const payload = scanMembers(line, [type])?.[0];
  if (payload === undefined || payload.length < 3) return undefined;
  const end = payload.byteOffset - line.byteOffset + payload.length - 1;
  const members = JSON.stringify(added).slice(1, -1);
  if (members === "") return line.toString();
  return `${line.toString("utf8", 0, end)},${members}${line.toString("utf8", end)}`;
}
