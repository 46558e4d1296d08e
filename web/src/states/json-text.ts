import { applyEdits, createScanner, format, parse, type ParseError, printParseErrorCode } from "jsonc-parser";

/** Yields a JSON text over several lines. Its tokens stay as they are, so that no number in it becomes another one. */
export function indented(json: string): string {
  return applyEdits(json, format(json, undefined, { insertSpaces: true, tabSize: 2, eol: "\n" }));
}

/** Yields a JSON text on one line, its tokens as they are. */
export function onOneLine(json: string): string {
  const scanner = createScanner(json, true);
  const tokens: string[] = [];
  for (scanner.scan(); scanner.getTokenLength() > 0; scanner.scan()) {
    const from = scanner.getTokenOffset();
    tokens.push(json.slice(from, from + scanner.getTokenLength()));
  }
  return tokens.join("");
}

/** Yields what keeps a text from being JSON, in words with the line where it is; undefined when nothing does. */
export function jsonFault(text: string): string | undefined {
  const errors: ParseError[] = [];
  parse(text, errors, { disallowComments: true });
  const [first] = errors;
  if (first === undefined) return undefined;
  const line = text.slice(0, first.offset).split("\n").length;
  return `Line ${line}: ${printParseErrorCode(first.error)
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .toLowerCase()}.`;
}
