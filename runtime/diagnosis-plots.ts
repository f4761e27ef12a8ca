/** The weather desk's diagnosis as SVG files. */
import type { DiagnosticFigure } from "../core/weather/evaluation/diagnosis.ts";
import { pitSvg, pmfSvg } from "./distribution-plots.ts";
import { reliabilitySvg } from "./reliability-plot.ts";
import type { NamedPlot } from "./svg.ts";
import type { WeatherDiagnosis } from "./weather-diagnose.ts";

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
  });
}

function pitPlot(figures: readonly DiagnosticFigure[]): string | undefined {
  const panels = figures
    .filter((row) => row.measure === "pit" && row.slice === "all" && isDrawn(row))
    .flatMap(({ forecaster, bins }) => (bins === null ? [] : [{ forecaster, column: forecaster, pit: bins }]));
  if (panels.length === 0) return undefined;
  const columns = inOrder(panels);
  return pitSvg("PIT histograms", panels, { width: 190 * columns.length + 80, height: 300, columns });
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
  const panels = days.map(({ station, highF, pmf }) => ({ panel: station, highF, ...pmf }));
  return pmfSvg(
    date,
    "around noon",
    panels.toSorted((a, b) => (a.panel < b.panel ? -1 : 1)),
    { height: 90 + 75 * days.length, ticks: 2 },
  );
}

/** File name and text of each plot; what has no data has no plot. */
export function diagnosisPlots(diagnosis: WeatherDiagnosis): NamedPlot[] {
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
