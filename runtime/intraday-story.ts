/** One city's day in a home, told by what the desk said on it: how the high's distribution narrowed, and its gates. */
import { join } from "node:path";
import { dailyEventTicker } from "../core/market/tickers.ts";
import type { Lake } from "../core/ports.ts";
import { climateDateAt, climateDay } from "../core/weather/climate-day.ts";
import { stepMinutes, stepsPerDay } from "../core/weather/hazard/coefficients.ts";
import { isOwnReport } from "../core/weather/observation.ts";
import { minutesPerDay } from "../core/weather/panel/minutes.ts";
import { temperatureColumns } from "../core/weather/panel/temperature.ts";
import { models } from "../core/weather/predictions.ts";
import { type Station, stations } from "../core/weather/stations.ts";
import { readDay } from "../functions/parts.ts";
import type { TableName, TableRow } from "../schemas/index.ts";
import { dtOf } from "../schemas/table.ts";
import { hazardPlots, type PlottedPoint } from "./hazard-plots.ts";
import { writePlots } from "./svg.ts";
import { textTable } from "./text-table.ts";

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const HOUR_MINUTES = 60;
const SHOWN_HOURS = 3;

/** A prediction in whole °F. */
type Prediction = TableRow<"predictions"> & { pmf_low: number; pmf: (number | null)[] };

function inDegrees(prediction: TableRow<"predictions">): prediction is Prediction {
  return prediction.pmf_low !== null && prediction.pmf !== null;
}

export interface StoryHour {
  /** Minute of the climate day at which the desk spoke. */
  minute: number;
  /** What the feed had shown by then, °F. */
  temperatureF: number | null;
  observedLeastF: number | null;
  /** Whole °F. */
  quantiles: { p10: number; p50: number; p90: number };
  newMaximumIn60: number | null;
  /** P of the bracket that came; null while nobody knows which. */
  pModel: number | null;
  pMarket: number | null;
}

export interface IntradayStory {
  station: string;
  climateDate: string;
  /** Of the newest final report, °F; null when none is there. */
  officialF: number | null;
  hours: StoryHour[];
  /** How often each gate ended a candidate of the event on the day, and between which hours. */
  gates: { gate: string; n: number; firstHour: number; lastHour: number }[];
  /** The plots. */
  files: string[];
}

/** Reads the days' parts of a table that the desk's jobs on the event have made, or all. */
async function rowsOf<N extends TableName>(lake: Lake, table: N, from: number, until: number, stem = "") {
  const rows: TableRow<N>[] = [];
  for (const dt of new Set([dtOf(from), dtOf(until)])) rows.push(...(await readDay(lake, table, dt, stem)));
  return rows;
}

/** What the feed had shown by each minute of the day, °F. */
async function temperaturesOf(lake: Lake, station: Station, start: number, end: number): Promise<Float64Array> {
  const rows = await rowsOf(lake, "weather_observations", start, end);
  const readings = rows.flatMap((row) =>
    row.station !== station.icao ||
    !isOwnReport(row) ||
    row.temperature_tenths_c === null ||
    row.low_f === null ||
    row.high_f === null
      ? []
      : [
          {
            validAt: row.valid_at,
            ingestedAt: row.ingested_at,
            reportType: row.report_type,
            tenthsC: row.temperature_tenths_c,
            lowF: row.low_f,
            highF: row.high_f,
          },
        ],
  );
  return temperatureColumns({ start, readings }).temperatureF;
}

async function officialOf(lake: Lake, station: Station, climateDate: string): Promise<number | null> {
  const { end } = climateDay(station, climateDate);
  const rows = await rowsOf(lake, "climate_reports", end, end + DAY_MS / 2);
  const [newest] = rows
    .filter((row) => row.station === station.icao && row.climate_date === climateDate && row.kind !== "intermediate")
    .toSorted((a, b) => b.issued_at - a.issued_at);
  return newest?.max_f ?? null;
}

/** The market that pays at a value: the one whose interval in the predictions' brackets holds it. */
function marketAt(brackets: readonly TableRow<"prediction_markets">[], highF: number | null): string | undefined {
  if (highF === null) return undefined;
  return brackets.find(
    ({ lowest, highest }) => (lowest === null || highF >= lowest) && (highest === null || highF <= highest),
  )?.market_ticker;
}

function quantile({ pmf_low, pmf }: Prediction, share: number): number {
  let sum = 0;
  const at = pmf.findIndex((p) => (sum += p ?? 0) >= share);
  return pmf_low + (at < 0 ? pmf.length - 1 : at);
}

const known = (value: number | undefined) => (value === undefined || Number.isNaN(value) ? null : value);

/** The desk's last word at each step. */
function plotted(words: readonly Prediction[], start: number, temperatures: Float64Array): PlottedPoint[] {
  return Array.from({ length: stepsPerDay }, (_, step) => step).flatMap((step) => {
    const minute = step * stepMinutes;
    const said = words.findLast(({ predicted_at }) => predicted_at <= start + minute * MINUTE_MS);
    if (said === undefined) return [];
    const temperatureF = known(temperatures[minute]);
    return [
      {
        step,
        pmfLow: said.pmf_low,
        pmf: said.pmf.map((p) => p ?? 0),
        newMaximumIn5: said.new_maximum_5m,
        newMaximumIn60: said.new_maximum_60m,
        last: temperatureF === null ? null : { temperatureF },
      },
    ];
  });
}

