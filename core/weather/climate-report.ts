/**
 * The Daily Climate Report (CLI) of the National Weather Service, read from its raw text: any station's, several
 * stations in one product. What the layout does not say beyond doubt is refused with the reason, never guessed: an
 * observed column left blank would otherwise hand over the record as the day's high.
 */
import { calendarDate } from "./calendar-date.ts";

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
const LOCAL_TIME = /^\s*\d{3,4} [AP]M [A-Z]{3,4} [A-Z]{3} ([A-Z]{3}) +(\d{1,2}) (\d{4})\s*$/im;
const DATE = String.raw`([A-Z]+)\s+(\d{1,2}),?\s+(\d{4})`;
const HEADLINE = new RegExp(
  String.raw`\.\.\.\s*THE\s+((?:(?!\.\.\.)[\s\S]){1,120}?)\s+CLIMATE\s+SUMMARY\s+(?:FOR|FROM|FOR\s+FROM)\s+${DATE}(?:\s+TO\s+${DATE})?(\s+CORRECTION)?\s*\.\.\.`,
  "gi",
);
const AS_OF = /^\s*VALID\b.*\bAS OF\s+(.+?)(?:\s+LOCAL TIME)?\s*\.?\s*$/im;
const CORRECTION_TITLE = /^\s*CLIMATE REPORT\b.*\bCORRECT(?:ION|ED)\b/im;
const BLOCK_START = /^[ \t]*TEMPERATURE(?:[ \t]+\(F\))?[ \t]*$/im;
const BLOCK_END =
  /^[ \t]*(?:PRECIPITATION|SNOWFALL|DEGREE DAYS|WIND|SKY COVER|RELATIVE HUMIDITY|WEATHER CONDITIONS|THE .*CLIMATE NORMALS|\.{4,}|&&|\$\$)/im;
const EXTREME_ROW =
  /^(?<lead>\s+(?:MAXIMUM|MINIMUM)\s+)(?<value>-?\d{1,3}|MM?)(?<marks>(?:\s?(?:R\b|E\b|\(E\)|\*))*)(?:\s+(?<time>\d{1,2}:?\d{2} [AP]M)\b)?(?:\s|$)/i;

/** The lowest and highest whole °F that a report may state: the records of the world, rounded outward. */
const PLAUSIBLE_F = { low: -140, high: 140 };

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

function issueInstant(printed: string, productId: string | undefined, body: string): number {
  if (productId !== undefined) {
    const [year = "", month = "", day = "", hour = "", minute = ""] = PRODUCT_ID.exec(productId)?.slice(1) ?? [];
    const issued = headingInstant(printed, Date.parse(`${year}-${month}-${day}T${hour}:${minute}:00Z`));
    if (issued !== undefined) return issued;
    throw new Unreadable(`heading time ${printed} is not within a day of product id ${productId}`);
  }
  const line = LOCAL_TIME.exec(body);
  const date = line && calendarDate(line[1] ?? "", Number(line[2]), Number(line[3]));
  if (!date) throw new Unreadable("no line with the local date of issue, such as 434 PM CDT THU JUL 09 2026");
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

/**
 * The row of one extreme. `columnEnd` is where the column after OBSERVED begins (Infinity when it is unknown): a value
 * that starts beyond it belongs to another column.
 */
function extreme(name: "MAXIMUM" | "MINIMUM", lines: readonly string[], columnEnd: number): Extreme {
  const rows = lines.filter((line) => new RegExp(String.raw`^\s*${name}\b`, "i").test(line));
  if (rows.length > 1) throw new Unreadable(`${rows.length} rows ${name} in the temperature block; one is expected`);
  const [row] = rows;
  if (row === undefined) return { value: null, time: null, record: false, estimated: false };
  const match = EXTREME_ROW.exec(withoutTabs(row))?.groups;
  if (match === undefined) throw new Unreadable(`row "${row.trim()}" is not an indented ${name} with its value`);
  const value = /^M/i.test(match["value"] ?? "") ? null : Number(match["value"]);
  if (!row.includes("\t") && (match["lead"] ?? "").length >= columnEnd) {
    throw new Unreadable(`row "${row.trim()}": its first value stands beyond the column OBSERVED VALUE`);
  }
  if (value !== null && (value < PLAUSIBLE_F.low || value > PLAUSIBLE_F.high)) {
    throw new Unreadable(`${name} is ${value} °F; expected ${PLAUSIBLE_F.low} to ${PLAUSIBLE_F.high}`);
  }
  const marks = (match["marks"] ?? "").toUpperCase();
  return {
    value,
    time: match["time"] ?? null,
    record: marks.includes("R"),
    estimated: marks.includes("E"),
  };
}

/** Where the column after OBSERVED begins. A heading with tabs or without further columns sets no limit. */
function observedColumnEnd(section: string): number {
  const heading = /^[ \t]*WEATHER ITEM.*$/im.exec(section)?.[0];
  if (heading === undefined) throw new Unreadable("no WEATHER ITEM heading");
  const observed = /OBSERVED\s+(?=\S)/i.exec(heading);
  if (!/\bOBSERVED\b/i.test(heading)) throw new Unreadable(`heading "${heading.trim()}" has no column OBSERVED`);
  return observed === null || heading.includes("\t") ? Number.POSITIVE_INFINITY : observed.index + observed[0].length;
}

function readSection(
  headline: RegExpExecArray,
  text: string,
  correctedProduct: boolean,
  issuedAt: number,
): ReportSection {
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
  const block = rest.slice(0, BLOCK_END.exec(rest)?.index ?? rest.length).split("\n");
  const columnEnd = observedColumnEnd(text.slice(0, start.index));
  const asOf = AS_OF.exec(text.slice(0, start.index))?.[1] ?? null;
  // A column of today's values without an AS OF line still cannot be the day's last word.
  const today = block.some((line) => /^\s*TODAY\s*$/i.test(line));
  const corrected = correctedProduct || headline[8] !== undefined;
  return {
    siteName,
    climateDate,
    kind: asOf !== null || today ? "intermediate" : corrected ? "corrected" : "final",
    asOf,
    maximum: extreme("MAXIMUM", block, columnEnd),
    minimum: extreme("MINIMUM", block, columnEnd),
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
  if (headingAt < 0 || before.some((line) => !/^\d{3}$/.test(line))) {
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
  const correctedProduct = /^CC[A-Z]$/.test(group ?? "") || CORRECTION_TITLE.test(body.slice(0, first.index));
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
        correctedProduct,
        issuedAt,
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
