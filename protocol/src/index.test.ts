import { join } from "node:path";
import { build } from "esbuild";
import { expect, test } from "vitest";

test('the entry "." is bundled for a browser without anything of Node', async () => {
  const entry = join(import.meta.dirname, "index.ts");
  const { metafile, outputFiles, warnings } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    platform: "browser",
    format: "esm",
    logLevel: "silent",
  });
  const imports = Object.values(metafile.inputs).flatMap((input) => input.imports);
  expect(warnings).toEqual([]);
  expect(imports.filter(({ external }) => external === true)).toEqual([]);
  expect(outputFiles[0]?.text).not.toMatch(/\b(process|Buffer)\./);
});
