/**
 * The Daily Climate Report (CLI) of the National Weather Service, read from its raw text: any station's, several
 * stations in one product. What the layout does not say beyond doubt is refused with the reason, never guessed: an
 * observed column left blank would otherwise hand over the record as the day's high.
 */
import { calendarDate } from "./calendar-date.ts";
import { climateDay } from "./climate-day.ts";
import { stationByPil } from "./stations.ts";
import { plausibleF } from "./temperature-range.ts";

export type ReportKind = "intermediate" | "final" | "corrected";

export interface Extreme {
  /** Whole °F; null when the report marks it as missing or has no such row: then it is no label. */
  value: number | null;
  /** As printed, for example `2:56 PM` or `247 PM`; null when not given. Some offices print daylight time. */
  time: string | null;
  record: boolean;
  estimated: boolean;
}

export interface ReportSection {
  /** The station's name as the headline gives it. */
  siteName: string;
  /** `YYYY-MM-DD`, local standard time. */
  climateDate: string;
  kind: ReportKind;
  /** As-of time as printed; null unless the section has an AS OF line. */
  asOf: string | null;
  maximum: Extreme;
  minimum: Extreme;
}

export interface ClimateReport {
  /** `YYYYMMDDHHMM-CCCC-TTAAII-PIL[-BBB]`: the archive's own id, or made likewise from the text. */
  productId: string;
  pil: string;
  /** WMO heading (TTAAII), for example CDUS43. */
  wmo: string;
  /** Issuing office (CCCC), for example KLOT. */
  office: string;
  /** WMO amendment group such as CCA; null when there is none. */
  bbb: string | null;
  /** Epoch ms UTC, by the WMO heading. */
  issuedAt: number;
  /** At least one. */
  sections: ReportSection[];
}

export type ParsedReport = { report: ClimateReport } | { refusal: string };

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Carries a refusal from wherever it is found to the one place that answers; never leaves this file. */
class Unreadable extends Error {}

const PRODUCT_ID =
  /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})-([A-Z0-9]{4})-([A-Z]{4}\d{2})-([A-Z0-9]{4,6})(?:-([A-Z]{3}))?$/;
const WMO_LINE = /^([A-Z]{4}\d{2}) ([A-Z0-9]{4}) (\d{6})(?: ([A-Z]{3}))?$/;
/** Offices on the edge of a time zone print both: `1235 AM MST /1135 PM PST/ SAT JAN 02 2027`. */
const LOCAL_TIME = /^\s*\d{3,4} [AP]M [A-Z]{3,4}(?:\s*\/[^/\n]*\/)? [A-Z]{3} ([A-Z]{3}) +(\d{1,2}) (\d{4})\s*$/im;
const DATE = String.raw`([A-Z]+)\s+(\d{1,2}),?\s+(\d{4})`;
const HEADLINE = new RegExp(
  String.raw`\.\.\.\s*THE\s+((?:(?!\.\.\.)[\s\S]){1,120}?)\s+CLIMATE\s+SUMMARY\s+(?:FOR|FROM|FOR\s+FROM)\s+${DATE}(?:\s+TO\s+${DATE})?([\s.]*\(?CORRECT(?:ION|ED)\)?)?\s*\.\.\.`,
  "gi",
);
const AS_OF = /^[\s.]*VALID\b.*\bAS OF\s+(.+?)(?:\s+LOCAL TIME)?[\s.]*$/im;
const CORRECTION_TITLE = /^\s*(?:CLIMATE REPORT\b.*\bCORRECT(?:ION|ED)|CORRECT(?:ION|ED)\b.*\bCLIMATE REPORT)\b/im;
const CORRECTION_GROUP = /^C(?:C[A-Z]|OR)$/;
const BLOCK_START = /^[ \t]*TEMPERATURE(?:[ \t]+\(F\))?[ \t]*$/im;
const BLOCK_END =
  /^[ \t]*(?:PRECIPITATION|SNOWFALL|DEGREE DAYS|WIND|SKY COVER|RELATIVE HUMIDITY|WEATHER CONDITIONS|THE .*CLIMATE NORMALS|\.{4,}|&&|\$\$)/im;
