/** How often it came beside what was said: one panel a forecaster, the diagonal where both agree. */
import * as Plot from "@observablehq/plot";
import { blue, grey, plotSvg } from "./svg.ts";

export interface ReliabilityPoint {
  /** The panel that it stands in. */
  panel: string;
  /** Mean probability given and share that came, in [0, 1]. */
  x: number;
  y: number;
  /** Interval of the share; absent where none was computed. */
  low?: number;
  high?: number;
  n: number;
}

export interface ReliabilityLayout {
  width: number;
  height: number;
  /** Panels in their order; default: as they come. */
  panels?: readonly string[];
  /** Upper end of both axes; default 1. */
  reach?: number;
  ticks: number;
}

export function reliabilitySvg(title: string, points: readonly ReliabilityPoint[], layout: ReliabilityLayout): string {
  const { width, height, panels, reach = 1, ticks } = layout;
  const spread = points.filter(({ low, high }) => low !== undefined && high !== undefined);
  return plotSvg(title, {
    width,
    height,
    marginLeft: 56,
    marginBottom: 48,
    x: { domain: [0, reach], label: "probability given", tickFormat: ".0%", ticks },
    y: { domain: [0, reach], label: "share that came", tickFormat: ".0%", grid: true },
    fx: { label: null, padding: 0.12, ...(panels === undefined ? {} : { domain: [...panels] }) },
    marks: [
      Plot.frame({ stroke: "#dddddd" }),
      Plot.link([0], { x1: 0, y1: 0, x2: reach, y2: reach, stroke: grey, strokeDasharray: "4 3" }),
      Plot.ruleX(spread, { fx: "panel", x: "x", y1: "low", y2: "high", stroke: blue }),
      Plot.dot(points, { fx: "panel", x: "x", y: "y", fill: blue, r: 3.5 }),
      Plot.text(points, {
        fx: "panel",
        x: "x",
        y: "y",
        text: ({ n }: ReliabilityPoint) => String(n),
        dx: 7,
        dy: 5,
        textAnchor: "start",
        fill: grey,
        fontSize: 10,
      }),
    ],
  });
}
