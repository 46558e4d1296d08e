import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, onTestFinished, test, vi } from "vitest";
import { readArgument, readJsonArgument } from "./config-source.ts";

async function fileWith(content: string | Buffer): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "config-source-test-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, "config.json");
  await writeFile(file, content);
  return file;
}

async function failureOf(value: string): Promise<string> {
  const error: unknown = await readJsonArgument({ flag: "--config", value }).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: "config", exitCode: 10 });
  return error instanceof Error ? error.message : "";
}

test.each([
  ['{\n  "a": 1,\n  "b": sesame\n}', "line 3"],
  ['{\n  "a": [1,\n  ]\n}', "line 3"],
  ['{\n  "a" "sesame"\n}', "line 2"],
  ['{"a": "sesame\n"}', "line 1"],
  ['{"a": 1}\nsesame', "line 2"],
  ['{\n  "a": "sesame",\n}', "line 3"],
  ['{\n  "a": {\n  "b": 1\n', "it ends too early, in line 4"],
  ['{\n  "a": "ses', "it ends too early, in line 2"],
  ["\n", "it is empty"],
])("of the malformed file %j the file and the place are told and nothing is quoted", async (content, place) => {
  const file = await fileWith(content);
  const message = await failureOf(file);
  expect(message).toContain(`(${place})`);
  expect(message).toContain(file);
  expect(message).not.toContain("ses");
});

test("the told line is the one at which text was put that is no JSON", async () => {
  const json = fc
    .dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 })
    .map((value) => JSON.stringify(value, null, 1).split("\n"));
  await fc.assert(
    fc.asyncProperty(json, fc.nat(), async (lines, place) => {
      const at = place % lines.length;
      const broken = lines.with(at, `${lines[at]} ?`);
      vi.stubEnv("BROKEN_CONFIG", broken.join("\n"));
      expect(await failureOf("@env:BROKEN_CONFIG")).toContain(`(line ${at + 1})`);
    }),
    { numRuns: 30 },
  );
  vi.unstubAllEnvs();
});

test.each(["[]", "1", '"{}"', "null"])("%s is not an object", async (content) => {
  expect(await failureOf(await fileWith(content))).toContain("must hold a JSON object");
});

test("a file that is not there is named with what the system said", async () => {
  expect(await failureOf("/absent/config.json")).toMatch(/\/absent\/config\.json cannot be read \(ENOENT\)/);
});

test("a BOM before the text is dropped", async () => {
  expect(await readJsonArgument({ flag: "--config", value: await fileWith('\uFEFF{"a":1}') })).toEqual({ a: 1 });
});

test("@env:NAME reads a variable, and names it when it is not set or malformed", async () => {
  vi.stubEnv("TEST_CONFIG", '{"a":1}');
  expect(await readJsonArgument({ flag: "--config", value: "@env:TEST_CONFIG" })).toEqual({ a: 1 });
  vi.stubEnv("TEST_CONFIG", '{"a":sesame}');
  expect(await failureOf("@env:TEST_CONFIG")).toMatch(/^(?!.*sesame).*TEST_CONFIG/);
  vi.unstubAllEnvs();
  expect(await failureOf("@env:TEST_CONFIG")).toContain("TEST_CONFIG, which is not set");
});

test("inline JSON is taken with a warning up to 64 KiB", async () => {
  const stderr = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  onTestFinished(() => stderr.mockRestore());
  const largest = `{"a":"${"x".repeat(64 * 1024 - 8)}"}`;
  expect(await readArgument({ flag: "--config", value: largest })).toBe(largest);
  expect(stderr.mock.calls[0]?.[0]).toMatch(/warn: --config is given inline and shows in the process list/);
  expect(await failureOf(largest.replace("x", "xx"))).toContain("more than 65536 bytes");
  expect(await failureOf('{"a":sesame}')).not.toContain("sesame");
});
