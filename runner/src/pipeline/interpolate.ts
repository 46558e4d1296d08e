import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { SluiceError, errorCode } from "@sluice/protocol";

/** The variables, and where relative paths start from; without a folder no file is read. */
export type InterpolateOptions = { env: NodeJS.ProcessEnv; folder: string | undefined };

/**
 * Yields the value with `${NAME}`, `${NAME:-otherwise}` and `${file:path}` in its texts replaced; `$${` stands for `${`.
 * Paths are relative to `folder`; a line end at a file's end is dropped. Throws `config` that names the field and what
 * is missing, never a value.
 */
export function interpolate(value: unknown, options: InterpolateOptions, path: readonly string[] = []): unknown {
  if (typeof value === "string") return interpolateText(value, options, path);
  if (Array.isArray(value)) return value.map((each, index) => interpolate(each, options, [...path, String(index)]));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, interpolate(each, options, [...path, name])]),
  );
}

function interpolateText(text: string, { env, folder }: InterpolateOptions, path: readonly string[]): string {
  return text.replaceAll(/\$\$\{|\$\{([^}]*)\}/g, (whole, expression: string | undefined) => {
    if (expression === undefined) return "${";
    if (expression.startsWith("file:")) {
      if (folder === undefined) throw problem(path, "files are not read here; give the value as a variable");
      return fileText(resolve(folder, expression.slice("file:".length)), path);
    }
    const [, name = "", otherwise] = /^([A-Za-z_]\w*)(?::-(.*))?$/s.exec(expression) ?? [];
    if (name === "") throw problem(path, `${whole} is neither \${NAME}, \${NAME:-otherwise} nor \${file:path}`);
    const value = env[name];
    // an empty variable is how a shell unsets one
    if (value !== undefined && value !== "") return value;
    if (otherwise !== undefined) return otherwise;
    const absent =
      folder === undefined ? `variable ${name} is not given; give` : `environment variable ${name} is not set; set`;
    throw problem(path, `the ${absent} it, or say what stands in its place with \${${name}:-otherwise}`);
  });
}

function fileText(file: string, path: readonly string[]): string {
  try {
    return readFileSync(file, "utf8").replace(/\r?\n$/, "");
  } catch (error) {
    const code = errorCode(error) ?? "unknown error";
    throw problem(path, `the file ${file} cannot be read (${code})`);
  }
}

function problem(path: readonly string[], what: string): SluiceError {
  return new SluiceError("config", `${path.join(".")}: ${what}.`);
}
