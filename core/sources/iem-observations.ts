/**
 * Surface observations of all stations from the archive's `asos.py`: one request a type of report, since the answer
 * does not say the type. The window after each full hour asks two hours back, so what came late is met again; rows of a
 * repeated observation have the same key. Ids of observations are not remembered: 13 an hour and station would fill the store.
 */
import type { TableRow } from "../../schemas/index.ts";
import { bodyOf } from "../exchange-body.ts";
import type {
  Decoded,
  Exchange,
  Note,
  Provenance,
  Refusal,
  Schedule,
  Source,
  SourceRequest,
  Window,
} from "../source.ts";
import { readCsv } from "../weather/csv.ts";
import type { ReportType } from "../weather/metar.ts";
import { readNwsObservations } from "../weather/nws-observations.ts";
import {
  bareTemperature,
  type Observation,
  observationOf,
  type ReadObservation,
  type Temperature,
} from "../weather/observation.ts";
import { type Station, stations } from "../weather/stations.ts";
import { archiveInstant, askedFor, brokenTable, iemHost } from "./iem.ts";

const nwsHost = "api.weather.gov";
/** The address of a station's observations there. */
const NWS_PATH = /^https:\/\/api\.weather\.gov\/stations\/([A-Z0-9]{4})\/observations/;

/** A file without an address is told by its form: one is a table, the other JSON. */
const isNws = ({ url: address, body }: Exchange) =>
  NWS_PATH.test(address) || (!address.startsWith("https:") && body.trimStart().startsWith("{"));

const DECODER_VERSION = 1;
const HOUR_MS = 3_600_000;
/** Five-minute reports are up to 20 minutes late, and one window may be missed. */
const LOOK_BACK_MS = 2 * HOUR_MS;
const MISSING = "M";
const COLUMNS = ["station", "valid", "tmpf", "metar"];

/** By the hour, like the decisions that read them; the archive gives back what came in between. */
const schedule: Schedule = { everyMinutes: 60, offsetMinutes: 1 };

const reportTypes: readonly { code: string; type: ReportType }[] = [
  { code: "1", type: "five_minute" },
  { code: "3", type: "routine" },
  { code: "4", type: "special" },
];

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

/** The archive's °F is the converted degree Celsius and no whole °F of its own. */
function fromColumn(text: string): Temperature | undefined {
  if (text === MISSING) return { temperature: null, wholeCelsius: false };
  const tenths = /^-?\d{1,3}\.\d{2}$/.test(text) ? Math.round(((Number(text) - 32) * 50) / 9) : Number.NaN;
  return Number.isNaN(tenths) || tenths < -900 || tenths > 600 ? undefined : bareTemperature(tenths);
}

/** @returns the observation, or why there is none */
function observation(row: Readonly<Record<string, string>>, asked: ReportType | undefined): ReadObservation | string {
  const { station: site = "", valid = "", tmpf = "", metar = "" } = row;
  const station = stations.find((candidate) => candidate.site === site);
  if (station === undefined) return `found station "${site}", expected one of ours`;
  const validAt = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}$/.test(valid) ? Date.parse(`${valid.replace(" ", "T")}Z`) : NaN;
  if (Number.isNaN(validAt)) return `valid is "${valid}"; expected YYYY-MM-DD HH:MM`;
  if (metar !== MISSING) return observationOf({ station, validAt, asked, raw: metar, beside: undefined });
  const beside = fromColumn(tmpf);
  if (beside === undefined) return `${valid}: tmpf is "${tmpf}"; expected °F with two decimals or M`;
  return observationOf({ station, validAt, asked, raw: null, beside });
}

/** Of two reports of one minute the corrected one counts, else the later in the answer. */
const isCorrection = ({ metar }: Observation) => / COR /.test(` ${metar?.slice(0, 32)} `);