const EXTREME_ROW =
  /^(?<lead>\s+(?:MAXIMUM|MINIMUM)\s+)(?<value>-?\d{1,3}|MM?)(?!\s*[AP]M\b)(?<marks>(?:\s?(?:R\b|E\b|\(E\)|\*))*)(?:\s+(?<time>\d{1,2}:?\d{2} [AP]M)\b)?(?:\s|$)/i;

/** One message without transmission marks. @throws Unreadable when there is more than one. */
function unframed(text: string): string {
  const messages = text.split("\u0001").filter((part) => part.trim() !== "");
  if (messages.length > 1) throw new Unreadable(`the text holds ${messages.length} products; one is expected`);
  return (messages[0] ?? "").split("\u0003")[0]?.replaceAll("\r", "") ?? "";
}

/** The instant with the heading's day of month, hour and minute (UTC) that lies within a day of `near`. */
function headingInstant(printed: string, near: number): number | undefined {
  const [day, hour, minute] = [0, 2, 4].map((at) => Number(printed.slice(at, at + 2)));
  if (day === undefined || hour === undefined || minute === undefined || hour > 23 || minute > 59) {
    throw new Unreadable(`heading time is ${printed}; it must be ddhhmm UTC`);
  }
  const at = new Date(near);
  return [-1, 0, 1]
    .map((months) => Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + months, day, hour, minute))
    .find((candidate) => new Date(candidate).getUTCDate() === day && Math.abs(candidate - near) <= DAY_MS);
}

/** The date of issue at the office, as printed below its name. */
function localDateOf(body: string): string | undefined {
  const line = LOCAL_TIME.exec(body);
  return line === null ? undefined : calendarDate(line[1] ?? "", Number(line[2]), Number(line[3]));
}

function issueInstant(printed: string, productId: string | undefined, body: string): number {
  if (productId !== undefined) {
    const [year = "", month = "", day = "", hour = "", minute = ""] = PRODUCT_ID.exec(productId)?.slice(1) ?? [];
    const issued = headingInstant(printed, Date.parse(`${year}-${month}-${day}T${hour}:${minute}:00Z`));
    if (issued !== undefined) return issued;
    throw new Unreadable(`heading time ${printed} is not within a day of product id ${productId}`);
  }
  const date = localDateOf(body);
  if (date === undefined)
    throw new Unreadable("no line with the local date of issue, such as 434 PM CDT THU JUL 09 2026");
  // From Guam to Samoa, no instant of a local date is a whole day away from noon UTC of that date.
  const issued = headingInstant(printed, Date.parse(`${date}T12:00:00Z`));
  if (issued !== undefined) return issued;
  throw new Unreadable(`heading time ${printed} does not fit the local date of issue ${date}`);
}

function withoutTabs(line: string): string {
  let out = "";
  for (const char of line) out += char === "\t" ? " ".repeat(8 - (out.length % 8)) : char;
  return out;
}

/** The block TEMPERATURE (F) of one station. */
interface Block {
  lines: readonly string[];
  /** Whether another block follows: without one the text may have been cut off, and -1 be what is left of -12. */
  ended: boolean;
  columns: Columns;
}

