/** The weather desk's diagnosis as SVG files. */
import * as Plot from "@observablehq/plot";
import type { DiagnosticFigure } from "../core/weather/evaluation/diagnosis.ts";
import { reliabilitySvg } from "./reliability-plot.ts";
import { plotSvg } from "./svg.ts";
import type { WeatherDiagnosis } from "./weather-diagnose.ts";

const blue = "#2f6db3";
const orange = "#d9701e";
/** The desk's own first. Of the references the plots show the blend alone: what knows no forecast is wide of the mark. */
const order = ["weather", "day-ahead", "intraday", "fused", "market", "nbm"];
const inOrder = (rows: readonly { forecaster: string }[]) => {
  const there = [...new Set(rows.map(({ forecaster }) => forecaster))];
  return [...order.filter((name) => there.includes(name)), ...there.filter((name) => !order.includes(name)).toSorted()];
};
const isDrawn = ({ forecaster }: DiagnosticFigure) => forecaster !== "climatology" && forecaster !== "persistence";

/** Of a day's forecasts the one nearest to noon is shown. */
const SHOWN_LEAD_HOURS = 12;

function reliabilityPlot(title: string, figures: readonly DiagnosticFigure[]): string | undefined {
  const points = figures
    .filter(isDrawn)
    .flatMap(({ forecaster, n, mean_probability: x, value: y, low, high }) =>
      x === null || y === null || low === null || high === null
        ? []
        : [{ forecaster, panel: forecaster, n, x, y, low, high }],
    );
  if (points.length === 0) return undefined;
  const panels = inOrder(points);
  return reliabilitySvg(title, points, {
    width: 300 * panels.length + 120,
    height: 380,
    panels,
    ticks: 4,
    colour: blue,
  });
}

function pitPlot(figures: readonly DiagnosticFigure[]): string | undefined {
  const bars = figures
    .filter((row) => row.measure === "pit" && row.slice === "all" && isDrawn(row))
    .flatMap(({ forecaster, bins }) =>
      (bins ?? []).map((share, bin) => ({ forecaster, from: bin / 10, to: (bin + 1) / 10, share })),
    );
  if (bars.length === 0) return undefined;
  return plotSvg("PIT histograms (flat = calibrated; high ends = too narrow, high middle = too wide)", {
    width: 190 * new Set(bars.map(({ forecaster }) => forecaster)).size + 80,
    height: 300,
    marginLeft: 52,
    marginBottom: 44,
    x: { domain: [0, 1], label: "PIT", ticks: [0, 0.5, 1], tickFormat: (tick: number) => String(tick) },
    y: { label: "density", grid: true },
    fx: { label: null, padding: 0.15, domain: inOrder(bars) },
    marks: [
      Plot.rectY(bars, {
        fx: "forecaster",
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

/** The newest day on which most stations have a forecast: what was said around noon, and what came. */
function pmfPlot({ cases }: WeatherDiagnosis): string | undefined {
  const shown = cases.flatMap(({ station, climateDate, leadHours, highF, forecasts }) => {
    const pmf = forecasts["weather"]?.pmf;
    return highF === null || pmf === undefined ? [] : [{ station, climateDate, leadHours, highF, pmf }];
  });
  const counts = new Map<string, Set<string>>();
  for (const { station, climateDate } of shown)
    counts.set(climateDate, (counts.get(climateDate) ?? new Set()).add(station));
  const most = Math.max(0, ...[...counts.values()].map(({ size }) => size));
  const date = [...counts]
    .filter(([, { size }]) => size === most)
    .map(([day]) => day)
    .toSorted()
    .at(-1);
  const days = [
    ...Map.groupBy(
      shown.filter(({ climateDate }) => climateDate === date),
      ({ station }) => station,
    ),
  ].flatMap(([, own]) =>
    own
      .toSorted((a, b) => Math.abs(a.leadHours - SHOWN_LEAD_HOURS) - Math.abs(b.leadHours - SHOWN_LEAD_HOURS))
      .slice(0, 1),
  );
  if (days.length === 0 || date === undefined) return undefined;
  const bars = days.flatMap(({ station, highF, pmf: { pmfLow, pmf } }) =>
    pmf.flatMap((share, index) =>
      share >= 0.001
        ? [{ station, degrees: pmfLow + index, share, came: pmfLow + index === highF ? "came" : "other" }]
        : [],
    ),
  );
  return plotSvg(`The high of ${date} as forecast around noon (orange: the degree that came)`, {
    width: 1020,
    height: 90 + 75 * days.length,
    marginLeft: 52,
    marginRight: 96,
    marginBottom: 44,
    x: { label: "high, °F", type: "linear" },
    y: { label: "probability", grid: true, tickFormat: ".0%", ticks: 2 },
    fy: { label: null },
    color: { domain: ["other", "came"], range: [blue, orange] },
    marks: [
      Plot.rectY(bars, {
        fy: "station",
        x1: ({ degrees }: { degrees: number }) => degrees - 0.5,
        x2: ({ degrees }: { degrees: number }) => degrees + 0.5,
        y: "share",
        fill: "came",
        inset: 0.5,
      }),
      Plot.ruleX(days, { fy: "station", x: "highF", stroke: orange, strokeDasharray: "2 2" }),
      Plot.ruleY([0]),
    ],
  });
}

/** File name and text of each plot; what has no data has no plot. */
export function diagnosisPlots(diagnosis: WeatherDiagnosis): { name: string; svg: string }[] {
  const of = (measure: string) => diagnosis.figures.filter((row) => row.measure === measure);
  const plots = {
    "reliability.svg": reliabilityPlot(
      "Reliability of brackets: share that came with 95 % interval by city-day, and how many",
      of("bracket_reliability"),
    ),
    "hazard.svg": reliabilityPlot("A new maximum within the hour: said and come", of("new_maximum_reliability")),
    "pit.svg": pitPlot(diagnosis.figures),
    "pmf.svg": pmfPlot(diagnosis),
  };
  return Object.entries(plots).flatMap(([name, svg]) => (svg === undefined ? [] : [{ name, svg }]));
}
