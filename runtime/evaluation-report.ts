/** The evaluation as text for a terminal. */
import { leads } from "../core/weather/evaluation/forecast-history.ts";
import { type Method, methods } from "../core/weather/evaluation/forecasts.ts";
import { type Part, target } from "../core/weather/evaluation/report.ts";
import { type Figure, levels } from "../core/weather/evaluation/scores.ts";
import type { Interval } from "../core/stats/bootstrap.ts";
import { type Evaluation, priorReachDays } from "./evaluation.ts";
import { textTable } from "./text-table.ts";

const order = Object.keys(methods) as Method[];
const SHOWN_HOURS = [36, 30, 24, 18, 15, 12, 9, 6, 3, 1];

/** What rounds to 0 has no sign. */
const fixed = (value: number, digits: number) =>
  value
    .toFixed(digits)
    .replace(/^-(?=0\.?0*$)/, "")
    .replace("-", "−");
const percent = (value: number) => fixed(100 * value, 1);
const interval = ({ low, high }: Interval, show: (value: number) => string) => `[${show(low)}, ${show(high)}]`;
const withDay = (figure: Figure | undefined, show: (value: number) => string) =>
  figure === undefined ? "–" : `${show(figure.mean)} ${interval(figure.byDay, show)}`;
const withBoth = (figure: Figure | undefined, show: (value: number) => string) =>
  figure === undefined ? "–" : `${withDay(figure, show)} ${interval(figure.byMonth, show)}`;
const hundredths = (value: number) => fixed(value, 2);

const where = ({ city, lead, season }: Pick<Part, "city" | "lead" | "season">) =>
  city ?? lead ?? season ?? "all cities";

function historyText({ history }: Evaluation): string[] {
  const { parts, comparisons, verdict } = history.report;
  const wide = parts.filter(({ city, lead }) => city === null || lead === null);
  const places = [...new Map(wide.map((part) => [where(part), part])).values()];
  const partOf = (place: Part, method: Method) =>
    wide.find(
      (part) =>
        part.method === method && part.city === place.city && part.lead === place.lead && part.season === place.season,
    );
  const scoreTable = (valueOf: (part: Part) => Figure, of: readonly Method[]) =>
    textTable(
      ["", "n", ...of],
      places.map((place) => [
        where(place),
        partOf(place, "dressed")?.n ?? 0,
        ...of.map((method) => {
          const part = partOf(place, method);
          return withDay(part && valueOf(part), hundredths);
        }),
      ]),
    );
  const dressed = places.flatMap((place) => partOf(place, "dressed") ?? []);
  const cellDays = Math.round((dressed[0]?.n ?? 0) / leads.length);
  const noise = Math.round(196 * Math.sqrt(0.25 / cellDays));
  const differences = ["climatology", "past_years", "persistence", "emos"] as const;
  return [
    "Methods",
    ...order.map((method) => `  ${method.padEnd(12)} ${methods[method]}`),
    "",
    ...history.cities.map(
      ({ city, days, withoutHigh, from, until, pastYears }) =>
        `${city}: ${days} days, ${from} to ${until}, ${withoutHigh} without a final high (not scored)${pastYears === null ? "; no past years at hand" : `; past years of ${pastYears}`}`,
    ),
    "",
    "CRPS, °F (mean, 95 % interval by city-day)",
    scoreTable(({ crps }) => crps, order),
    "",
    "The columns are of the days that each method has: persistence lacks those without a report, past_years the cities without",
    "history. The differences below are taken on the same days and leads.",
    "",
    "Log score, nats (−ln of the probability of the degree that came; below 1e-4 counts as that)",
    scoreTable(
      ({ logScore }) => logScore,
      order.filter((method) => method !== "undressed"),
    ),
    "",
    "CRPS of the dressed forecast minus that of …, °F (mean, by city-day, by month): below 0 it is better",
    textTable(
      ["", ...differences],
      places
        .filter(({ season }) => season === null)
        .map((place) => [
          where(place),
          ...differences.map((against) =>
            withBoth(
              comparisons.find((row) => row.against === against && row.city === place.city && row.lead === place.lead)
                ?.crps,
              hundredths,
            ),
          ),
        ]),
    ),
    "",
    "Coverage of the dressed forecast's central intervals, % (mean, by city-day, by month): exact, the expectation of the randomised interval",
    textTable(
      ["", "n", "days", ...levels.map((level) => `${100 * level} %`)],
      dressed.map((part) => [
        where(part),
        part.n,
        part.days,
        ...part.coverage.map((figure) => withBoth(figure, percent)),
      ]),
    ),
    "",
    "The same of EMOS",
    textTable(
      ["", ...levels.map((level) => `${100 * level} %`)],
      places.flatMap((place) => {
        const part = partOf(place, "emos");
        return part === undefined ? [] : [[where(part), ...part.coverage.map((figure) => withBoth(figure, percent))]];
      }),
    ),
    "",
    "PIT histogram of the dressed forecast, ten bins (1 = calibrated)",
    textTable(
      ["", ...Array.from({ length: 10 }, (_, bin) => `${bin * 10}–`)],
      dressed.map((part) => [where(part), ...part.pit.map((share) => hundredths(share))]),
    ),
    "",
    ...verdict.cities.map(
      ({ city, coverageOff, worst, better, holds }) =>
        `${holds ? "holds" : "FAILS"}  ${city}: coverage off by at most ${percent(Math.abs(coverageOff))} points (at ${100 * worst} %; target ${100 * target.coverage}); CRPS ${better ? "better" : "NOT better"} than ${target.better.join(" and ")}`,
    ),
    ...verdict.seasons.map(
      ({ season, coverageOff, worst, holds }) =>
        `${holds ? "holds" : "FAILS"}  ${season}: coverage off by at most ${percent(Math.abs(coverageOff))} points (at ${100 * worst} %; target ${100 * target.coverage})`,
    ),
    `By city and lead (${verdict.cells.n} cells of about ${cellDays} days): ${verdict.cells.better} better than both, ${verdict.cells.covered} within ${100 * target.coverage} points at every level (chance alone moves 50 % by ±${noise} points).`,
  ];
}