/** The row of one extreme. A value that starts in another column than OBSERVED is none of it. */
function extreme(name: "MAXIMUM" | "MINIMUM", { lines, ended, columns }: Block): Extreme {
  const rows = lines.filter((line) => new RegExp(String.raw`^\s*${name}\b`, "i").test(line));
  if (rows.length > 1) throw new Unreadable(`${rows.length} rows ${name} in the temperature block; one is expected`);
  const [row] = rows;
  if (row === undefined) {
    if (!ended && name === "MAXIMUM")
      throw new Unreadable(`the text ends in the temperature block, before a row ${name}`);
    return { value: null, time: null, record: false, estimated: false };
  }
  const expanded = withoutTabs(row);
  const match = EXTREME_ROW.exec(expanded);
  const { lead = "", value: printed = "", time } = match?.groups ?? {};
  if (match === null) throw new Unreadable(`row "${row.trim()}" is not an indented ${name} with its value`);
  if (
    !ended &&
    row === lines.at(-1) &&
    match[0].length === expanded.length &&
    !/\s$/.test(match[0]) &&
    time === undefined
  ) {
    throw new Unreadable(`the text ends in row "${row.trim()}": its value may be cut off`);
  }
  const value = /^M/i.test(printed) ? null : Number(printed);
  if (lead.length >= (row.includes("\t") ? columns.record : columns.afterObserved)) {
    throw new Unreadable(`row "${row.trim()}": its first value stands beyond the column OBSERVED VALUE`);
  }
  if (value !== null && (value < plausibleF.low || value > plausibleF.high)) {
    throw new Unreadable(`${name} is ${value} °F; expected ${plausibleF.low} to ${plausibleF.high}`);
  }
  const marks = (match.groups?.["marks"] ?? "").toUpperCase();
  return {
    value,
    time: time ?? null,
    record: marks.includes("R"),
    estimated: marks.includes("E"),
  };
}

/** Where columns begin, counted in characters; Infinity when the heading does not tell. */
interface Columns {
  afterObserved: number;
  /** Tabs move a value by up to a column: only from RECORD on is it certainly not the observed one. */
  record: number;
}

/** A heading with tabs tells nothing about the rows. */
function columnsOf(section: string): Columns {
  const heading = /^[ \t]*WEATHER ITEM.*$/im.exec(section)?.[0];
  if (heading === undefined) throw new Unreadable("no WEATHER ITEM heading");
  if (!/\bOBSERVED\b/i.test(heading)) throw new Unreadable(`heading "${heading.trim()}" has no column OBSERVED`);
  const begin = (column: RegExp) => {
    const found = heading.includes("\t") ? null : column.exec(heading);
    return found === null ? Number.POSITIVE_INFINITY : found.index + found[0].length;
  };
  return { afterObserved: begin(/OBSERVED\s+(?=\S)/i), record: begin(/(?=\bRECORD\b)/i) };
}

/**
 * Whether the climate day was over at the time of issue; a report of before is no final one, whatever else it says. Of a
 * station that is not in the list only the printed local date tells.
 */
function isOver(climateDate: string, { pil, issuedAt, localDate }: Product): boolean {
  const station = stationByPil(pil);
  if (station !== undefined) return issuedAt >= climateDay(station, climateDate).end;
  return localDate === undefined || localDate > climateDate;
}

/** What the head of a product says about all its sections. */
interface Product {
  pil: string;
  issuedAt: number;
  /** `YYYY-MM-DD` of the issue at the office. */
  localDate: string | undefined;
  corrected: boolean;
}

