/**
 * Preliminary Local Climatological Data (CF6, WS Form F-6): a month's days, one row each, written anew every day.
 * Columns have fixed widths; a sum below them and an average in each row show a column that has slipped.
 */
import { calendarDate } from "./calendar-date.ts";
import { climateDateAt } from "./climate-day.ts";
import { headingInstants, productIdOf, readHeading, Unreadable } from "./product-text.ts";
import { stations, type Station } from "./stations.ts";

export interface MonthlyDay {
  /** `YYYY-MM-DD`, local standard time. */
  climateDate: string;
  /** Whole °F; null when marked as missing. */
  maximum: number | null;
  minimum: number | null;
}

export interface MonthlyData {
  productId: string;
  pil: string;
  /** Where the product is of one of our stations. */
  station: Station | undefined;
  issuedAt: number;
  /** Days that were over when it was issued. */
  days: MonthlyDay[];
}

const DAY_MS = 86_400_000;
/** A product that has just come was written at most so long before. */
const RECENT_MS = 4 * DAY_MS;
const RULE = /^\s*={16,}\s*$/;
const DAY_ROW = /^[ \d]\d /;
const PLAUSIBLE_F = { low: -140, high: 140 };

interface DayRow {
  day: number;
  maximum: number | null;
  minimum: number | null;
}

function field(line: string, name: string, from: number, to: number): number | null {
  const text = line.slice(from, to).trim();
  if (text === "M") return null;
  const value = Number(text);
  if (!/^-?\d{1,3}$/.test(text) || value < PLAUSIBLE_F.low || value > PLAUSIBLE_F.high) {
    throw new Unreadable(`row "${line.slice(0, 14)}": ${name} is "${text}"; expected whole °F or M`);
  }
  return value;
}

function dayRow(line: string, previous: number): DayRow {
  const day = Number(line.slice(0, 2));
  if (day <= previous || day > 31) throw new Unreadable(`day ${day} follows day ${previous}`);
  const maximum = field(line, "MAX", 2, 6);
  const minimum = field(line, "MIN", 6, 10);
  const average = field(line, "AVG", 10, 14);
  if (maximum !== null && minimum !== null) {
    if (maximum < minimum) throw new Unreadable(`day ${day}: maximum ${maximum} °F is below minimum ${minimum} °F`);
    if (average !== null && Math.abs(average - (maximum + minimum) / 2) > 0.5) {
      throw new Unreadable(`day ${day}: average ${average} °F is not that of ${maximum} and ${minimum}`);
    }
  }
  return { day, maximum, minimum };
}

function dayRows(lines: readonly string[]): DayRow[] {
  const rules = lines.flatMap((line, index) => (RULE.test(line) ? [index] : []));
  const [, from, to] = rules;
  if (from === undefined || to === undefined) {
    throw new Unreadable(`${rules.length} lines of ====, expected the days between the second and the third`);
  }
  const rows: DayRow[] = [];
  for (const line of lines.slice(from + 1, to)) {
    if (line.trim() === "") continue;
    if (!DAY_ROW.test(line)) throw new Unreadable(`row "${line.slice(0, 24)}" among the days`);
    rows.push(dayRow(line, rows.at(-1)?.day ?? 0));
  }
  const sums = /^SM\s+(-?\d+)\s+(-?\d+)(?:\s|$)/.exec(lines.slice(to + 1).find((line) => line.startsWith("SM")) ?? "");
  if (sums !== null) {
    for (const [name, stated] of [
      ["maximum", Number(sums[1])],
      ["minimum", Number(sums[2])],
    ] as const) {
      const sum = rows.reduce((total, row) => total + (row[name] ?? 0), 0);
      if (sum !== stated) throw new Unreadable(`the days' ${name} add up to ${sum}, the line SM says ${stated}`);
    }
  }
  return rows;
}

/** The first of the month that the product is of, epoch ms UTC. */
function monthStart(lines: readonly string[]): number {
  const of = (name: string) =>
    lines.map((line) => new RegExp(String.raw`^\s*${name}:\s*(\S+)\s*$`).exec(line)?.[1]).find((found) => found);
  const [month, year] = [of("MONTH"), of("YEAR")];
  if (month === undefined || year === undefined) {
    throw new Unreadable(`no line ${month === undefined ? "MONTH" : "YEAR"}: the days have no date`);
  }
  const numbered = /^\d{1,2}$/.test(month) ? `${year}-${month.padStart(2, "0")}-01` : undefined;
  const date = numbered ?? calendarDate(month, 1, Number(year));
  const at = Date.parse(`${date}T00:00:00Z`);
  if (!/^\d{4}$/.test(year) || Number.isNaN(at)) throw new Unreadable(`month is "${month}", year "${year}"`);
  return at;
}

/** The heading names no month: the product is written after its last day with values, in its month or the next two. */
function issueInstant(time: string, month: number, lastDay: number, seenAt: number): number {
  const first = new Date(month);
  const end = Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 3, 1);
  const earliest = month + Math.max(0, lastDay - 1) * DAY_MS;
  const candidates = headingInstants(time, Math.min(seenAt, end), 3).filter((at) => at >= earliest && at < end);
  const [latest] = candidates;
  const issued = latest !== undefined && seenAt - latest <= RECENT_MS ? latest : candidates.at(-1);
  if (issued !== undefined) return issued;
  const said = `${new Date(earliest).toISOString().slice(0, 10)} and before ${new Date(seenAt).toISOString()}`;
  throw new Unreadable(`heading time ${time} fits no month after ${said}`);
}

/** @param seenAt when the text was at hand, epoch ms */
export function parseMonthlyData(text: string, seenAt: number): { data: MonthlyData } | { refusal: string } {
  try {
    const heading = readHeading(text, "CF6");
    const { pil, lines } = heading;
    if (pil === null) throw new Unreadable(`line after the heading is "${lines[0] ?? ""}"; expected CF6 and a site`);
    const month = monthStart(lines);
    const rows = dayRows(lines);
    const lastDay = rows.findLast(({ maximum, minimum }) => maximum !== null || minimum !== null)?.day ?? 0;
    const issuedAt = issueInstant(heading.time, month, lastDay, seenAt);
    const station = stations.find(({ site }) => pil === `CF6${site}`);
    // The day of the issue is not over and may hold the values so far; rows of days to come are blanks.
    const today =
      station === undefined ? new Date(issuedAt).toISOString().slice(0, 10) : climateDateAt(station, issuedAt);
    const name = new Date(month).toISOString().slice(0, 8);
    const days = rows.map(({ day, ...values }) => {
      const climateDate = `${name}${String(day).padStart(2, "0")}`;
      if (
        Number.isNaN(Date.parse(`${climateDate}T00:00:00Z`)) ||
        new Date(month + (day - 1) * DAY_MS).getUTCDate() !== day
      )
        throw new Unreadable(`day ${day} is not in the month ${name.slice(0, 7)}`);
      return { climateDate, ...values };
    });
    return {
      data: {
        productId: productIdOf(heading, issuedAt),
        pil,
        station,
        issuedAt,
        days: days.filter(({ climateDate }) => climateDate < today),
      },
    };
  } catch (error) {
    if (error instanceof Unreadable) return { refusal: error.message };
    throw error;
  }
}
