import { build } from "esbuild";
import { chmod, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

// Makes dist/NAME.mjs of a connector: one executable file that runs where nothing is installed.
const root = join(import.meta.dirname, "..");
const name = process.argv[2];
if (name === undefined) throw new Error("Say which connector to bundle: node scripts/bundle.ts source-stripe");
await bundle(name);

async function bundle(connector: string): Promise<void> {
  const folder = join(root, "connectors", connector);
  const outfile = join(folder, "dist", `${connector}.mjs`);
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [join(folder, "bin", `${connector}.js`)],
    outfile,
    write: false,
    metafile: true,
    bundle: true,
    platform: "node",
    format: "esm",
    // Older than we need: a Node that is too old must parse the file to say so.
    target: "node18",
    // CommonJS dependencies call require for Node's own modules.
    banner: {
      js: 'import { createRequire as requireFor } from "node:module";\nconst require = requireFor(import.meta.url);',
    },
    // An optional companion of pg that needs a compiler.
    external: ["pg-native"],
    legalComments: "none",
    logLevel: "warning",
  });
  const licenses = await licensesOf(Object.keys(metafile.inputs));
  await writeFile(outfile, `${outputFiles[0]?.text ?? ""}${licenses}`);
  await chmod(outfile, 0o755);
}

async function licensesOf(inputs: readonly string[]): Promise<string> {
  const packages = new Set(inputs.map(packageOf).filter((path) => path !== undefined));
  const texts = await Promise.all([...packages].sort().map(licenseOf));
  // The text of a licence may hold the end of a comment; the marker "!" keeps it through minifiers.
  return texts.map((text) => `\n/*!\n${text.replaceAll("*/", "* /")}\n*/\n`).join("");
}

function packageOf(input: string): string | undefined {
  return /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0];
}

async function licenseOf(path: string): Promise<string> {
  const folder = join(root, path);
  const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry));
  const manifest = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const title = `${manifest.name} ${manifest.version} (${manifest.license})`;
  return file === undefined ? title : `${title}\n\n${(await readFile(join(folder, file), "utf8")).trim()}`;
}
