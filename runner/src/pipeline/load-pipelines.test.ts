import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { findPipelineFile, loadPipelines, parsePipelines, pipelineIds } from "./load-pipelines.ts";

const SIDES = "source: {connector: source-a}, destination: {connector: destination-b}";

function fileWith(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), "load-pipelines-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "sluice.yaml");
  writeFileSync(file, text);
  return file;
}

test("variables, defaults and files are filled in, and only of the pipelines that are asked for", () => {
  const file = fileWith(`pipelines:
  one:
    source: {connector: source-a, config: {key: "\${KEY}", other: "\${ABSENT:-x}", plain: "$\${KEY}", file: "\${file:secret}"}}
    destination: {connector: destination-b}
  two:
    source: {connector: source-a, config: {key: "\${MISSING}"}}
    destination: {connector: destination-b}
`);
  writeFileSync(join(file, "..", "secret"), "from a file\n");
  const [one] = loadPipelines(file, { ids: ["one"], env: { KEY: "k: [1" } });
  expect(one?.source.config).toEqual({ key: "k: [1", other: "x", plain: "${KEY}", file: "from a file" });
  expect(() => loadPipelines(file, { env: {} })).toThrow("pipelines.one.source.config.key");
  expect(() => loadPipelines(file, { ids: ["two"], env: {} })).toThrow(/MISSING is not set/);
  expect(pipelineIds(file)).toEqual(["one", "two"]);
});

test("of a text of others nothing is filled in but what was given with it", () => {
  const parse = (value: string) =>
    parsePipelines(
      `pipelines:\n  p: {source: {connector: source-a, config: {key: "${value}"}}, destination: {connector: destination-b}}\n`,
      {
        file: "text",
        ids: [],
        env: { KEY: "k" },
        folder: undefined,
      },
    )[0]?.source.config;
  expect(parse("${KEY}")).toEqual({ key: "k" });
  expect(() => parse("${PATH}")).toThrow("pipelines.p.source.config.key: the variable PATH is not given");
  expect(() => parse("${constructor}")).toThrow("the variable constructor is not given");
  expect(() => parse("${file:/etc/hostname}")).toThrow("files are not read here");
});

test.each([
  ["pipelines:\n  p: {source: [sesame\n", /sluice\.yaml:\d+: this is not YAML/],
  [`pipelines:\n  p: {${SIDES}, sesame: 1}\n`, /sluice\.yaml:2: pipelines\.p: .*sesame/],
  [
    `pipelines:\n  p:\n    source: {connector: Sesame Street}\n    destination: {connector: destination-b}\n`,
    /:3: pipelines\.p\.source\.connector/,
  ],
  [
    `pipelines:\n  p: {source: {config: {}}, destination: {connector: destination-b}}\n`,
    /give either connector or command/,
  ],
  [`pipelines:\n  ../p: {${SIDES}}\n`, /a pipeline's id/],
  ["pipelines: {}\n", /name at least one pipeline/],
  ["- a\n", /must be a mapping/],
])("%j is refused with its place", (text, message) => {
  expect(() => loadPipelines(fileWith(text))).toThrow(message);
});

test("a pipeline that is not there is told with those that are, and a file that is not found with what to do", () => {
  const file = fileWith(`pipelines:\n  p: {${SIDES}}\n`);
  expect(() => loadPipelines(file, { ids: ["q"] })).toThrow(/has no pipeline "q"; it has p/);
  expect(findPipelineFile(undefined, join(file, ".."))).toBe(file);
  expect(() => findPipelineFile(undefined, "/")).toThrow(/sluice init/);
});
