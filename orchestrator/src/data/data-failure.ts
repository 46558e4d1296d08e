import { SluiceError, type FailureType } from "@sluice/protocol";
import { DatabaseError } from "pg";

/** SQLSTATE classes and codes that are not the fault of who asked: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const REACTIONS: Record<string, [FailureType, string]> = {
  "08": ["transient", "The connection to the destination's database broke; try again"],
  "28": ["auth", "The destination's database refuses the login of the connection"],
  "40": ["transient", "The destination's database asks to try again"],
  "42501": ["permission", "The login of the destination's connection may not do that"],
  "53": ["transient", "The destination's database has no room for it now; try again later"],
  "57014": ["config", "It was cancelled, or took longer than it may; ask for less, or give it more time"],
  "57P": ["transient", "The destination's database is stopping or starting; try again later"],
};

/** Yields what the destination's database, or the way to it, said of a question that somebody asked it. */
export function dataFailure(error: unknown): SluiceError {
  if (error instanceof SluiceError) return error;
  const cause = error;
  if (error instanceof DatabaseError) {
    const code = error.code ?? "";
    const [type, advice] = REACTIONS[code] ?? REACTIONS[code.slice(0, 3)] ?? REACTIONS[code.slice(0, 2)] ?? ["config"];
    const position = error.position === undefined ? "" : ` at character ${error.position}`;
    const hint = error.hint === undefined ? "" : ` ${error.hint}`;
    const said = `${error.message}${position} (SQLSTATE ${code}).${hint}`;
    return new SluiceError(type, advice === undefined ? said : `${advice}: ${said}`, { cause });
  }
  const reason = error instanceof Error && "code" in error ? String(error.code) : String(error);
  return new SluiceError(
    "transient",
    `The destination's database cannot be reached (${reason}); check its connection, and that it is running.`,
    { cause },
  );
}