function decode(exchanges: readonly Exchange[], provenance: Provenance): Decoded {
  const rows = new Map<string, TableRow<"weather_observations">>();
  const refusals: Refusal[] = [];
  const notes: Note[] = [];
  let listed = 0;
  const add = (read: Observation, { fetched_at }: Exchange, replaces: (before: Observation) => boolean) => {
    const key = `${read.station} ${read.valid_at} ${read.report_type}`;
    const before = rows.get(key);
    if (before !== undefined && !replaces(before)) return;
    rows.set(key, {
      ...read,
      window_at: provenance.window_at,
      ingested_at: fetched_at,
      decoder_version: DECODER_VERSION,
      raw_key: provenance.raw_key,
    });
  };
  exchanges.forEach((exchange, index) => {
    const [, icao] = NWS_PATH.exec(exchange.url) ?? [];
    const asked = askedType(exchange);
    const refuse = (kind: Refusal["kind"], path: string, message: string) =>
      refusals.push({ kind, exchange: index, path: `${icao ?? asked ?? "report"} ${path}`, message });
    if (exchange.status === 0 && exchanges.some(isNws)) {
      notes.push({ path: iemHost, message: `gave no answer; ${nwsHost} was asked instead` });
      return;
    }
    if (exchange.status !== 200) {
      refuse("drift", "status", `found HTTP ${exchange.status}, expected the observations`);
      return;
    }
    if (isNws(exchange)) {
      const body = bodyOf(exchange);
      const list = "fault" in body ? body : readNwsObservations(body.value, icao);
      if ("fault" in list) {
        refuse("drift", "$", list.fault);
        return;
      }
      for (const { path, message } of list.refusals) refuse("content", path, message);
      listed += list.observations.length + list.refusals.length;
      // Where the archive has answered in part, its row stands.
      for (const read of list.observations) add(read, exchange, () => false);
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
      const refusal = typeof read === "string" ? read : read.refusal;
      if (refusal !== null) refuse("content", given["station"] ?? "", refusal);
      if (typeof read === "string") continue;
      const { observation: own } = read;
      add(own, exchange, (before) => isCorrection(own) || !isCorrection(before));
    }
  });
  // Two hours without a report of any station are none of the weather's: that host keeps some days only.
  const lists = exchanges.filter(isNws);
  const answered = lists.length === stations.length && lists.every(({ status }) => status === 200);
  if (answered && listed === 0 && refusals.length === 0) {
    const message = `found no observation of any station at ${nwsHost}, which keeps some days only`;
    refusals.push({ kind: "drift", exchange: exchanges.indexOf(lists[0] as Exchange), path: "features", message });
  }
  return {
    rows: rows.size === 0 ? {} : { weather_observations: [...rows.values()] },
    refusals,
    notes: notes.slice(0, 1),
    known: [],
  };
}

/** After the status line a failure of the second host can only cut the body short. */
function broken(exchange: Exchange): string | undefined {
  if (!isNws(exchange)) return brokenTable(exchange);
  const body = bodyOf(exchange);
  return "fault" in body ? `the body is no JSON: ${body.fault}` : undefined;
}

/** The types of report come together, the newest first. It is asked a station at a time and is up to 20 minutes late. */
function nwsRequest(window: Window, { icao }: Station): SourceRequest {
  const instant = (at: number) => new Date(at).toISOString().replace(".000Z", "Z");
  return {
    url: `https://${nwsHost}/stations/${icao}/observations?start=${instant(window.at - LOOK_BACK_MS)}&end=${instant(window.at)}`,
    headers: { "User-Agent": "brier (forecasting desk)", Accept: "application/geo+json" },
  };
}

export const surfaceObservations: Source = {
  id: "iem-observations",
  doc: "Five-minute, routine and special surface observations of the stations from the Iowa Environmental Mesonet, or from api.weather.gov where that gives no answer.",
  tables: ["weather_observations"],
  schedule,
  reachesBackDays: Infinity,
  staleAfterMinutes: 150,
  // A climate day, and a few hours in which its windows may come late.
  keepPartsMinutes: 32 * 60,
  errorImpact:
    "Running days cannot be judged: their candidates end as stale until observations arrive again; other days go on.",
  hosts: [iemHost, nwsHost],
  decoderVersion: DECODER_VERSION,
  next(window, exchanges) {
    if (exchanges.length === 0) return reportTypes.map(({ code }) => ({ url: url(window, code), optional: true }));
    const unanswered = exchanges.some(({ status }) => status === 0);
    return unanswered && !exchanges.some(isNws) ? stations.map((station) => nwsRequest(window, station)) : [];
  },
  broken,
  decode,
};
