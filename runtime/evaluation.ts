/** Reads a folder of captures and evaluates the weather desk's forecasts on what it holds. */
import { parseExpirationValue } from "../core/market/expiration-value.ts";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { importRecording } from "../core/market/recordings.ts";
import { dailyEventOf } from "../core/market/tickers.ts";
import { climateDay } from "../core/weather/climate-day.ts";
import { parseClimateReport } from "../core/weather/climate-report.ts";
import { climatologyOfYears, type PastHigh } from "../core/weather/evaluation/climatology.ts";
import { dress } from "../core/weather/evaluation/dressing.ts";
import { type CityHistory, parseForecastHistory } from "../core/weather/evaluation/forecast-history.ts";
import { cityForecasts, type DayForecast } from "../core/weather/evaluation/forecasts.ts";
import {
  type EventScores,
  type HourSummary,
  type MarketVerdict,
  marketVerdict,
  scoreEvent,
  summariseHours,
} from "../core/weather/evaluation/market-scores.ts";
import { parseMinutePrices } from "../core/weather/evaluation/minute-prices.ts";
import { type HistoryReport, reportOn } from "../core/weather/evaluation/report.ts";
import { scoreDay } from "../core/weather/evaluation/scores.ts";
import { type Station, stationBySeries } from "../core/weather/stations.ts";
import { CommandError } from "./command.ts";
import { messageOf } from "./message-of.ts";
import { recordedFiles } from "./recorded-files.ts";

/** Where the captures keep what is read here. */
const paths = {
  forecasts: "weather/forecasts",
  daily: "weather/daily",
  reports: "weather/cli",
  prices: "kalshi/weather/miami_minute_prices",
  settlements: ["kalshi/weather", "weather/kalshi"],
};

/**
 * Highs of past years for a city of the archive of forecasts. Chicago's archive is O'Hare and the highs are Midway's:
 * a neighbour's climate, given for what it is worth.
 */
const pastYearsOf: Readonly<Record<string, { file: string; station: string }>> = {
  AUSTIN: { file: "ncei_tx_2016-2020.csv.gz", station: "KAUS" },
  CHICAGO: { file: "ncei_il_2016-2020.csv.gz", station: "KMDW" },
  DENVER: { file: "wunderground_KDEN_2008-2015.csv", station: "KDEN" },
};
/** The archive's city that has a station's highs, where it has them. */
const archiveCity: Readonly<Record<string, string>> = { KMIA: "MIAMI_BEACH" };
/** What the market is fused with: highs of other years so many days around the date. */
export const priorReachDays = 15;

export interface Evaluation {
  history: {
    files: string[];
    cities: {
      city: string;
      days: number;
      withoutHigh: number;
      from: string;
      until: string;
      pastYears: string | null;
    }[];
    forecasts: DayForecast[];
    report: HistoryReport;
  };
  market: { events: (EventScores & { officialFrom: string | null })[]; hours: HourSummary[]; verdict: MarketVerdict };
}

/** Names what could not be read. @throws CommandError */
function named<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new CommandError(`${file} cannot be used: ${messageOf(error)}`);
  }
}

function filesIn(folder: string, ending: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(ending) && !name.startsWith("."))
    .sort()
    .map((name) => join(folder, name));
}