/**
 * The newest day of a city that is over, from the home's lake; the plots go into its folder.
 * @returns undefined when nothing was forecast on that day
 */
export async function intradayStory(
  { folder, lake, now }: { folder: string; lake: Lake; now: number },
  icao = "KMDW",
): Promise<IntradayStory | undefined> {
  const station = stations.find((one) => one.icao === icao);
  if (station === undefined) throw new Error(`no station ${icao} in the list`);
  const climateDate = climateDateAt(station, now - DAY_MS);
  const { start, end } = climateDay(station, climateDate);
  const stem = `weather-${dailyEventTicker({ series: station.highSeries, date: climateDate })}-`;
  const made = <N extends TableName>(table: N) => rowsOf(lake, table, start, end - 1, stem);
  const words = (await made("predictions"))
    .filter(inDegrees)
    .filter(({ model, predicted_at }) => model === models.weather.name && predicted_at >= start && predicted_at < end)
    .toSorted((a, b) => a.predicted_at - b.predicted_at);
  if (words.length === 0) return undefined;
  const brackets = await made("prediction_markets");
  const quotes = await made("enrichments");
  const officialF = await officialOf(lake, station, climateDate);
  const came = marketAt(brackets, officialF);
  const temperatures = await temperaturesOf(lake, station, start, end);
  const outcomes = (await made("gate_outcomes")).filter(({ decided_at }) => decided_at >= start && decided_at < end);

  const hours = words.flatMap((word): StoryHour[] => {
    const minute = Math.floor((word.predicted_at - start) / MINUTE_MS);
    const isLast = word === words.at(-1);
    if (minute % (SHOWN_HOURS * HOUR_MINUTES) >= HOUR_MINUTES / 4 && !isLast) return [];
    const ofWord = brackets.find((row) => row.prediction_id === word.prediction_id && row.market_ticker === came);
    const quote = quotes.find((row) => row.job_id === word.job_id && row.market_ticker === came);
    return [
      {
        minute,
        temperatureF: known(temperatures[Math.min(minute, minutesPerDay - 1)]),
        observedLeastF: word.observed_least_f,
        quantiles: { p10: quantile(word, 0.1), p50: quantile(word, 0.5), p90: quantile(word, 0.9) },
        newMaximumIn60: word.new_maximum_60m,
        pModel: ofWord?.probability ?? null,
        pMarket: quote?.p_market ?? null,
      },
    ];
  });
  const hourOf = (at: number) => Math.floor((at - start) / MINUTE_MS / HOUR_MINUTES);
  const gates = [...Map.groupBy(outcomes, ({ gate }) => gate)].map(([gate, rows]) => {
    const at = rows.map(({ decided_at }) => hourOf(decided_at));
    return { gate, n: rows.length, firstHour: Math.min(...at), lastHour: Math.max(...at) };
  });
  const label = `${station.city} (${station.icao}), ${climateDate}`;
  const plots = hazardPlots(label, plotted(words, start, temperatures), officialF ?? undefined);
  const files = writePlots(
    join(folder, "weather"),
    plots.map(({ name, svg }) => ({ name: `intraday-${name}`, svg })),
  );
  return {
    station: station.icao,
    climateDate,
    officialF,
    hours,
    gates: gates.toSorted((a, b) => b.n - a.n || (a.gate < b.gate ? -1 : 1)),
    files,
  };
}

const percent = (p: number | null) => (p === null ? "–" : `${(100 * p).toFixed(1)} %`);
const degrees = (f: number | null) => (f === null ? "–" : f.toFixed(0));
const two = (value: number) => String(value).padStart(2, "0");
const clock = (minute: number) => `${two(Math.floor(minute / HOUR_MINUTES))}:${two(minute % HOUR_MINUTES)}`;

/** For the terminal. */
export function storyLines({ station, climateDate, officialF, hours, gates, files }: IntradayStory): string[] {
  const table = textTable(
    ["time", "feed °F", "max ≥", "10 %", "median", "90 %", "new max in 60 min", "model on what came", "market"],
    hours.map((at) => [
      clock(at.minute),
      degrees(at.temperatureF),
      degrees(at.observedLeastF),
      at.quantiles.p10,
      at.quantiles.p50,
      at.quantiles.p90,
      percent(at.newMaximumIn60),
      percent(at.pModel),
      percent(at.pMarket),
    ]),
  );
  const span = ({ gate, n, firstHour, lastHour }: IntradayStory["gates"][number]) =>
    `${gate} ${n} (${two(firstHour)}–${two(lastHour)} h)`;
  return [
    `  ${station}, ${climateDate}: official high ${officialF === null ? "unknown" : `${officialF} °F`}; local standard time`,
    ...table.split("\n").map((line) => `  ${line}`),
    `  gates: ${gates.map(span).join(", ") || "no decision"}`,
    ...files.map((file) => `  ${file}`),
  ];
}
