/**
 * The Weather Company's settlement portal: the day's reports of all stations as JSON. It is undocumented and may change
 * without notice, so every field is checked; members are named in more than one way. Source: reference of the portal's
 * answers as seen since August 2026 (weather.com/kalshi).
 */
import { stations } from "./stations.ts";
import { plausibleF } from "./temperature-range.ts";

export interface PortalReport {
  /** ICAO id. */
  station: string;
  /** As it came: official, preliminary, revised, pending, no_report, or a word that is new. */
  status: string;
  /** Whole °F; null when there is none. */
  maxF: number | null;
  minF: number | null;
  /** Epoch ms UTC; null when it is not said. */
  issuedAt: number | null;
}

export interface PortalDay {
  reports: PortalReport[];
  /** Reports of our stations that cannot be read: where they stand, and why. */
  refusals: { path: string; message: string }[];
  /** What is new and does no harm. */
  notes: { path: string; message: string }[];
}

/** What a report has been seen to be called. The first of these settles the day, the others do not. */
const statuses = new Set(["official", "revised", "preliminary", "pending", "no_report"]);

/** Whether the report is the day's last word, or a later one. */
export function isFinal(status: string): boolean {
  return status === "official" || status === "revised";
}

type Json = Readonly<Record<string, unknown>>;
const objectOf = (value: unknown): Json | undefined =>
  value !== null && typeof value === "object" && !Array.isArray(value) ? (value as Json) : undefined;
const shown = (value: unknown) => (value === undefined ? "nothing" : JSON.stringify(value).slice(0, 80));

/** The number under one of its names. @throws when it is no whole °F, or the names disagree */
function wholeF(data: Json, names: readonly string[]): number | null {
  const given = names.filter((name) => data[name] !== undefined && data[name] !== null);
  for (const name of given) {
    const value = data[name];
    if (typeof value !== "number" || !Number.isInteger(value) || value < plausibleF.low || value > plausibleF.high) {
      throw new RangeError(
        `data.${name} is ${shown(value)}; expected a whole °F, ${plausibleF.low} to ${plausibleF.high}`,
      );
    }
    if (value !== data[given[0] ?? name]) throw new RangeError(`data.${given[0]} and data.${name} differ`);
  }
  return given[0] === undefined ? null : (data[given[0]] as number);
}

/** Epoch ms; undefined where it is there and cannot be read: a time without its zone is none. */
function issueTime(value: unknown): number | null | undefined {
  if (value === undefined || value === null || value === "") return null;
  const at =
    typeof value === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)$/.test(value)
      ? Date.parse(value)
      : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}

/** @throws RangeError naming the field and what was found */
function readReport(result: Json, station: Json, icao: string, pil: string, site: string, date: string): PortalReport {
  const { cliId } = station;
  if (cliId !== undefined && cliId !== pil && cliId !== site)
    throw new RangeError(`station.cliId is ${shown(cliId)}; expected ${pil}`);
  const { status } = result;
  if (typeof status !== "string" || status === "") throw new RangeError(`status is ${shown(status)}; expected a word`);
  const data = result["data"] ?? {};
  const values = objectOf(data);
  if (values === undefined) throw new RangeError(`data is ${shown(data)}; expected an object or null`);
  const { reportDate, isOfficial } = values;
  if (reportDate !== undefined && reportDate !== null && reportDate !== date)
    throw new RangeError(`data.reportDate is ${shown(reportDate)}; expected ${date}`);
  if (typeof isOfficial === "boolean" && statuses.has(status) && isOfficial !== isFinal(status))
    throw new RangeError(`data.isOfficial is ${isOfficial}, the status ${status}`);
  const maxF = wholeF(values, ["maxTemp", "maxTempF"]);
  const minF = wholeF(values, ["minTemp", "minTempF"]);
  if (maxF !== null && minF !== null && maxF < minF) throw new RangeError(`maximum ${maxF} is below minimum ${minF}`);
  if (isFinal(status) && maxF === null) throw new RangeError(`data.maxTemp is missing from an ${status} report`);
  return { station: icao, status, maxF, minF, issuedAt: issueTime(values["issueTime"]) ?? null };
}

/**
 * Our stations' reports of one day's answer; the others are passed over.
 * @param date `YYYY-MM-DD` that was asked for; undefined for a file, whose own date counts
 * @returns what it is instead, where it is no such answer
 */
export function readPortalDay(
  body: unknown,
  date: string | undefined,
): (PortalDay & { date: string }) | { path: string; fault: string } {
  const document = objectOf(body);
  const own = document?.["date"];
  if (typeof own !== "string" || !/^\d{4}-\d\d-\d\d$/.test(own) || (date !== undefined && own !== date))
    return { path: "date", fault: `found ${shown(own)}, expected ${date ?? "YYYY-MM-DD"}` };
  const results = document?.["results"];
  if (!Array.isArray(results)) return { path: "results", fault: `found ${shown(results)}, expected a list` };
  const day: PortalDay & { date: string } = { date: own, reports: [], refusals: [], notes: [] };
  for (const [index, given] of (results as unknown[]).entries()) {
    const path = `results[${index}]`;
    const result = objectOf(given);
    const station = objectOf(result?.["station"]);
    const icao = station?.["icao"];
    if (result === undefined || station === undefined || typeof icao !== "string")
      return { path: `${path}.station.icao`, fault: `found ${shown(icao)}, expected the station's id` };
    const ours = stations.find((candidate) => candidate.icao === icao);
    if (ours === undefined) continue;
    if (day.reports.some((report) => report.station === icao)) {
      day.refusals.push({ path, message: `${icao} is there twice` });
      continue;
    }
    try {
      const report = readReport(result, station, icao, ours.pil, ours.site, own);
      day.reports.push(report);
      const note = (name: string, message: string) => {
        if (!day.notes.some((before) => before.message === message))
          day.notes.push({ path: `results[].${name}`, message });
      };
      if (!statuses.has(report.status)) note("status", `unknown status ${report.status}, kept`);
      if (issueTime(objectOf(result["data"])?.["issueTime"]) === undefined)
        note("data.issueTime", "not an instant with its zone: not taken");
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      day.refusals.push({ path, message: `${icao}: ${error.message}` });
    }
  }
  if (day.reports.length + day.refusals.length === 0)
    return { path: "results", fault: "found none of our stations, expected all of them" };
  return day;
}