/** Daily highs by the columns `date` and `max_f`, or `DATE` and `TMAX` in °F; a day without one is left out. */
function dailyHighs(file: string): PastHigh[] {
  const bytes = readFileSync(file);
  const [head = "", ...lines] = (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8").split(/\r?\n/);
  const header = head.split(",");
  const [dateAt, highAt] = [
    ["date", "DATE"],
    ["max_f", "TMAX"],
  ].map((names) => header.findIndex((name) => names.includes(name)));
  if (dateAt === undefined || highAt === undefined || dateAt < 0 || highAt < 0) {
    throw new Error(`no columns date and max_f, or DATE and TMAX, in "${head}"`);
  }
  return lines.flatMap((line) => {
    const cells = line.split(",");
    const [date = "", high = ""] = [cells[dateAt], cells[highAt]];
    return /^\d{4}-\d{2}-\d{2}$/.test(date) && /^-?\d+(?:\.\d+)?$/.test(high) ? [{ date, highF: Number(high) }] : [];
  });
}

function evaluateHistory(folder: string, cities: ReadonlyMap<string, CityHistory>, files: string[]) {
  const described: Evaluation["history"]["cities"] = [];
  const forecasts = [...cities].flatMap(([city, history]) => {
    const known = pastYearsOf[city];
    const file = known && join(folder, paths.daily, known.file);
    const past = file !== undefined && existsSync(file) ? named(file, () => dailyHighs(file)) : [];
    const dates = [...history.keys()];
    described.push({
      city,
      days: dates.length,
      withoutHigh: [...history.values()].filter(({ highF }) => highF === null).length,
      from: dates[0] ?? "",
      until: dates.at(-1) ?? "",
      pastYears: past.length > 0 && known !== undefined ? known.station : null,
    });
    return cityForecasts(city, history, past);
  });
  return { files, cities: described, forecasts, report: reportOn(forecasts.map(scoreDay)) };
}

interface Official {
  highF: number;
  from: string;
}

/** The official high of an event: the exchange's settlement, else a final climate report; undefined when neither is there. */
function officialHigh(folder: string, eventTicker: string, station: Station, date: string): Official | undefined {
  for (const part of paths.settlements) {
    const root = join(folder, part);
    if (!existsSync(root)) continue;
    for (const name of recordedFiles(root).filter((file) => /\.jsonl?$/.test(file))) {
      const text = readFileSync(join(root, name), "utf8");
      if (!text.includes(eventTicker)) continue;
      const settled = importRecording(name, text).rows.kalshi_markets?.find(
        (market) => market.event_ticker === eventTicker && parseExpirationValue(market.expiration_value ?? "") !== null,
      );
      const value = settled && parseExpirationValue(settled.expiration_value ?? "");
      if (value !== null && value !== undefined && Number.isInteger(value))
        return { highF: value, from: `${part}/${name}` };
    }
  }
  const root = join(folder, paths.reports);
  if (!existsSync(root)) return undefined;
  for (const name of recordedFiles(root).filter((file) => file.endsWith(".txt"))) {
    const parsed = parseClimateReport(readFileSync(join(root, name), "utf8"));
    if ("refusal" in parsed || parsed.report.pil !== station.pil) continue;
    const section = parsed.report.sections.find(
      ({ climateDate, kind }) => climateDate === date && kind !== "intermediate",
    );
    const highF = section?.maximum.value ?? null;
    if (highF !== null) return { highF, from: `${paths.reports}/${name}` };
  }
  return undefined;
}

/** `…-kxhighmia-26apr20-minute.csv` → KXHIGHMIA-26APR20. */
function eventOfFile(file: string): string {
  const match = /(kx[a-z]+-\d{2}[a-z]{3}\d{2})-minute\.csv$/i.exec(basename(file));
  if (match?.[1] === undefined) throw new Error("its name does not end in <event ticker>-minute.csv");
  return match[1].toUpperCase();
}

function evaluateEvent(folder: string, file: string, cities: ReadonlyMap<string, CityHistory>) {
  const eventTicker = eventOfFile(file);
  const daily = dailyEventOf(eventTicker);
  const station = daily && stationBySeries(daily.series);
  if (daily === undefined || station === undefined) throw new Error(`${eventTicker} is no event of our stations`);
  const prices = parseMinutePrices(readFileSync(file, "utf8"));
  const history = cities.get(archiveCity[station.icao] ?? "");
  const past = [...(history?.values() ?? [])].flatMap(({ date, highF }): PastHigh[] =>
    highF === null ? [] : [{ date, highF }],
  );
  const law = climatologyOfYears(past, daily.date, priorReachDays);
  const official = officialHigh(folder, eventTicker, station, daily.date);
  const scores = scoreEvent({
    eventTicker,
    prices,
    dayEnd: climateDay(station, daily.date).end,
    officialF: official?.highF ?? null,
    prior: law && dress(law, 0),
  });
  return { ...scores, officialFrom: official?.from ?? null };
}

/** @throws CommandError when there is no archive of forecasts, or a file of these kinds cannot be read. */
export function evaluate(folder: string): Evaluation {
  const files = filesIn(join(folder, paths.forecasts), ".csv");
  if (files.length === 0) {
    throw new CommandError(`no ${paths.forecasts}/*.csv in ${folder}: give the folder of the captures with --captures`);
  }
  const tables = files.map((file) => ({ name: basename(file), csv: readFileSync(file, "utf8") }));
  const cities = named(files.join(", "), () => parseForecastHistory(tables));
  const history = evaluateHistory(
    folder,
    cities,
    tables.map(({ name }) => name),
  );
  const events = filesIn(join(folder, paths.prices), "-minute.csv").map((file) =>
    named(file, () => evaluateEvent(folder, file, cities)),
  );
  const hours = summariseHours(events);
  return { history, market: { events, hours, verdict: marketVerdict(events, hours) } };
}
