/**
 * Surface observations of all stations from the archive's `asos.py`: one request a type of report, since the answer
 * does not say the type. The window after each full hour asks two hours back, so what came late is met again; rows of a
 * repeated observation have the same key. Ids of observations are not remembered: 13 an hour and station would fill the store.
 */
import type { TableRow } from "../../schemas/index.ts";
import type { Decoded, Exchange, Provenance, Refusal, Schedule, Source, Window } from "../source.ts";
import { readCsv } from "../weather/csv.ts";
import { fahrenheitInterval, isWhole, type Metar, parseMetar, type ReportType } from "../weather/metar.ts";
import { stations } from "../weather/stations.ts";
import { archiveInstant, askedFor, brokenTable, iemHost } from "./iem.ts";

const DECODER_VERSION = 1;
const HOUR_MS = 3_600_000;
/** Five-minute reports are up to 20 minutes late, and one window may be missed. */
const LOOK_BACK_MS = 2 * HOUR_MS;
const MISSING = "M";
const COLUMNS = ["station", "valid", "tmpf", "metar"];

/** By the hour as long as no decision reads them; the archive gives back what came in between. */
const schedule: Schedule = { everyMinutes: 60, offsetMinutes: 1 };

const reportTypes: readonly { code: string; type: ReportType }[] = [
  { code: "1", type: "five_minute" },
  { code: "3", type: "routine" },
  { code: "4", type: "special" },
];

/** A report made in the last quarter of an hour before 00, 06, 12 or 18 UTC speaks of the six hours before. */
function endsSixHours(validAt: number): boolean {
  const minutes = (validAt % (6 * HOUR_MS)) / 60_000;
  return minutes === 0 || minutes >= 345;
}

function url(window: Window, code: string): string {
  const names = stations.map(({ site }) => `station=${site}`).join("&");
  // The end is exclusive.
  const range = `sts=${archiveInstant(window.at - LOOK_BACK_MS)}&ets=${archiveInstant(window.at)}`;
  return `https://${iemHost}/cgi-bin/request/asos.py?${names}&data=tmpf&data=metar&report_type=${code}&${range}&tz=UTC&format=onlycomma&missing=M`;
}

/** The type that was asked for; a file without an address is told by what each report calls itself. */
function askedType(exchange: Exchange): ReportType | undefined {
  const codes = askedFor(exchange, "report_type");
  return codes.length === 1 ? reportTypes.find(({ code }) => code === codes[0])?.type : undefined;
}

type Temperature = Pick<Metar, "temperature" | "wholeCelsius">;

/** Of a row without its report: the archive's °F is the converted degree Celsius and no whole °F of its own. */
function fromColumn(text: string): Temperature | undefined {
  if (text === MISSING) return { temperature: null, wholeCelsius: false };
  const tenths = /^-?\d{1,3}\.\d{2}$/.test(text) ? Math.round(((Number(text) - 32) * 50) / 9) : Number.NaN;
  if (Number.isNaN(tenths) || tenths < -900 || tenths > 600) return undefined;
  // What is a whole degree may have been one: the wider interval is the honest one.
  return { temperature: tenths === 0 ? 0 : tenths, wholeCelsius: isWhole(tenths) };
}

type Observation = Omit<TableRow<"weather_observations">, "window_at" | "ingested_at" | "decoder_version" | "raw_key">;

