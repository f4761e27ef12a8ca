/**
 * Text products of the National Weather Service as the AFOS archive keeps them: their transmission frames, the WMO
 * heading above the text, and when a heading that names only day, hour and minute was written.
 */

/** Carries a refusal from wherever it is found to the parser that answers. */
export class Unreadable extends Error {}

export interface Heading {
  /** WMO heading (TTAAII), for example CXUS53. */
  wmo: string;
  /** Issuing office (CCCC). */
  office: string;
  /** ddhhmm, UTC. */
  time: string;
  /** WMO amendment group such as CCA; null when there is none. */
  bbb: string | null;
  /** AFOS product id; null in a bulletin that has none. */
  pil: string | null;
  /** What follows, without trailing blanks. */
  lines: string[];
}

const WMO_LINE = /^([A-Z]{4}\d{2}) ([A-Z0-9]{4}) (\d{6})(?: ([A-Z]{3}))?$/;
const MINUTE_MS = 60_000;
/** Clocks differ a little, and a heading is written to the minute: it may seem to come from the near future. */
const AHEAD_MS = 15 * MINUTE_MS;

/** Products of an answer: those between SOH and ETX, with a word on one that has no end. */
export function framedProducts(body: string): { text: string; whole: boolean }[] {
  return body
    .split("\u0001")
    .slice(1)
    .map((part) => ({ text: part.split("\u0003")[0] ?? "", whole: part.includes("\u0003") }));
}

/** @param kind first three letters of the product id, for example DSM. @throws Unreadable */
export function readHeading(text: string, kind: string): Heading {
  const lines = text
    .replaceAll("\r", "")
    .split("\n")
    .map((line) => line.trimEnd());
  const at = lines.findIndex((line) => WMO_LINE.test(line));
  const before = lines.slice(0, Math.max(at, 0)).filter((line) => line !== "");
  if (at < 0 || before.some((line) => !/^\d{3}$/.test(line))) {
    throw new Unreadable("no WMO heading such as CXUS43 KLOT 092134 at the top");
  }
  const [, wmo = "", office = "", time = "", bbb] = WMO_LINE.exec(lines[at] ?? "") ?? [];
  const next = lines.findIndex((line, index) => index > at && line !== "");
  const named = new RegExp(`^${kind}[A-Z0-9]{1,3}$`).test(lines[next] ?? "");
  return {
    wmo,
    office,
    time,
    bbb: bbb ?? null,
    pil: named ? (lines[next] ?? null) : null,
    lines: next < 0 ? [] : lines.slice(named ? next + 1 : next),
  };
}

/** Instants with the heading's day of month, hour and minute up to `until`, the latest first, of the months before it. */
export function headingInstants(time: string, until: number, months = 2): number[] {
  const [day = 0, hour = 0, minute = 0] = [0, 2, 4].map((at) => Number(time.slice(at, at + 2)));
  if (day < 1 || day > 31 || hour > 23 || minute > 59) {
    throw new Unreadable(`heading time is ${time}; it must be ddhhmm UTC`);
  }
  const end = new Date(until + AHEAD_MS);
  return Array.from({ length: months + 1 }, (_, back) =>
    Date.UTC(end.getUTCFullYear(), end.getUTCMonth() - back, day, hour, minute),
  ).filter((at) => at <= until + AHEAD_MS && new Date(at).getUTCDate() === day);
}

/** The archive's way to name a product: `YYYYMMDDHHMM-CCCC-TTAAII[-PIL][-BBB]`. */
export function productIdOf({ office, wmo, pil, bbb }: Heading, issuedAt: number): string {
  const stamp = new Date(issuedAt).toISOString().slice(0, 16).replaceAll(/[-:T]/g, "");
  return [stamp, office, wmo, ...(pil === null ? [] : [pil]), ...(bbb === null ? [] : [bbb])].join("-");
}