function readSection(headline: RegExpExecArray, text: string, product: Product): ReportSection {
  const { issuedAt } = product;
  const siteName = (headline[1] ?? "").replaceAll(/\s+/g, " ").trim();
  const climateDate = calendarDate(headline[2] ?? "", Number(headline[3]), Number(headline[4]));
  if (climateDate === undefined) throw new Unreadable(`headline of ${siteName} has no date: "${headline[0]}"`);
  if (headline[5] !== undefined) {
    const last = calendarDate(headline[5], Number(headline[6]), Number(headline[7]));
    if (last !== climateDate)
      throw new Unreadable(`${siteName}: a summary from ${climateDate} to ${last} is not of one day`);
  }
  // 12 hours: the local date can be ahead of UTC (Guam).
  if (Date.parse(`${climateDate}T00:00:00Z`) > issuedAt + 12 * HOUR_MS) {
    throw new Unreadable(
      `${siteName}: climate date ${climateDate} lies after the issue at ${new Date(issuedAt).toISOString()}`,
    );
  }
  const start = BLOCK_START.exec(text);
  if (start === null) throw new Unreadable(`${siteName}: no line TEMPERATURE (F)`);
  const rest = text.slice(start.index + start[0].length);
  const end = BLOCK_END.exec(rest)?.index;
  const lines = rest.slice(0, end).split("\n");
  const block: Block = {
    lines,
    ended: end !== undefined,
    columns: columnsOf(text.slice(0, start.index)),
  };
  const asOf = AS_OF.exec(text.slice(0, start.index))?.[1] ?? null;
  // A column of today's values without an AS OF line still cannot be the day's last word.
  const today = lines.some((line) => /^\s*TODAY\s*$/i.test(line));
  const corrected = product.corrected || headline[8] !== undefined;
  return {
    siteName,
    climateDate,
    kind: asOf !== null || today || !isOver(climateDate, product) ? "intermediate" : corrected ? "corrected" : "final",
    asOf,
    maximum: extreme("MAXIMUM", block),
    minimum: extreme("MINIMUM", block),
  };
}

function parse(text: string, productId: string | undefined): ClimateReport {
  if (productId !== undefined && !PRODUCT_ID.test(productId)) {
    throw new Unreadable(`product id is "${productId}"; expected YYYYMMDDHHMM-CCCC-TTAAII-PIL[-BBB]`);
  }
  const body = unframed(text);
  const notFound = /^\s*ERROR: Could not Find.*$/im.exec(body);
  if (notFound !== null) throw new Unreadable(`the archive found nothing: "${notFound[0].trim()}"`);
  const lines = body.split("\n").map((line) => line.trimEnd());
  const headingAt = lines.findIndex((line) => WMO_LINE.test(line));
  const before = lines.slice(0, Math.max(headingAt, 0)).filter((line) => line !== "");
  if (headingAt < 0 || before.some((line) => !/^\d{3,5}$/.test(line))) {
    throw new Unreadable("no WMO heading such as CDUS43 KLOT 092134 at the top");
  }
  const [, wmo = "", office = "", time = "", bbb] = WMO_LINE.exec(lines[headingAt] ?? "") ?? [];
  const pil = lines.slice(headingAt + 1).find((line) => line !== "") ?? "";
  if (!/^CLI[A-Z0-9]{1,3}$/.test(pil))
    throw new Unreadable(`line after the heading is "${pil}"; expected CLI and a site`);
  const issuedAt = issueInstant(time, productId, body);
  const group = bbb ?? (productId === undefined ? undefined : PRODUCT_ID.exec(productId)?.[9]) ?? null;

  const headlines = [...body.matchAll(HEADLINE)];
  const [first] = headlines;
  if (first === undefined) throw new Unreadable("no headline ...THE <station> CLIMATE SUMMARY FOR <date>...");
  const product: Product = {
    pil,
    issuedAt,
    localDate: localDateOf(body),
    corrected: CORRECTION_GROUP.test(group ?? "") || CORRECTION_TITLE.test(body.slice(0, first.index)),
  };
  return {
    productId:
      productId ??
      [
        new Date(issuedAt).toISOString().slice(0, 16).replaceAll(/[-:T]/g, ""),
        office,
        wmo,
        pil,
        ...(group ? [group] : []),
      ].join("-"),
    pil,
    wmo,
    office,
    bbb: group,
    issuedAt,
    sections: headlines.map((headline, index) =>
      readSection(
        headline,
        body.slice(headline.index + headline[0].length, headlines[index + 1]?.index ?? body.length),
        product,
      ),
    ),
  };
}

/**
 * Reads one product. `productId` is the archive's id of it; without one the issue instant comes from the local date
 * line. One unreadable section refuses the whole product.
 */
export function parseClimateReport(text: string, productId?: string): ParsedReport {
  try {
    return { report: parse(text, productId) };
  } catch (error) {
    if (error instanceof Unreadable) return { refusal: error.message };
    throw error;
  }
}
