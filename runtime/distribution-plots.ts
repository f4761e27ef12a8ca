/** Forecast distributions: PIT histograms, and what was said of each degree beside the one that came. */
import * as Plot from "@observablehq/plot";
import { blue, orange, plotSvg } from "./svg.ts";

export interface PitPanel {
  column: string;
  /** Where there are several rows of panels. */
  row?: string;
  /** Density of each bin of [0, 1]; 1 = calibrated. */
  pit: readonly number[];
}

export interface PitLayout {
  width: number;
  height: number;
  marginRight?: number;
  /** In their order. */
  columns: readonly string[];
  rows?: readonly string[];
}

export function pitSvg(title: string, panels: readonly PitPanel[], layout: PitLayout): string {
  const { columns, rows, ...size } = layout;
  const bars = panels.flatMap(({ column, row, pit }) =>
    pit.map((share, bin) => ({ column, row, from: bin / pit.length, to: (bin + 1) / pit.length, share })),
  );
  return plotSvg(`${title} (flat = calibrated; high ends = too narrow, high middle = too wide)`, {
    ...size,
    marginLeft: 52,
    marginBottom: 44,
    x: { domain: [0, 1], label: "PIT", ticks: [0, 0.5, 1], tickFormat: (tick: number) => String(tick) },
    y: { label: "density", grid: true },
    fx: { label: null, padding: 0.15, domain: [...columns] },
    ...(rows === undefined ? {} : { fy: { label: null, domain: [...rows] } }),
    marks: [
      Plot.rectY(bars, {
        fx: "column",
        ...(rows === undefined ? {} : { fy: "row" }),
        x1: "from",
        x2: "to",
        y: "share",
        fill: blue,
        insetLeft: 0.5,
        insetRight: 0.5,
      }),
      Plot.ruleY([1], { stroke: orange, strokeDasharray: "4 3" }),
      Plot.ruleY([0]),
    ],
  });
}

/** One forecast of a high. */
export interface PmfPanel {
  panel: string;
  /** Whole °F. */
  pmfLow: number;
  pmf: readonly number[];
  /** The high that came, whole °F. */
  highF: number;
}

/** Less than this is not drawn. */
const DRAWN = 0.001;

/** @param when of the forecasts, as in `as forecast around noon` */
export function pmfSvg(
  date: string,
  when: string,
  panels: readonly PmfPanel[],
  layout: { height: number; ticks: number },
): string {
  const bars = panels.flatMap(({ panel, pmfLow, pmf, highF }) =>
    pmf.flatMap((share, index) => {
      const degrees = pmfLow + index;
      return share >= DRAWN ? [{ panel, degrees, share, came: degrees === highF ? "came" : "other" }] : [];
    }),
  );
  const { height, ticks } = layout;
  return plotSvg(`The high of ${date} as forecast ${when} (orange: the degree that came)`, {
    width: 1020,
    height,
    marginLeft: 52,
    marginRight: 96,
    marginBottom: 44,
    x: { label: "high, °F", type: "linear" },
    y: { label: "probability", grid: true, tickFormat: ".0%", ticks },
    fy: { label: null, domain: panels.map(({ panel }) => panel) },
    color: { domain: ["other", "came"], range: [blue, orange] },
    marks: [
      Plot.rectY(bars, {
        fy: "panel",
        x1: ({ degrees }: { degrees: number }) => degrees - 0.5,
        x2: ({ degrees }: { degrees: number }) => degrees + 0.5,
        y: "share",
        fill: "came",
        inset: 0.5,
      }),
      Plot.ruleX(panels, { fy: "panel", x: "highF", stroke: orange, strokeDasharray: "2 2" }),
      Plot.ruleY([0]),
    ],
  });
}