/** @returns the observation, or why there is none */
function observation(row: Readonly<Record<string, string>>, asked: ReportType | undefined): Observation | string {
  const { station: site = "", valid = "", tmpf = "", metar: raw = "" } = row;
  const station = stations.find((candidate) => candidate.site === site);
  if (station === undefined) return `found station "${site}", expected one of ours`;
  const validAt = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}$/.test(valid) ? Date.parse(`${valid.replace(" ", "T")}Z`) : NaN;
  if (Number.isNaN(validAt)) return `valid is "${valid}"; expected YYYY-MM-DD HH:MM`;
  const parsed = raw === MISSING ? undefined : parseMetar(raw);
  if (parsed !== undefined && "refusal" in parsed) return `${valid}: ${parsed.refusal}`;
  const report = parsed?.metar;
  const type = asked ?? report?.type;
  if (type === undefined) return `${valid}: neither the address nor the report says the type of the report`;
  if (report !== undefined) {
    if (report.station !== station.icao)
      return `${valid}: the row is of ${station.icao}, the report of ${report.station}`;
    const stamp = new Date(validAt).toISOString();
    const expected = stamp.slice(8, 10) + stamp.slice(11, 13) + stamp.slice(14, 16);
    if (report.time !== expected) return `${valid}: the report is of ${report.time}Z`;
  }
  const found: Temperature | undefined = report ?? fromColumn(tmpf);
  if (found === undefined) return `${valid}: tmpf is "${tmpf}"; expected °F with two decimals or M`;
  const { temperature } = found;
  const wholeCelsius = found.wholeCelsius || (type === "five_minute" && temperature !== null && isWhole(temperature));
  const interval = temperature === null ? null : fahrenheitInterval(temperature, wholeCelsius);
  const max6h = type === "five_minute" || !endsSixHours(validAt) ? null : (report?.max6h ?? null);
  const maxInterval = max6h === null ? null : fahrenheitInterval(max6h, false);
  return {
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
    metar: raw === MISSING ? null : raw,
  };
}

/** Of two reports of one minute the corrected one counts, else the later in the answer. */
const isCorrection = ({ metar }: Observation) => / COR /.test(` ${metar?.slice(0, 32)} `);

function decode(exchanges: readonly Exchange[], provenance: Provenance): Decoded {
  const rows = new Map<string, TableRow<"weather_observations">>();
  const refusals: Refusal[] = [];
  exchanges.forEach((exchange, index) => {
    const asked = askedType(exchange);
    const refuse = (kind: Refusal["kind"], path: string, message: string) =>
      refusals.push({ kind, exchange: index, path: `${asked ?? "report"} ${path}`, message });
    if (exchange.status !== 200) {
      refuse("drift", "status", `found HTTP ${exchange.status}, expected the observations`);
      return;
    }
    const table = readCsv(exchange.body, COLUMNS);
    if ("missing" in table) {
      refuse("drift", table.missing, `found no such column, expected ${COLUMNS.join(", ")}`);
      return;
    }
    for (const { text } of table.torn) refuse("content", "line", `"${text.slice(0, 60)}" has not the heading's fields`);
    for (const given of table.rows) {
      const read = observation(given, asked);
      if (typeof read === "string") {
        refuse("content", given["station"] ?? "", read);
        continue;
      }
      const key = `${read.station} ${read.valid_at} ${read.report_type}`;
      const before = rows.get(key);
      if (before !== undefined && isCorrection(before) && !isCorrection(read)) continue;
      rows.set(key, {
        ...read,
        window_at: provenance.window_at,
        ingested_at: exchange.fetched_at,
        decoder_version: DECODER_VERSION,
        raw_key: provenance.raw_key,
      });
    }
  });
  return {
    rows: rows.size === 0 ? {} : { weather_observations: [...rows.values()] },
    refusals,
    notes: [],
    known: [],
  };
}

export const surfaceObservations: Source = {
  id: "iem-observations",
  doc: "Five-minute, routine and special surface observations of the stations from the Iowa Environmental Mesonet.",
  tables: ["weather_observations"],
  schedule,
  staleAfterMinutes: 150,
  errorImpact:
    "The day's running maximum is not followed; forecasts of the day before, prices and grades are not touched.",
  hosts: [iemHost],
  decoderVersion: DECODER_VERSION,
  next: (window, exchanges) =>
    exchanges.length > 0 ? [] : reportTypes.map(({ code }) => ({ url: url(window, code) })),
  broken: brokenTable,
  decode,
};
