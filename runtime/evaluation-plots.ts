/** The evaluation as SVG files: calibration, one day's distributions, and the market's belief through its hours. */
import * as Plot from "@observablehq/plot";
import type { DayForecast } from "../core/weather/evaluation/forecasts.ts";
import { bracketReliability } from "../core/weather/evaluation/scores.ts";
import type { Evaluation } from "./evaluation.ts";
import { pitSvg, pmfSvg } from "./distribution-plots.ts";
import { reliabilitySvg } from "./reliability-plot.ts";
import { type NamedPlot, plotSvg } from "./svg.ts";

const SHOWN_LEAD = "D-1 evening";

/** `LOS_ANGELES` → Los Angeles. */
const cityName = (city: string) =>
  city
    .toLowerCase()
    .split("_")
    .map((word) => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`)
    .join(" ");

function reliabilityPlot({ history }: Evaluation): string {
  const shown = { dressed: "dressed NWS forecast", climatology: "climatology" } as const;
  const points = Object.entries(shown).flatMap(([method, name]) =>
    bracketReliability(history.forecasts.filter((forecast) => forecast.method === method)).flatMap(
      ({ n, meanProbability, meanOutcome, interval }) =>
        meanProbability === null || meanOutcome === null || interval === null
          ? []
          : [{ panel: name, n, x: meanProbability, y: meanOutcome, low: interval.low, high: interval.high }],
    ),
  );
  return reliabilitySvg(
    "Reliability of brackets: share that came with 95 % interval by city-day, and how many",
    points,
    {
      width: 820,
      height: 460,
      reach: Math.min(1, Math.ceil(Math.max(...points.map(({ x, high }) => Math.max(x, high))) * 10) / 10),
      ticks: 5,
    },
  );
}

function pitPlot({ history }: Evaluation): string {
  const shown = { dressed: "dressed", emos: "EMOS" } as const;
  const panels = Object.entries(shown).flatMap(([method, row]) =>
    history.report.parts
      .filter((part) => part.method === method && part.city !== null && part.lead === null)
      .map(({ city, pit }) => ({ column: cityName(city ?? ""), row, pit })),
  );
  return pitSvg("PIT histograms, all leads", panels, {
    width: 1020,
    height: 420,
    marginRight: 64,
    columns: [...new Set(panels.map(({ column }) => column))],
    rows: Object.values(shown),
  });
}

/** The newest date on which every city has a forecast of the shown lead. */
function newestCommonDate(forecasts: readonly DayForecast[]): string | undefined {
  const cities = new Set(forecasts.map(({ city }) => city));
  const dates = [...new Set(forecasts.map(({ date }) => date))].sort().toReversed();
  return dates.find(
    (date) => new Set(forecasts.filter((day) => day.date === date).map(({ city }) => city)).size === cities.size,
  );
}

function pmfPlot({ history }: Evaluation): string | undefined {
  const forecasts = history.forecasts.filter(({ method, lead }) => method === "dressed" && lead === SHOWN_LEAD);
  const date = newestCommonDate(forecasts);
  if (date === undefined) return undefined;
  const days = forecasts.filter((day) => day.date === date);
  const panels = days.map(({ city, pmfLow, pmf, highF }) => ({ panel: cityName(city), pmfLow, pmf, highF }));
  return pmfSvg(date, "on the evening before", panels, { height: 420, ticks: 3 });
}

function marketPlot({ market }: Evaluation): string | undefined {
  const areas = market.events.flatMap(({ eventTicker, hours, subtitles }) =>
    hours.flatMap(({ hoursLeft, probabilities }) =>
      probabilities.map((share, index) => ({
        event: eventTicker,
        hoursLeft,
        share,
        bracket: index,
        subtitle: subtitles[index] ?? "",
      })),
    ),
  );
  if (areas.length === 0) return undefined;
  // Where a bracket is widest through the hours is the place for its name.
  const names = market.events.flatMap(({ eventTicker, hours, subtitles }) =>
    subtitles.flatMap((subtitle, index) => {
      const widest = hours.reduce<(typeof hours)[number] | undefined>(
        (best, hour) =>
          hour.hoursLeft >= 4 &&
          hour.hoursLeft <= 34 &&
          (hour.probabilities[index] ?? 0) > (best?.probabilities[index] ?? 0.09)
            ? hour
            : best,
        undefined,
      );
      if (widest === undefined) return [];
      const below = widest.probabilities.slice(0, index).reduce((sum, share) => sum + share, 0);
      return [
        {
          event: eventTicker,
          hoursLeft: widest.hoursLeft,
          at: below + (widest.probabilities[index] ?? 0) / 2,
          subtitle,
        },
      ];
    }),
  );
  return plotSvg("What the market thought of each bracket, by hours to the end of the climate day", {
    width: 1020,
    height: 460,
    marginLeft: 52,
    marginBottom: 44,
    x: { label: "hours left", reverse: true },
    y: { label: "probability", tickFormat: ".0%", domain: [0, 1] },
    fx: { label: null },
    color: { type: "ordinal", scheme: "blues", domain: [-1, 0, 1, 2, 3, 4, 5, 6, 7] },
    marks: [
      Plot.areaY(areas, {
        fx: "event",
        x: "hoursLeft",
        y: "share",
        fill: "bracket",
        z: "bracket",
        order: "bracket",
        stroke: "white",
        strokeWidth: 0.6,
      }),
      Plot.text(names, {
        fx: "event",
        x: "hoursLeft",
        y: "at",
        text: "subtitle",
        fontSize: 10,
        stroke: "white",
        fill: "black",
      }),
    ],
  });
}

/** File name and text of each plot; what has no data has no plot. */
export function evaluationPlots(evaluation: Evaluation): NamedPlot[] {
  const plots = {
    "reliability.svg": reliabilityPlot(evaluation),
    "pit.svg": pitPlot(evaluation),
    "pmf.svg": pmfPlot(evaluation),
    "market.svg": marketPlot(evaluation),
  };
  return Object.entries(plots).flatMap(([name, svg]) => (svg === undefined ? [] : [{ name, svg }]));
}
