import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { expect, test } from "vitest";

const entry = fileURLToPath(new URL("browser.ts", import.meta.url));

async function bundled(file: string) {
  const { outputFiles, metafile } = await build({
    entryPoints: [file],
    bundle: true,
    write: false,
    metafile: true,
    platform: "browser",
    format: "esm",
    conditions: ["@sluice/source"],
    logLevel: "silent",
  });
  return { text: outputFiles[0]?.text ?? "", inputs: Object.keys(metafile.inputs) };
}

test("the entry for browsers bundles without anything of Node", async () => {
  const { text, inputs } = await bundled(entry);
  expect(text).toContain("/v1/customers");
  expect(text).not.toMatch(/\bprocess\.|\brequire\(|from "node:/);
  expect(inputs.some((input) => input.includes("src/load/"))).toBe(false);
});

test("the entry for Node does not bundle for a browser, so this would be noticed", async () => {
  await expect(bundled(entry.replace("browser.ts", "index.ts"))).rejects.toThrow(/node:/);
});
