/**
 * What observations, six-hour groups, summary messages and climate reports say of one climate day, as it was known at an
 * instant.
 */
import type { TableRow } from "../../schemas/index.ts";
import { climateDay } from "./climate-day.ts";
import type { Bound } from "./hazard/bounds.ts";
import { type FeedReading, plausibleReadingF } from "./hazard/readings.ts";
import type { Evidence } from "./hazard/running-day.ts";
import { screen } from "./hazard/screening.ts";
import { isOwnReport } from "./observation.ts";
import type { Station } from "./stations.ts";

const MINUTE_MS = 60_000;
/** Readings of the last hour before local standard midnight are witnesses of the first ones after it. */
const WITNESS_MS = 60 * MINUTE_MS;

export interface StationDay {
  station: Pick<Station, "icao" | "standardOffsetHours">;
  /** `YYYY-MM-DD`, local standard time. */
  climateDate: string;
}

/** Rows in any order, of any days and stations: what is of another one is not looked at. */
export interface ObservedRows {
  observations: readonly Pick<
    TableRow<"weather_observations">,
    | "station"
    | "valid_at"
    | "report_type"
    | "temperature_tenths_c"
    | "low_f"
    | "high_f"
    | "max6h_low_f"
    | "max6h_high_f"
    | "max6h_from"
    | "max6h_until"
    | "ingested_at"
  >[];
  summaries: readonly Pick<TableRow<"daily_summaries">, MessageColumn>[];
  reports: readonly Pick<TableRow<"climate_reports">, MessageColumn>[];
}

type MessageColumn = "station" | "climate_date" | "issued_at" | "kind" | "as_of" | "max_f" | "ingested_at";
type Message = ObservedRows["summaries"][number] | ObservedRows["reports"][number];

export type SetAside = { validAt: number; reason: string }[];

/** One report of the day; null what it does not have. */
interface Observation {
  key: string;
  validAt: number;
  ingestedAt: number;
  reading: FeedReading | null;
  /** Of six hours that lie wholly inside the day: of others nobody knows on which side of midnight the maximum was. */
  sixHours: Bound | null;
}

export const clockOf = (at: number) => `${new Date(at).toISOString().slice(11, 16)}Z`;

function observationOf(row: ObservedRows["observations"][number], start: number, end: number): Observation {
  const { temperature_tenths_c: tenths, low_f: low, high_f: high } = row;
  const { max6h_low_f: leastF, max6h_high_f: mostF, max6h_from: from, max6h_until: to } = row;
  return {
    key: `${row.valid_at} ${row.report_type}`,
    validAt: row.valid_at,
    ingestedAt: row.ingested_at,
    reading:
      tenths === null || low === null || high === null
        ? null
        : {
            minute: (row.valid_at - start) / MINUTE_MS,
            kind: row.report_type,
            temperatureF: tenths * 0.18 + 32,
            leastF: low,
            mostF: high,
          },
    sixHours:
      leastF === null || mostF === null || from === null || to === null || from < start || to > end
        ? null
        : {
            fromMinute: (from - start) / MINUTE_MS,
            untilMinute: (to - start) / MINUTE_MS,
            saidAtMinute: (row.valid_at - start) / MINUTE_MS,
            leastF,
            mostF,
            name: `the six-hour maximum of ${clockOf(to)}`,
          },
  };
}

const alike = (a: Observation, b: Observation) =>
  a.reading?.temperatureF === b.reading?.temperatureF &&
  a.reading?.leastF === b.reading?.leastF &&
  a.reading?.mostF === b.reading?.mostF &&
  a.sixHours?.leastF === b.sixHours?.leastF &&
  a.sixHours?.mostF === b.sixHours?.mostF;

/** In the order in which they became known. What came again unchanged is left out. */
function observationsOf({ station, climateDate }: StationDay, rows: ObservedRows["observations"]): Observation[] {
  const { start, end } = climateDay(station, climateDate);
  const newest = new Map<string, Observation>();
  return rows
    .filter(
      (row) =>
        row.station === station.icao && isOwnReport(row) && row.valid_at >= start - WITNESS_MS && row.valid_at < end,
    )
    .toSorted((a, b) => a.ingested_at - b.ingested_at)
    .flatMap((row) => {
      const observation = observationOf(row, start, end);
      const before = newest.get(observation.key);
      if (before !== undefined && alike(before, observation)) return [];
      newest.set(observation.key, observation);
      return [observation];
    });
}

/** The newest of each key that was known. */
function knownAt(observations: readonly Observation[], now: number): Observation[] {
  const known = new Map<string, Observation>();
  for (const one of observations) if (one.ingestedAt <= now) known.set(one.key, one);
  return [...known.values()];
}

/**
 * The newest message that was known: the day's maximum never falls, so it says all that the ones before it said, and
 * where it says less it corrects them. While the day goes on it bounds the high from below; what it says after the day
 * is the high.
 */
function messageBound(
  { station, climateDate }: StationDay,
  start: number,
  rows: readonly Message[],
  now: number,
  what: string,
): Bound[] {
  const [newest] = rows
    .filter(
      (row) =>
        row.station === station.icao &&
        row.climate_date === climateDate &&
        row.max_f !== null &&
        row.ingested_at <= now,
    )
    .toSorted((a, b) => b.issued_at - a.issued_at || b.ingested_at - a.ingested_at);
  if (newest === undefined || newest.max_f === null) return [];
  const { kind, as_of, max_f, issued_at } = newest;
  const saidAtMinute = (issued_at - start) / MINUTE_MS;
  const mostF = kind === "intermediate" ? Infinity : max_f;
  const name = `the ${kind} ${what}${as_of === null ? "" : ` of ${as_of}`}`;
  return [{ fromMinute: -Infinity, untilMinute: Infinity, saidAtMinute, leastF: max_f, mostF, name }];
}

/** @returns what was known of the day at an instant (epoch ms UTC), and the readings that cannot be */
export function evidenceOf(
  day: StationDay,
  { observations: rows, summaries, reports }: ObservedRows,
): (now: number) => Evidence & { setAside: SetAside } {
  const { start } = climateDay(day.station, day.climateDate);
  const observations = observationsOf(day, rows);
  return (now) => {
    const setAside: SetAside = [];
    const readings: FeedReading[] = [];
    const bounds = [
      ...messageBound(day, start, summaries, now, "summary message"),
      ...messageBound(day, start, reports, now, "climate report"),
    ];
    for (const { validAt, reading, sixHours } of knownAt(observations, now)) {
      const aside = (reason: string) => {
        if (validAt >= start) setAside.push({ validAt, reason });
      };
      if (validAt > now) {
        aside("dated after it was known");
        continue;
      }
      if (sixHours !== null) bounds.push(sixHours);
      if (reading === null) aside("no temperature");
      else if (reading.leastF < plausibleReadingF.low || reading.mostF > plausibleReadingF.high)
        aside(
          `${reading.temperatureF.toFixed(1)} °F cannot be; expected ${plausibleReadingF.low} to ${plausibleReadingF.high}`,
        );
      else readings.push(reading);
    }
    return { readings, bounds, setAside };
  };
}

/** The day's readings that count, as known in the end, in order of time. */
export function readingsOf(day: StationDay & Pick<ObservedRows, "observations">): FeedReading[] {
  const { readings } = evidenceOf(day, { observations: day.observations, summaries: [], reports: [] })(Infinity);
  return screen(readings).taken.filter(({ minute }) => minute >= 0);
}
