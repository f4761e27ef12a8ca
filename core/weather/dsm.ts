/**
 * The Daily Summary Message (DSM): what the station's own computer sums up, in whole °F, before the office writes its
 * report. `KMDW DS 1600 02/02 451503/ 320207//…`: as of 16:00, 2 February, 45 °F at 15:03, 32 °F at 02:07, all in local
 * standard time. Layout: weather.md §3.5.
 */
import { climateDateAt } from "./climate-day.ts";
import { headingInstants, productIdOf, readHeading, Unreadable } from "./product-text.ts";
import { stations } from "./stations.ts";

export interface DailySummary {
  /** ICAO id. */
  station: string;
  /** `YYYY-MM-DD`, local standard time. */
  climateDate: string;
  kind: "intermediate" | "final" | "corrected";
  /** hhmm local standard time; null when not given. */
  asOf: string | null;
  maximum: DailyExtreme;
  minimum: DailyExtreme;
}

/** Whole °F and hhmm local standard time; both null when missing. */
interface DailyExtreme {
  value: number | null;
  time: string | null;
}

export interface DailySummaries {
  productId: string;
  /** Null in a collective of a region's stations. */
  pil: string | null;
  issuedAt: number;
  summaries: DailySummary[];
  /** Messages that cannot be read: one bad message says nothing about the next. */
  refusals: string[];
}

const DAY_MS = 86_400_000;
const START =
  /^([A-Z][A-Z0-9]{3})\s+DS\s+(COR\s+)?(?:(\d{4})\s+)?(\d{2})\/(\d{2})\s*(M|-?\d{5,7})\/\s*(M|-?\d{5,7})\/\/\s*(?:-?\d{1,3}|M)\/\s*(?:-?\d{1,3}|M)\/\/(.*)$/;
/** Pressure, the day's rain, 24 hours of rain, mean wind: what every whole message has behind its temperatures. */
const FIELDS_BEHIND = 27;
/** A correction may come late; what is older belongs to another month or year. */
const MAX_AGE_DAYS = 8;
const PLAUSIBLE_F = { low: -140, high: 140 };

function hhmm(text: string, what: string): string {
  if (Number(text.slice(0, 2)) > 23 || Number(text.slice(2)) > 59) {
    throw new Unreadable(`${what} is ${text}; it must be hhmm`);
  }
  return text;
}

function extreme(text: string, name: string): DailyExtreme {
  if (text === "M") return { value: null, time: null };
  const value = Number(text.slice(0, -4));
  if (value < PLAUSIBLE_F.low || value > PLAUSIBLE_F.high) {
    throw new Unreadable(`${name} is ${value} °F; expected ${PLAUSIBLE_F.low} to ${PLAUSIBLE_F.high}`);
  }
  return { value, time: hhmm(text.slice(-4), `time of the ${name}`) };
}

/** The date of a day and month that lies nearest before the issue; the message has no year. */
function dateBefore(day: string, month: string, issuedAt: number): string {
  const year = new Date(issuedAt).getUTCFullYear();
  for (const candidate of [year + 1, year, year - 1]) {
    const date = `${candidate}-${month}-${day}`;
    const at = Date.parse(`${date}T00:00:00Z`);
    if (Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== date) continue;
    // From Guam to Samoa the local date is at most 14 hours ahead of UTC.
    if (at > issuedAt + 14 * 3_600_000) continue;
    if (at < issuedAt - MAX_AGE_DAYS * DAY_MS) break;
    return date;
  }
  throw new Unreadable(
    `date ${day}/${month} is not within ${MAX_AGE_DAYS} days before the issue at ${new Date(issuedAt).toISOString()}`,
  );
}

function summary(message: string, issuedAt: number): DailySummary {
  const match = START.exec(message);
  if (match === null) throw new Unreadable(`"${message.slice(0, 48)}" is no daily summary`);
  const [, icao = "", cor, asOf, day = "", month = "", high = "", low = "", behind = ""] = match;
  const fields = behind.split("/").length;
  if (fields < FIELDS_BEHIND) throw new Unreadable(`${icao}: cut short after ${fields} of ${FIELDS_BEHIND} fields`);
  const climateDate = dateBefore(day, month, issuedAt);
  const station = stations.find((candidate) => candidate.icao === icao);
  // Where the station's time is not known, the message's own word for it must do.
  const over = station === undefined || climateDate < climateDateAt(station, issuedAt);
  if (station !== undefined && climateDate > climateDateAt(station, issuedAt)) {
    throw new Unreadable(`${icao}: climate day ${climateDate} has not begun`);
  }
  const maximum = extreme(high, "maximum");
  const minimum = extreme(low, "minimum");
  if (maximum.value !== null && minimum.value !== null && maximum.value < minimum.value) {
    throw new Unreadable(`${icao}: maximum ${maximum.value} °F is below minimum ${minimum.value} °F`);
  }
  return {
    station: icao,
    climateDate,
    kind: asOf !== undefined || !over ? "intermediate" : cor === undefined ? "final" : "corrected",
    asOf: asOf === undefined ? null : hhmm(asOf, "as-of time"),
    maximum,
    minimum,
  };
}

/**
 * Reads one product, of one station or a collective.
 * @param seenAt when the text was at hand, epoch ms: its heading names no month, its messages no year
 */
export function parseDailySummaries(text: string, seenAt: number): DailySummaries | { refusal: string } {
  try {
    const heading = readHeading(text, "DSM");
    const [issuedAt] = headingInstants(heading.time, seenAt);
    if (issuedAt === undefined) throw new Unreadable(`heading time ${heading.time} fits no month`);
    const summaries: DailySummary[] = [];
    const refusals: string[] = [];
    // A line is broken wherever it is full, in the middle of a field too.
    const messages = heading.lines.join("").split("=");
    for (const message of messages.map((one) => one.trim()).filter((one) => one !== "")) {
      try {
        summaries.push(summary(message, issuedAt));
      } catch (error) {
        if (!(error instanceof Unreadable)) throw error;
        refusals.push(error.message);
      }
    }
    if (summaries.length + refusals.length === 0) throw new Unreadable("no message below the heading");
    return { productId: productIdOf(heading, issuedAt), pil: heading.pil, issuedAt, summaries, refusals };
  } catch (error) {
    if (error instanceof Unreadable) return { refusal: error.message };
    throw error;
  }
}
