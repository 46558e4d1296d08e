import { build, type BuildOptions, type Plugin } from "esbuild";
import { chmod, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";

// Bundles the programs of the package it is run in, which is built already: `node ../../scripts/bundle.ts NAME=MODULE…`
// makes dist/programs/NAME.js of dist/MODULE.js, a handful of files instead of the hundreds that Node would have to find
// and link at every start. What is imported when it is needed stays a file of its own. With --single it makes
// dist/NAME.mjs of bin/NAME.js as well: one executable file that runs where nothing is installed.
const root = join(import.meta.dirname, "..");
const folder = process.cwd();
const dist = join(folder, "dist");
const PROGRAMS = join(dist, "programs");

const words = process.argv.slice(2);
const programs = Object.fromEntries(words.filter((word) => word !== "--single").map(program));
await bundlePrograms();
if (words.includes("--single")) for (const name of Object.keys(programs)) await bundleSingle(name);

function program(word: string): [name: string, module: string] {
  const [name, module] = word.split("=");
  if (name === undefined || module === undefined) throw new Error(`${word} is not NAME=MODULE, such as sluice=bin.`);
  return [name, join(dist, `${module}.js`)];
}

async function bundlePrograms(): Promise<void> {
  await rm(PROGRAMS, { recursive: true, force: true });
  const licenses = await bundle({
    entryPoints: programs,
    outdir: PROGRAMS,
    splitting: true,
    chunkNames: "chunk-[hash]",
  });
  await writeFile(join(PROGRAMS, "LICENSES.txt"), licenses.join("\n\n\n"));
}

async function bundleSingle(name: string): Promise<void> {
  const outfile = join(dist, `${name}.mjs`);
  // what is bundled already would not tell whose it is
  const unbundled: Plugin = {
    name: "unbundled",
    setup: ({ onResolve }) =>
      onResolve({ filter: /\/dist\/programs\// }, ({ path }) => {
        const target = programs[basename(path, ".js")];
        return target === undefined ? undefined : { path: target };
      }),
  };
  // a Node that is too old must parse the file to say so
  const old = { target: "node18", plugins: [unbundled] };
  const licenses = await bundle({ entryPoints: [join(folder, "bin", `${name}.js`)], outfile, ...old });
  // the text of a licence may hold the end of a comment; the marker "!" keeps it through minifiers
  const comments = licenses.map((text) => `\n/*!\n${text.replaceAll("*/", "* /")}\n*/\n`);
  await writeFile(outfile, `${await readFile(outfile, "utf8")}${comments.join("")}`);
  await chmod(outfile, 0o755);
}

/** Bundles for Node, and resolves to the licences of all packages that are in it. */
async function bundle(options: BuildOptions): Promise<string[]> {
  const { metafile } = await build({
    absWorkingDir: root,
    metafile: true,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node24",
    // CommonJS dependencies call require for Node's own modules.
    banner: {
      js: 'import { createRequire as requireFor } from "node:module";\nconst require = requireFor(import.meta.url);',
    },
    // optional companions: one of pg that needs a compiler, one of ink for its own developers
    external: ["pg-native", "react-devtools-core"],
    legalComments: "none",
    logLevel: "warning",
    ...options,
  });
  const packages = new Set(
    Object.keys(metafile?.inputs ?? {})
      .map(packageOf)
      .filter((path) => path !== undefined),
  );
  return Promise.all([...packages].sort().map(licenseOf));
}

function packageOf(input: string): string | undefined {
  return /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0];
}

async function licenseOf(path: string): Promise<string> {
  const place = join(root, path);
  const file = (await readdir(place)).find((entry) => /^licen[cs]e/i.test(entry));
  const manifest = JSON.parse(await readFile(join(place, "package.json"), "utf8"));
  const title = `${manifest.name} ${manifest.version} (${manifest.license})`;
  return file === undefined ? title : `${title}\n\n${(await readFile(join(place, file), "utf8")).trim()}`;
}
