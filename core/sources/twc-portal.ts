/**
 * The settlement portal of The Weather Company, from whose reports Kalshi settles since August 2026: asked for days that
 * are over and not yet official everywhere. One more witness for the settlement checks; nothing else reads it.
 */
import type { TableRow } from "../../schemas/index.ts";
import { bodyOf } from "../exchange-body.ts";
import type { Decoded, Exchange, Note, Provenance, Refusal, Source, Window } from "../source.ts";
import { climateDateAt, climateDay } from "../weather/climate-day.ts";
import { isFinal, readPortalDay } from "../weather/portal.ts";
import { stations } from "../weather/stations.ts";

const DECODER_VERSION = 1;
const HOST = "weather.com";
const DAY_MS = 86_400_000;
/** A report that is not out three days later is looked for by hand. */
const LOOK_BACK_DAYS = 3;

const url = (date: string) => `https://${HOST}/kalshi/api/climate/primary?date=${date}`;
const dateOf = (exchange: Exchange) => /[?&]date=(\d{4}-\d\d-\d\d)$/.exec(exchange.url)?.[1];
const settledId = (date: string) => `official-${date}`;

/** Days of the last three that are over at a station, the oldest first. */
function daysOver({ at }: Window): string[] {
  const dates = new Set<string>();
  for (let back = LOOK_BACK_DAYS; back > 0; back--) {
    for (const station of stations) {
      const date = climateDateAt(station, at - back * DAY_MS);
      if (climateDay(station, date).end <= at) dates.add(date);
    }
  }
  return [...dates].sort();
}

function decode(exchanges: readonly Exchange[], provenance: Provenance): Decoded {
  const rows: TableRow<"portal_reports">[] = [];
  const refusals: Refusal[] = [];
  const notes: Note[] = [];
  const known: string[] = [];
  exchanges.forEach((exchange, index) => {
    const refuse = (kind: Refusal["kind"], path: string, message: string) =>
      refusals.push({ kind, exchange: index, path, message });
    if (exchange.status !== 200) {
      refuse("drift", "status", `found HTTP ${exchange.status}, expected the reports`);
      return;
    }
    const body = bodyOf(exchange);
    const day = "fault" in body ? { path: "$", fault: body.fault } : readPortalDay(body.value, dateOf(exchange));
    if ("fault" in day) {
      refuse("drift", day.path, day.fault);
      return;
    }
    for (const { path, message } of day.refusals) refuse("content", path, message);
    notes.push(...day.notes);
    for (const report of day.reports) {
      rows.push({
        station: report.station,
        climate_date: day.date,
        status: report.status,
        max_f: report.maxF,
        min_f: report.minF,
        issued_at: report.issuedAt,
        window_at: provenance.window_at,
        ingested_at: exchange.fetched_at,
        decoder_version: DECODER_VERSION,
        raw_key: provenance.raw_key,
      });
    }
    const final = day.reports.filter(({ status }) => isFinal(status));
    if (final.length === stations.length) known.push(settledId(day.date));
  });
  return { rows: rows.length === 0 ? {} : { portal_reports: rows }, refusals, notes, known };
}

export const settlementPortal: Source = {
  id: "twc-portal",
  doc: "Climate reports of the stations on The Weather Company's settlement portal, for days not yet official.",
  tables: ["portal_reports"],
  schedule: { everyMinutes: 60, offsetMinutes: 27 },
  staleAfterMinutes: 180,
  reachesBackDays: Number.POSITIVE_INFINITY,
  errorImpact: "Settlements are checked against one source fewer; nothing is priced, settled or graded by it.",
  hosts: [HOST],
  decoderVersion: DECODER_VERSION,
  next: (window, exchanges, known) =>
    exchanges.length > 0
      ? []
      : daysOver(window)
          .filter((date) => !known.has(settledId(date)))
          .map((date) => ({ url: url(date) })),
  broken: (exchange) => {
    const body = bodyOf(exchange);
    return "fault" in body ? `the body is no JSON: ${body.fault}` : undefined;
  },
  decode,
};
