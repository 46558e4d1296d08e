import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useEffect, useRef } from "react";
import { canvasColours, onThemeChange } from "../design/canvas-colours.ts";
import { shortCount } from "../controls/number-words.ts";
import styles from "./throughput-plot.module.css";
import type { Schemas } from "../api/client.ts";

type Sample = Schemas["RunSample"];

const HEIGHT = 128;
const AXIS_WIDTH = 44;

/** The curve of rows a second over time; it grows as samples come. */
export function ThroughputPlot({ samples }: { samples: readonly Sample[] }) {
  const box = useRef<HTMLElement>(null);
  const plot = useRef<uPlot>(undefined);
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const draw = () => {
      const data = plot.current?.data ?? [[], []];
      plot.current?.destroy();
      plot.current = new uPlot(optionsOf(element), data, element);
    };
    draw();
    const resizing = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height: HEIGHT }));
    resizing.observe(element);
    const stopListening = onThemeChange(draw);
    return () => {
      stopListening();
      resizing.disconnect();
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, []);
  useEffect(() => plot.current?.setData(dataOf(samples)), [samples]);
  const highest = Math.max(...samples.map(({ rows_per_second: rows }) => rows));
  return (
    <figure ref={box} className={styles.plot} aria-label={`Rows a second over time; at most ${shortCount(highest)}`} />
  );
}

function dataOf(samples: readonly Sample[]): uPlot.AlignedData {
  return [samples.map(({ at }) => Date.parse(at) / 1000), samples.map(({ rows_per_second: rows }) => rows)];
}

function optionsOf(element: HTMLElement): uPlot.Options {
  const { accent, line, quiet } = canvasColours(element);
  const font = "11px Inter Variable, sans-serif";
  const axis = { stroke: quiet, font, ticks: { show: false } };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false } },
    scales: { y: { range: (_plot, _low, high) => [0, Math.max(1, high * 1.1)] } },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 24,
        values: (_plot, splits) => splits.map((at) => clock.format(at * 1000)),
      },
      {
        ...axis,
        size: AXIS_WIDTH,
        space: 36,
        grid: { stroke: line, width: 1 },
        values: (_plot, splits) => splits.map((value) => shortCount(value)),
      },
    ],
    series: [
      {},
      { stroke: accent, width: 1.75, fill: accent.replace(/^rgb\((.*)\)$/, "rgba($1, 0.12)"), points: { show: false } },
    ],
  };
}

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
