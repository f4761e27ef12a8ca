/** A replayed day as pictures: the distribution of the high as it narrows, and the hazard of a new maximum. */
import * as Plot from "@observablehq/plot";
import type { ReplayPoint } from "../core/weather/hazard/replay.ts";
import { blue, type NamedPlot, orange, plotSvg } from "./svg.ts";

/** What is drawn of a step. */
export type PlottedPoint = Pick<ReplayPoint, "step" | "pmfLow" | "pmf" | "newMaximumIn5" | "newMaximumIn60"> & {
  /** The reading that the outlook goes on from. */
  last: { temperatureF: number } | null;
};

/** Colder or warmer than all but this is not drawn. */
const DRAWN = 0.002;

const hours = (step: number) => step / 12;
const hourAxis: Plot.ScaleOptions = {
  domain: [0, 24],
  ticks: [0, 3, 6, 9, 12, 15, 18, 21, 24],
  label: "hour, local standard time",
};

interface Cell {
  x1: number;
  x2: number;
  y1: number;
  y2: number;
  p: number;
}

/** What stands unchanged over several steps is one cell: a day by the hour is a tenth of a day by five minutes. */
function cellsOf(points: readonly PlottedPoint[]): Cell[] {
  const cells: Cell[] = [];
  const open = new Map<number, Cell>();
  for (const { step, pmfLow, pmf } of points) {
    for (const [index, p] of pmf.entries()) {
      if (p < DRAWN) continue;
      const degree = pmfLow + index;
      const before = open.get(degree);
      if (before !== undefined && before.x2 === hours(step) && before.p === p) before.x2 = hours(step + 1);
      else {
        const cell = { x1: hours(step), x2: hours(step + 1), y1: degree - 0.5, y2: degree + 0.5, p };
        open.set(degree, cell);
        cells.push(cell);
      }
    }
  }
  return cells;
}

function pmfPlot(title: string, points: readonly PlottedPoint[], officialF: number | undefined): string {
  const cells = cellsOf(points);
  const feed = points.flatMap(({ step, last }) => (last === null ? [] : [{ x: hours(step), y: last.temperatureF }]));
  const low = Math.min(...cells.map(({ y1 }) => y1), ...feed.map(({ y }) => y));
  const high = Math.max(...cells.map(({ y2 }) => y2));
  return plotSvg(title, {
    width: 960,
    height: 460,
    marginLeft: 52,
    marginRight: 132,
    marginBottom: 44,
    x: hourAxis,
    y: { domain: [low, high], label: "°F", grid: true },
    color: { type: "sqrt", scheme: "blues", domain: [0, 1] },
    marks: [
      Plot.rect(cells, { x1: "x1", x2: "x2", y1: "y1", y2: "y2", fill: "p", shapeRendering: "crispEdges" }),
      Plot.line(feed, { x: "x", y: "y", stroke: orange, strokeWidth: 1.8, curve: "step-after" }),
      Plot.text(feed.slice(-1), {
        x: "x",
        y: "y",
        text: () => "five-minute feed",
        fill: orange,
        dx: 6,
        textAnchor: "start",
      }),
      ...(officialF === undefined
        ? []
        : [
            Plot.ruleY([officialF], { stroke: "black", strokeDasharray: "5 4" }),
            Plot.text([officialF], {
              x: 24,
              y: (f: number) => f,
              text: (f: number) => `official ${f}`,
              dx: 6,
              textAnchor: "start",
            }),
          ]),
    ],
  });
}

function hazardPlot(title: string, points: readonly PlottedPoint[]): string {
  const series = [
    { name: "60 minutes", color: blue, of: (point: PlottedPoint) => point.newMaximumIn60 },
    { name: "5 minutes", color: orange, of: (point: PlottedPoint) => point.newMaximumIn5 },
  ];
  return plotSvg(title, {
    width: 960,
    height: 280,
    marginLeft: 52,
    marginRight: 132,
    marginBottom: 44,
    x: hourAxis,
    y: { domain: [0, 1], label: "probability", tickFormat: ".0%", grid: true },
    marks: [
      ...series.flatMap(({ name, color, of }, index) => {
        // Where the hazard is not known the line has a hole.
        const line = points.map((point) => ({ x: hours(point.step), y: of(point) ?? Number.NaN }));
        return [
          Plot.line(line, { x: "x", y: "y", stroke: color, strokeWidth: 1.6 }),
          Plot.text([name], {
            x: 24,
            y: 0.95 - 0.1 * index,
            text: [`within ${name}`],
            fill: color,
            dx: 6,
            textAnchor: "start",
          }),
        ];
      }),
      Plot.ruleY([0]),
    ],
  });
}

/** @param label station and date */
export function hazardPlots(
  label: string,
  points: readonly PlottedPoint[],
  officialF: number | undefined,
): NamedPlot[] {
  return [
    {
      name: "pmf.svg",
      svg: pmfPlot(`${label}: probability of each official high, as known at each hour`, points, officialF),
    },
    { name: "hazard.svg", svg: hazardPlot(`${label}: probability that the official maximum rises`, points) },
  ];
}
