import { invalid } from "../api-error.ts";

/** The fields that an answer is asked for; an empty one stands for everything below. */
type Mask = Map<string, Mask>;

/** Yields an object with only the fields of a mask such as `sheets(properties/title,data)`; all of it without one. */
export function applyFieldMask(value: unknown, fields: string | undefined): unknown {
  if (fields === undefined || fields === "*") return value;
  return picked(value, parseMask(fields));
}

function picked(value: unknown, mask: Mask): unknown {
  if (mask.size === 0) return value;
  if (Array.isArray(value)) return value.map((each) => picked(each, mask));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, child]) => {
      const below = mask.get(name);
      return below === undefined ? [] : [[name, picked(child, below)]];
    }),
  );
}

function parseMask(text: string): Mask {
  let at = 0;
  const list = (): Mask => {
    const mask: Mask = new Map();
    for (;;) {
      const path = /^[\w./]+/.exec(text.slice(at))?.[0] ?? "";
      if (path === "") throw invalid(`Invalid field mask: ${text}`);
      at += path.length;
      let below = mask;
      for (const name of path.split(/[./]/)) {
        const next: Mask = below.get(name) ?? new Map<string, Mask>();
        below.set(name, next);
        below = next;
      }
      if (text[at] === "(") {
        at += 1;
        for (const [name, child] of list()) below.set(name, child);
        if (text[at] !== ")") throw invalid(`Invalid field mask: ${text}`);
        at += 1;
      }
      if (text[at] !== ",") return mask;
      at += 1;
    }
  };
  const mask = list();
  if (at !== text.length) throw invalid(`Invalid field mask: ${text}`);
  return mask;
}
