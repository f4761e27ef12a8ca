/**
 * The climate day: midnight to midnight in local standard time, all year (NWS Instruction 10-1004). In summer that is
 * 1 a.m. to 1 a.m. on the clock. Every day has 24 hours; no time zone database is asked.
 */
import type { Station } from "./stations.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

type Offset = Pick<Station, "standardOffsetHours">;

/** Midnight UTC of a `YYYY-MM-DD` date, epoch ms. @throws when it is not a date of the calendar. */
function midnightUtc(date: string): number {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(date) ? Date.parse(`${date}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== date) {
    throw new RangeError(`climate date is "${date}"; it must be a calendar date YYYY-MM-DD`);
  }
  return at;
}

/** The half-open span [start, end) of a climate date (`YYYY-MM-DD`), epoch ms UTC. */
export function climateDay(station: Offset, date: string): { start: number; end: number } {
  const start = midnightUtc(date) - station.standardOffsetHours * HOUR_MS;
  return { start, end: start + DAY_MS };
}

/** The climate date (`YYYY-MM-DD`) to which an instant (epoch ms UTC) belongs. */
export function climateDateAt(station: Offset, instant: number): string {
  return new Date(instant + station.standardOffsetHours * HOUR_MS).toISOString().slice(0, 10);
}
