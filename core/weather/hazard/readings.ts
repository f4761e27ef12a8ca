/** Five-minute temperatures as recordings keep them: CSV with the columns stid, valid_utc and temp_f. */
import { climateDateAt, climateDay } from "../climate-day.ts";
import { type CsvTable, readCsv } from "../csv.ts";
import { fahrenheitInterval, isWhole } from "../metar.ts";
import type { Station } from "../stations.ts";
import { stepMinutes, stepsPerDay } from "./coefficients.ts";

const MINUTE_MS = 60_000;
/** No station of ours has ever read outside these, °F. */
export const plausibleReadingF = { low: -60, high: 130 } as const;

/** One reading of the feed, as an interval. */
export interface FeedReading {
  /** After local standard midnight; below 0 the evening before. */
  minute: number;
  /** The feed that it came by. */
  kind: string;
  /** As the feed gives it, °F. */
  temperatureF: number;
  /** The whole °F that the sensor can have held: the smallest and the largest. */
  leastF: number;
  mostF: number;
}

/**
 * The step that a minute of the day is nearest to. The last minutes of a day belong to it, not to the first step of the
 * next.
 */
export function stepOf(minute: number): number {
  return Math.min(stepsPerDay - 1, Math.round(minute / stepMinutes));
}

export const readingColumns: readonly string[] = ["stid", "valid_utc", "temp_f"];

/** Whether the text is a table of readings, by its heading. */
export function isReadings(csv: string): boolean {
  return !("missing" in readCsv(csv, readingColumns));
}

interface Recorded {
  station: string;
  /** Epoch ms UTC. */
  at: number;
  temperatureF: number;
}

function tableOf(csv: string, columns: readonly string[]): CsvTable {
  const found = readCsv(csv, columns);
  if ("missing" in found) throw new RangeError(`csv: no column ${found.missing}; expected ${columns.join(", ")}`);
  return found;
}

/** @throws when a column is missing. Rows without a temperature, or with one that cannot be, are refused one by one. */
export function parseReadings(csv: string): { readings: Recorded[]; refused: string[] } {
  const { rows, torn } = tableOf(csv, readingColumns);
  const readings: Recorded[] = [];
  const refused = torn.map(({ text }) => `"${text}" has another number of fields than the heading`);
  for (const { stid = "", valid_utc: valid = "", temp_f: text = "" } of rows) {
    const at = /(?:Z|[+-]\d{2}:\d{2})$/.test(valid) ? Date.parse(valid) : Number.NaN;
    const temperatureF = text === "" ? Number.NaN : Number(text);
    if (Number.isNaN(at)) refused.push(`${stid}: valid_utc is "${valid}"; expected an instant with its zone`);
    else if (!(temperatureF >= plausibleReadingF.low && temperatureF <= plausibleReadingF.high))
      refused.push(
        `${stid} ${valid}: temp_f is "${text}"; expected °F from ${plausibleReadingF.low} to ${plausibleReadingF.high}`,
      );
    else readings.push({ station: stid, at, temperatureF });
  }
  return { readings, refused };
}

/** Official highs by `<station> <climate date>`, °F: CSV with the columns station, climate_date and cli_tmax_f. */
export function parseOfficialHighs(csv: string): Map<string, number> {
  const highs = new Map<string, number>();
  for (const { station = "", climate_date: date = "", cli_tmax_f: text = "" } of tableOf(csv, [
    "station",
    "climate_date",
    "cli_tmax_f",
  ]).rows) {
    // A missing high is no label, never 0.
    if (text === "" || text === "M" || text === "MM") continue;
    const high = Number(text);
    if (!Number.isInteger(high))
      throw new RangeError(`${station} ${date}: cli_tmax_f is "${text}"; expected whole °F, or MM where there is none`);
    highs.set(`${station} ${date}`, high);
  }
  return highs;
}

/** A station's readings by climate date, in order of time. A repeated instant counts once. */
export function climateDays(
  station: Pick<Station, "icao" | "standardOffsetHours">,
  recorded: readonly Recorded[],
): Map<string, FeedReading[]> {
  const own = new Map(recorded.filter((reading) => reading.station === station.icao).map((one) => [one.at, one]));
  const days = new Map<string, FeedReading[]>();
  for (const { at, temperatureF } of [...own.values()].sort((a, b) => a.at - b.at)) {
    const date = climateDateAt(station, at);
    const minute = (at - climateDay(station, date).start) / MINUTE_MS;
    // The feed's °F are made from °C: from tenths they name the sensor's whole °F, from whole degrees one or two of them.
    const tenthsC = Math.round((temperatureF - 32) / 0.18);
    const { low, high } = fahrenheitInterval(tenthsC, isWhole(tenthsC));
    const reading: FeedReading = { minute, kind: "five_minute", temperatureF, leastF: low, mostF: high };
    const readings = days.get(date);
    if (readings === undefined) days.set(date, [reading]);
    else readings.push(reading);
  }
  return days;
}

/** °F by step, the last reading of each; NaN where there is none. */
export function pathOf(readings: readonly FeedReading[]): Float64Array {
  const path = new Float64Array(stepsPerDay).fill(Number.NaN);
  for (const { minute, temperatureF } of readings) path[stepOf(minute)] = temperatureF;
  return path;
}

/** The longest stretch of steps without a reading, the ends of the day included. */
export function longestGap(readings: readonly FeedReading[]): number {
  const steps = [-1, ...readings.map(({ minute }) => stepOf(minute)), stepsPerDay];
  return Math.max(...steps.slice(1).map((step, index) => step - (steps[index] ?? 0) - 1));
}
