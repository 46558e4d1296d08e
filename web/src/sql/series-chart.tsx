import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { axisNumber } from "../controls/number-words.ts";
import { canvasColours, onThemeChange } from "../design/canvas-colours.ts";
import type { ChartSeries } from "./chart-series.ts";
import styles from "./quick-chart.module.css";

const HEIGHT_PX = 320;

/** uPlot, drawn anew when the series or the theme changes, as wide as there is room. */
export function SeriesChart({ series, name }: { series: ChartSeries; name: string }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    let chart: uPlot | undefined;
    const draw = () => {
      chart?.destroy();
      chart = new uPlot(optionsOf(series, name, element), [series.xs, series.ys], element);
    };
    draw();
    const widths = new ResizeObserver(() => chart?.setSize({ width: element.clientWidth, height: HEIGHT_PX }));
    widths.observe(element);
    const stopListening = onThemeChange(draw);
    return () => {
      widths.disconnect();
      stopListening();
      chart?.destroy();
    };
  }, [series, name]);
  return (
    <div ref={place} className={styles.plot} role="img" aria-label={`Chart of ${name}, ${series.xs.length} points`} />
  );
}

function optionsOf(series: ChartSeries, name: string, element: HTMLElement): uPlot.Options {
  const colours = canvasColours(element);
  const axis: uPlot.Axis = {
    stroke: colours.quiet,
    grid: { stroke: colours.line, width: 1 },
    ticks: { stroke: colours.line, width: 1 },
    font: "12px system-ui",
  };
  const isCategory = series.kind === "category";
  const drawn: uPlot.Series = {
    label: name,
    stroke: colours.accent,
    width: 1.5,
    ...(isCategory ? { fill: colours.accent, points: { show: false }, ...barPaths() } : {}),
  };
  return {
    width: element.clientWidth,
    height: HEIGHT_PX,
    legend: { show: false },
    cursor: { drag: { x: !isCategory, y: false } },
    scales: {
      x: { time: series.kind === "time", ...(isCategory ? { range: [-0.6, series.xs.length - 0.4] } : {}) },
      // a bar begins at nothing
      y: isCategory ? { range: { min: { soft: 0, mode: 1 }, max: { pad: 0.1 } } } : {},
    },
    axes: [
      isCategory
        ? { ...axis, splits: () => series.xs, values: (_, places) => places.map((at) => series.labels[at] ?? "") }
        : axis,
      { ...axis, size: 70, values: (_, places) => places.map((value) => axisNumber(value)) },
    ],
    series: [{ label: "x" }, drawn],
  };
}

function barPaths(): Pick<uPlot.Series, "paths"> {
  const paths = uPlot.paths.bars?.({ size: [0.7, 60] });
  return paths === undefined ? {} : { paths };
}
