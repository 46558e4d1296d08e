import type { Figure, Goal } from "@sluice/evidence";
import { machine, rounded, tableRow, today, type Part } from "./page.ts";

/** A figure with what follows from it: `ratio` to its floor, and whether the goal is met; null where there is none. */
export type JudgedFigure = Figure & { ratio: number | null; met: boolean | null };

/** Yields a figure with its ratio and whether it meets its goal: by the ratio where it has a floor, else by its value. */
export function judge(figure: Figure): JudgedFigure {
  const ratio = figure.floor === undefined ? null : figure.value / figure.floor;
  return { ...figure, ratio, met: figure.goal === undefined ? null : meets(ratio ?? figure.value, figure.goal) };
}

function meets(value: number, goal: Goal): boolean {
  return "atLeast" in goal ? value >= goal.atLeast : value <= goal.atMost;
}

/** Yields the line of a figure for programs. */
export function jsonLine(bench: string, { figure, value, unit, floor, ratio, goal, met }: JudgedFigure): string {
  return JSON.stringify({ bench, figure, value, unit, floor: floor ?? null, ratio, goal: goalText(goal) || null, met });
}

/** Yields the cells of a figure for people: figure, value, floor, ratio, goal, met. */
export function figureCells({ figure, value, unit, floor, ratio, goal, met }: JudgedFigure): string[] {
  return [
    figure,
    `${rounded(value)} ${unit}`,
    floor === undefined ? "" : `${rounded(floor)} ${unit}`,
    ratio === null ? "" : rounded(ratio),
    goalText(goal),
    met === null ? "" : met ? "yes" : "**no**",
  ];
}

/** Yields the part of docs/benchmarks.md that a bench fills. */
export function benchPart(name: string, measures: string, figures: readonly JudgedFigure[]): Part {
  const rows = [
    ["figure", "value", "floor", "ratio", "goal", "met"],
    Array(6).fill("---"),
    ...figures.map(figureCells),
  ];
  const text = [
    measures,
    rows.map(tableRow).join("\n"),
    `${today()}, ${machine()}, by \`npm run bench -- ${name}\`.`,
  ].join("\n\n");
  return { name, heading: `## ${name}`, text };
}

function goalText(goal: Goal | undefined): string {
  if (goal === undefined) return "";
  return "atLeast" in goal ? `≥ ${rounded(goal.atLeast)}` : `≤ ${rounded(goal.atMost)}`;
}
