import { rounded, machine, tableRow, today, type Part } from "./page.ts";

const NAME = "proofs";
const HEAD = ["proof", "what was proved", "cases", "seeds", "seconds", "date", "machine", "command"];

/** A proof that was run to its end. */
export type Proof = { name: string; proves: string; cases: number; firstSeed: number; seeds: number; seconds: number };

/** Yields the part of docs/proofs.md with this proof's row new or replaced, and the rows of the others as they are. */
export function proofsPart(current: string, proof: Proof): Part {
  const rows = current
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .filter((line) => !line.startsWith(`| \`${proof.name}\``));
  const sorted = [...rows, rowOf(proof)].toSorted();
  const text = [tableRow(HEAD), tableRow(HEAD.map(() => "---")), ...sorted].join("\n");
  return { name: NAME, heading: "## Proofs", text };
}

function rowOf({ name, proves, cases, firstSeed, seeds, seconds }: Proof): string {
  const range = `${firstSeed} to ${firstSeed + seeds - 1}`;
  const command = `npm run soak -- ${name} --seeds ${seeds}${firstSeed === 1 ? "" : ` --seed ${firstSeed}`}`;
  return tableRow([
    `\`${name}\``,
    proves,
    rounded(cases),
    range,
    String(Math.ceil(seconds)),
    today(),
    machine(),
    `\`${command}\``,
  ]);
}