function verdictText({ verdict: { hours, worse, worst, difference, holds } }: Evaluation["market"]): string[] {
  if (worst === undefined || difference === undefined)
    return ["No hour has both scores: nothing is said of the fusion."];
  const at = ({ hoursLeft, difference: found }: typeof worst) =>
    `${hoursLeft} h (${hundredths(found.mean)} ${interval(found, hundredths)})`;
  return [
    `${holds ? "holds" : "FAILS"}  fused log score not worse than the market's by more than noise at any of ${hours} hours; worst at ${at(worst)}${worse.length === 0 ? "" : `; worse at ${worse.map(at).join(", ")}`}`,
    `Over all hours: ${hundredths(difference.mean)} ${interval(difference, hundredths)} by event.`,
  ];
}

function marketText({ market }: Evaluation): string[] {
  if (market.events.length === 0) return ["No minute prices in the captures: nothing to say of the market."];
  const lacking = market.events.filter(({ basis }) => basis !== "official").map(({ eventTicker }) => eventTicker);
  return [
    "Market-implied distributions by hour, from last traded prices (no bids or asks are captured)",
    ...market.events.map(({ eventTicker, officialF, officialFrom, basis, winner, subtitles, hours }) => {
      const bracket = winner === null ? "" : subtitles[winner];
      const outcome =
        basis === "official"
          ? `official high ${officialF} °F (${officialFrom}): ${bracket}`
          : `no official outcome in the captures; ${basis === null ? "no bracket was certain at the close: not scored" : `closing price says ${bracket}`}`;
      return `  ${eventTicker}: ${hours.length} hours with a price for every bracket; ${outcome}`;
    }),
    lacking.length === 0
      ? "Every event has its official outcome."
      : `Without an official outcome: ${lacking.join(", ")}. Their scores stand on the bracket that the market held for certain at its close, which is no settlement, and at the last hours is the market judged by itself.`,
    `Fused: market and climatology (the archive's highs of other years within ${priorReachDays} days of the date) in the day-ahead model's place, at the weights`,
    "before any fit. No forecast of these days is captured, nor their observations: this shows what the fusion does to the market with a model",
    "that knows no forecast, and cannot show what the desk's models would.",
    "A price is never below one cent: five lost brackets keep about 5 % between them to the end.",
    "",
    textTable(
      ["hours left", "events", "entropy", "weight", "market", "fused", "fused − market (by event)"],
      market.hours
        .filter(({ hoursLeft }) => SHOWN_HOURS.includes(hoursLeft))
        .map(({ hoursLeft, events, entropy, marketWeight, marketLogScore, fusedLogScore, difference }) => [
          hoursLeft,
          events,
          hundredths(entropy),
          hundredths(marketWeight),
          hundredths(marketLogScore),
          hundredths(fusedLogScore),
          `${hundredths(difference.mean)} ${interval(difference, hundredths)}`,
        ]),
    ),
    `Log scores in nats, weight: the market's. ${market.events.length} events are ${market.events.length} blocks: their interval is the range of what was drawn from them, not evidence.`,
    ...verdictText(market),
  ];
}

export function evaluationText(evaluation: Evaluation): string {
  return [...historyText(evaluation), "", ...marketText(evaluation)].join("\n");
}
