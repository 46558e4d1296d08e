import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useEffect, useRef } from "react";
import { useTheme } from "../app/theme.ts";
import { shortCount } from "../controls/number-words.ts";
import styles from "./throughput-plot.module.css";
import type { Sample } from "./watched-run.ts";

const HEIGHT = 128;
const AXIS_WIDTH = 44;

/** The curve of rows a second over time; it grows as samples come. */
export function ThroughputPlot({ samples }: { samples: readonly Sample[] }) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const shown = useRef(samples);
  shown.current = samples;
  const [theme] = useTheme();
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const draw = () => {
      plot.current?.destroy();
      plot.current = new uPlot(optionsOf(element), dataOf(shown.current), element);
    };
    draw();
    const resizing = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height: HEIGHT }));
    resizing.observe(element);
    // a canvas does not follow the colours of its page
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", draw);
    return () => {
      dark.removeEventListener("change", draw);
      resizing.disconnect();
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [theme]);
  useEffect(() => plot.current?.setData(dataOf(samples)), [samples]);
  const highest = Math.max(...samples.map(({ rowsPerSecond }) => rowsPerSecond));
  return (
    <div
      ref={box}
      className={styles.plot}
      role="img"
      aria-label={`Rows a second over time; at most ${shortCount(highest)}`}
    />
  );
}

function dataOf(samples: readonly Sample[]): uPlot.AlignedData {
  return [samples.map(({ atMs }) => atMs / 1000), samples.map(({ rowsPerSecond }) => rowsPerSecond)];
}

function optionsOf(element: HTMLElement): uPlot.Options {
  const { color: accent, borderTopColor: line, outlineColor: quiet } = getComputedStyle(element);
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
