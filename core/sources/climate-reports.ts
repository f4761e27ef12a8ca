/**
 * Daily Climate Reports from the archive of the Iowa Environmental Mesonet: first the product lists of each station,
 * then the text of every product not seen before. All versions of a report come this way, with their issue times.
 */
import type { TableRow } from "../../schemas/index.ts";
import type { Decoded, Exchange, Provenance, Refusal, Schedule, Source, SourceRequest, Window } from "../source.ts";
import { type ClimateReport, parseClimateReport } from "../weather/climate-report.ts";
import { stationByPil, stations } from "../weather/stations.ts";

const HOST = "mesonet.agron.iastate.edu";
const DECODER_VERSION = 1;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const PRODUCT_ID = /^\d{12}-[A-Z0-9]{4}-[A-Z]{4}\d{2}-([A-Z0-9]{4,6})(?:-[A-Z]{3})?$/;

const schedule: Schedule = { everyMinutes: 30, offsetMinutes: 20 };

/** When the product was issued, epoch ms, by its id; undefined for anything that is no id. */
export function issuedAtOf(productId: string): number | undefined {
  if (!PRODUCT_ID.test(productId)) return undefined;
  const [year = "", month = "", day = "", hour = "", minute = ""] =
    /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})/.exec(productId)?.slice(1) ?? [];
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:00Z`);
  return Number.isNaN(at) ? undefined : at;
}

const listUrl = (pil: string, date: string) => `https://${HOST}/api/1/nws/afos/list.json?pil=${pil}&date=${date}`;
const textUrl = (productId: string) => `https://${HOST}/api/1/nwstext/${productId}`;

/** What an exchange asked for, by its address; a file that was fed by hand is told by its first character. */
type Asked = { kind: "list"; pil: string | undefined } | { kind: "text"; productId: string | undefined };

function asked({ url, body }: Exchange): Asked {
  const list = /\/nws\/afos\/list\.json\?(?:.*&)?pil=([A-Z0-9]+)/.exec(url);
  if (list !== null) return { kind: "list", pil: list[1] };
  const text = /\/nwstext\/([A-Z0-9-]+)/.exec(url);
  if (text !== null) return { kind: "text", productId: text[1] };
  return /^\s*\{/.test(body) ? { kind: "list", pil: undefined } : { kind: "text", productId: undefined };
}

type Fault = Pick<Refusal, "path" | "message">;

const shown = (value: unknown) => (value === undefined ? "nothing" : JSON.stringify(value).slice(0, 80));

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === "object";
}

/** The product ids of one list, in its order, or the field that is not as we know it. */
function productIds(body: string, pil: string | undefined): { ids: string[] } | { fault: Fault } {
  let answer: unknown;
  try {
    answer = JSON.parse(body);
  } catch (error) {
    return {
      fault: {
        path: "$",
        message: `found no JSON (${error instanceof Error ? error.message : String(error)}), expected {data: [...]}`,
      },
    };
  }
  const data = isObject(answer) ? answer["data"] : undefined;
  if (!Array.isArray(data)) return { fault: { path: "data", message: `found ${shown(data)}, expected an array` } };
  const ids: string[] = [];
  const listed: unknown[] = data;
  for (const [index, row] of listed.entries()) {
    const id = isObject(row) ? row["product_id"] : undefined;
    const match = typeof id === "string" ? PRODUCT_ID.exec(id) : null;
    if (match === null || (pil !== undefined && match[1] !== pil)) {
      const expected = `a product id YYYYMMDDHHMM-CCCC-TTAAII-${pil ?? "PIL"}[-BBB]`;
      return { fault: { path: `data[${index}].product_id`, message: `found ${shown(id)}, expected ${expected}` } };
    }
    ids.push(match[0]);
  }
  return { ids };
}

/**
 * The UTC dates whose lists a window asks for: today, yesterday, and in turn one of the two days before, so that a text
 * which came late, or while nobody asked, is met within the hour. All four at once would be more than a first window can
 * fetch in its function's time: the archive grants one request a second.
 */
function datesOf({ at }: Window): string[] {
  const turn = Math.floor(at / (schedule.everyMinutes * MINUTE_MS)) % 2;
  return [3 - turn, 1, 0].map((back) => new Date(at - back * DAY_MS).toISOString().slice(0, 10));
}

