/** From a surface report, or the number that an archive gives in its place, to a row of `weather_observations`. */
import type { TableRow } from "../../schemas/index.ts";
import { fahrenheitInterval, isWhole, type Metar, parseMetar, type ReportType } from "./metar.ts";
import type { Station } from "./stations.ts";

const HOUR_MS = 3_600_000;
/** Half a degree: further apart, report and number are not of one reading. */
const MAX_DIFFERENCE_TENTHS = 5;

/** Tenths of a degree Celsius, and whether only the whole degree is known. */
export type Temperature = Pick<Metar, "temperature" | "wholeCelsius">;

/** The row without what says where it came from. */
export type Observation = Omit<
  TableRow<"weather_observations">,
  "window_at" | "ingested_at" | "decoder_version" | "raw_key"
>;

/** How Visual Crossing's rows are named among the reports. */
export const visualCrossingType = "visual_crossing";

/**
 * Whether a row is the station's own report. Visual Crossing's are copies of the same sensor's readings: they witness
 * nothing, and jobs do not name their parts, so whatever is to agree with jobs leaves them out.
 */
export const isOwnReport = ({ report_type }: Pick<Observation, "report_type">): boolean =>
  report_type !== visualCrossingType;

/** What an archive says of one observation. */
export interface Reading {
  station: Station;
  /** Epoch ms UTC. */
  validAt: number;
  /** What was asked for; undefined where the report itself must say it. */
  asked: ReportType | undefined;
  /** The report as it came; null when there is none. */
  raw: string | null;
  /** The temperature beside the report: taken where there is no report, and else compared with it where it is given. */
  beside: Temperature | undefined;
}

/** Of a number without its report: a whole degree may have been one, and the wider interval is the honest one. */
export function bareTemperature(tenths: number): Temperature {
  return { temperature: tenths === 0 ? 0 : tenths, wholeCelsius: isWhole(tenths) };
}

/** A report made in the last quarter of an hour before 00, 06, 12 or 18 UTC speaks of the six hours before. */
function endsSixHours(validAt: number): boolean {
  const minutes = (validAt % (6 * HOUR_MS)) / 60_000;
  return minutes === 0 || minutes >= 345;
}

export interface ReadObservation {
  observation: Observation;
  /** Why a part of the report was not taken; null when all of it was. */
  refusal: string | null;
}

/** @returns the observation, or why there is none */
export function observationOf({ station, validAt, asked, raw, beside }: Reading): ReadObservation | string {
  const stamp = new Date(validAt).toISOString();
  const when = stamp.slice(0, 16).replace("T", " ");
  const parsed = raw === null ? undefined : parseMetar(raw);
  if (parsed !== undefined && "refusal" in parsed) return `${when}: ${parsed.refusal}`;
  const report = parsed?.metar;
  const type = asked ?? report?.type;
  if (type === undefined) return `${when}: neither the address nor the report says the type of the report`;
  if (report !== undefined) {
    if (report.station !== station.icao)
      return `${when}: the row is of ${station.icao}, the report of ${report.station}`;
    if (report.time !== stamp.slice(8, 10) + stamp.slice(11, 13) + stamp.slice(14, 16))
      return `${when}: the report is of ${report.time}Z`;
  }
  const found = report ?? beside;
  if (found === undefined) return `${when}: neither a report nor a temperature`;
  const { temperature } = found;
  const other = report === undefined ? null : (beside?.temperature ?? null);
  if (temperature !== null && other !== null && Math.abs(temperature - other) > MAX_DIFFERENCE_TENTHS) {
    return `${when}: temperature is ${temperature / 10} °C in the report and ${other / 10} °C beside it`;
  }
  const wholeCelsius = found.wholeCelsius || (type === "five_minute" && temperature !== null && isWhole(temperature));
  const interval = temperature === null ? null : fahrenheitInterval(temperature, wholeCelsius);
  const given = type === "five_minute" || !endsSixHours(validAt) ? null : (report?.max6h ?? null);
  const givenInterval = given === null ? null : fahrenheitInterval(given, false);
  // The report's own reading lies in its six hours: a maximum below it is garbled.
  const isBelow = givenInterval !== null && interval !== null && givenInterval.high < interval.low;
  const [max6h, maxInterval] = isBelow ? [null, null] : [given, givenInterval];
  const observation = {
    station: station.icao,
    valid_at: validAt,
    report_type: type,
    temperature_tenths_c: temperature,
    whole_celsius: temperature === null ? null : wholeCelsius,
    low_f: interval?.low ?? null,
    high_f: interval?.high ?? null,
    max6h_tenths_c: max6h,
    max6h_low_f: maxInterval?.low ?? null,
    max6h_high_f: maxInterval?.high ?? null,
    // From the report's own time, some minutes before the hour: what the span leaves open is in no day.
    max6h_from: max6h === null ? null : validAt - 6 * HOUR_MS,
    max6h_until: max6h === null ? null : validAt,
    metar: raw,
  };
  return {
    observation,
    refusal: isBelow
      ? `${when}: the six-hour maximum is ${(given ?? 0) / 10} °C, below the report's own ${(temperature ?? 0) / 10} °C; the group is not taken`
      : null,
  };
}
