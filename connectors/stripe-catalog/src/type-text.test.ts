import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ts from "typescript-5";
import { expect, onTestFinished, test } from "vitest";
import { documentOf } from "./fixtures/document.ts";
import { catalogOf, readCatalog, typeText } from "./browser.ts";

/** Resolves to what the compiler has to say about a module. */
async function complaints(text: string): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-types-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, "stripe.ts");
  await writeFile(file, text);
  const program = ts.createProgram([file], { strict: true, noEmit: true, target: ts.ScriptTarget.ES2022, types: [] });
  return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, " "));
}

test("the types of a document are its members, nullable and timed as they come", () => {
  expect(typeText(catalogOf(documentOf("2030-01-01.moon")))).toBe(
    [
      "// Objects of Stripe's API 2030-01-01.moon. Written by @sluice/stripe-catalog; do not edit.",
      "",
      "/** The object `moon`. */",
      "export interface Moon {",
      "  id: string;",
      "  object: string;",
      "  created: number;",
      '  "far-side": string | null;',
      "}",
      "",
    ].join("\n"),
  );
});

test("the types of the shipped catalog compile, and hold objects to their form", async () => {
  const types = typeText(readCatalog());
  const right = `const alert: BillingAlert["id"] = "alrt_1"; const source: CustomerMembers = ["id", "email"];
type CustomerMembers = (keyof Customer)[]; const expanded: Charge["customer"] = { id: "cus_1" }; void [alert, source, expanded];`;
  expect(await complaints(`${types}\n${right}`)).toEqual([]);
  const wrong = `const created: Charge["created"] = "today"; void created;`;
  expect(await complaints(`${types}\n${wrong}`)).toEqual(["Type 'string' is not assignable to type 'number'."]);
});