function next(window: Window, exchanges: readonly Exchange[], known: ReadonlySet<string>): SourceRequest[] {
  if (exchanges.length === 0) {
    const dates = datesOf(window);
    return stations.flatMap(({ pil }) => dates.map((date) => ({ url: listUrl(pil, date) })));
  }
  const rounds = exchanges.map(asked);
  if (rounds.some(({ kind }) => kind === "text")) return [];
  const fresh = new Set<string>();
  for (const [index, exchange] of exchanges.entries()) {
    const round = rounds[index];
    if (exchange.status !== 200 || round?.kind !== "list") continue;
    // A list that cannot be read is refused by `decode`; the other stations' reports still come.
    const list = productIds(exchange.body, round.pil);
    if ("ids" in list) for (const id of list.ids) if (!known.has(id)) fresh.add(id);
  }
  return [...fresh].map((id) => ({ url: textUrl(id) }));
}

function rowsOf(report: ClimateReport, exchange: Exchange, provenance: Provenance): TableRow<"climate_reports">[] {
  return report.sections.map((section, index) => ({
    product_id: report.productId,
    section: index,
    pil: report.pil,
    station: stationByPil(report.pil)?.icao ?? null,
    issuing_office: report.office,
    bbb: report.bbb,
    site_name: section.siteName,
    climate_date: section.climateDate,
    issued_at: report.issuedAt,
    kind: section.kind,
    as_of: section.asOf,
    max_f: section.maximum.value,
    max_time: section.maximum.time,
    max_record: section.maximum.record,
    max_estimated: section.maximum.estimated,
    min_f: section.minimum.value,
    min_time: section.minimum.time,
    window_at: provenance.window_at,
    ingested_at: exchange.fetched_at,
    decoder_version: DECODER_VERSION,
    raw_key: provenance.raw_key,
  }));
}

/**
 * A list that changed its shape is `drift`: we no longer learn which reports there are. A single text is `content`,
 * whether it is another station's or garbled: every text is written or transmitted on its own, so one bad text says
 * nothing about the next and must not block the source for ever; it is set aside and reported.
 */
function decode(exchanges: readonly Exchange[], provenance: Provenance): Decoded {
  const rows: TableRow<"climate_reports">[] = [];
  const refusals: Refusal[] = [];
  const known: string[] = [];
  for (const [index, exchange] of exchanges.entries()) {
    const what = asked(exchange);
    if (what.kind === "list") {
      const fault =
        exchange.status === 200
          ? productIds(exchange.body, what.pil)
          : { fault: { path: "$", message: `found HTTP ${exchange.status}, expected the product list` } };
      if ("fault" in fault) {
        const path = `list.json?pil=${what.pil ?? ""} ${fault.fault.path}`;
        refusals.push({ kind: "drift", exchange: index, path, message: fault.fault.message });
      }
      continue;
    }
    const path = what.productId ?? "$";
    const refuse = (message: string) => refusals.push({ kind: "content", exchange: index, path, message });
    if (exchange.status !== 200) {
      refuse(`found HTTP ${exchange.status}, expected the text of the product`);
      continue;
    }
    // What the text calls itself comes first: another station's report is named as such even where it is garbled too.
    const pilAsked = what.productId === undefined ? undefined : PRODUCT_ID.exec(what.productId)?.[1];
    const pilFound = /^(CLI[A-Z0-9]{1,3})\s*$/m.exec(exchange.body)?.[1];
    // An empty body or a page of the web server is not the report, whatever its status: the next window asks again.
    if (what.productId !== undefined && pilFound !== undefined) known.push(what.productId);
    if (pilAsked !== undefined && pilFound !== undefined && pilFound !== pilAsked) {
      refuse(`asked ${pilAsked}, the text says ${pilFound}`);
      continue;
    }
    const parsed = parseClimateReport(exchange.body, what.productId);
    if ("refusal" in parsed) refuse(parsed.refusal);
    else if (parsed.report.sections.length > 1 && stationByPil(parsed.report.pil) !== undefined) {
      // Which of several sections is the settling station cannot be told from the PIL, and names are not to be trusted.
      const names = parsed.report.sections.map(({ siteName }) => siteName).join(", ");
      refuse(`${parsed.report.pil} holds ${parsed.report.sections.length} stations (${names}), expected one`);
    } else rows.push(...rowsOf(parsed.report, exchange, provenance));
  }
  return { rows: rows.length === 0 ? {} : { climate_reports: rows }, refusals, notes: [], known };
}

export const climateReports: Source = {
  id: "climate-reports",
  doc: "Daily Climate Reports (CLI) of the stations, every version, from the Iowa Environmental Mesonet's archive.",
  tables: ["climate_reports"],
  schedule,
  reachesBackDays: Infinity,
  staleAfterMinutes: 120,
  keepPartsMinutes: 32 * 60,
  errorImpact:
    "Grades lose their cross-check: an outcome of the exchange that differs from the official report goes unnoticed.",
  hosts: [HOST],
  decoderVersion: DECODER_VERSION,
  next,
  decode,
};
