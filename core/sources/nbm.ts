/** Daytime maxima of the National Blend of Models, as issued, from the archive of station guidance. */
import type { TableRow } from "../../schemas/index.ts";
import type { Decoded, Exchange, Provenance, Refusal, Schedule, Source, SourceRequest, Window } from "../source.ts";
import { readCsv } from "../weather/csv.ts";
import { readGuidance } from "../weather/nbm.ts";
import { stations } from "../weather/stations.ts";
import { archiveInstant, askedFor, askFrom, brokenTable, iemHost, newestOf } from "./iem.ts";

const DECODER_VERSION = 1;
const MODEL = "NBS";

const schedule: Schedule = { everyMinutes: 60, offsetMinutes: 35 };

/** Begins with the run's stamp, as product ids do. */
const runName = (icao: string, runAt: number) =>
  `${new Date(runAt).toISOString().slice(0, 16).replaceAll(/[-:T]/g, "")}-${MODEL}-${icao}`;

/** One station a request: the service takes no more. Only runs newer than the newest known are asked for. */
function next(window: Window, exchanges: readonly Exchange[], known: ReadonlySet<string>): SourceRequest[] {
  if (exchanges.length > 0) return [];
  return stations.map(({ icao }) => {
    const from = askFrom(window, newestOf(known, `-${MODEL}-${icao}`), schedule);
    const range = `sts=${archiveInstant(from)}&ets=${archiveInstant(window.at)}`;
    return { url: `https://${iemHost}/cgi-bin/request/mos.py?station=${icao}&model=${MODEL}&${range}&format=csv` };
  });
}

function decode(exchanges: readonly Exchange[], provenance: Provenance): Decoded {
  const rows = new Map<string, TableRow<"nbm_forecasts">>();
  const refusals: Refusal[] = [];
  const known = new Set<string>();
  exchanges.forEach((exchange, index) => {
    const [asked] = askedFor(exchange, "station");
    const refuse = (kind: Refusal["kind"], path: string, message: string) =>
      refusals.push({ kind, exchange: index, path: asked === undefined ? path : `${asked} ${path}`, message });
    if (exchange.status !== 200) {
      refuse("drift", "status", `found HTTP ${exchange.status}, expected the guidance`);
      return;
    }
    // The columns txn and xnd are left out where a run has neither: then there is no maximum, and no reason to refuse.
    const table = readCsv(exchange.body, ["runtime", "ftime", "model", "station"]);
    if ("missing" in table) {
      refuse("drift", table.missing, "found no such column, expected the table of station guidance");
      return;
    }
    if (table.rows.length > 0 && !table.columns.includes("txn")) {
      refuse("content", "txn", "found no such column in a table with rows: no maximum in any run");
    }
    for (const { text } of table.torn) refuse("content", "row", `"${text.slice(0, 60)}" has not the heading's fields`);
    const { maxima, runs, refusals: unread } = readGuidance(table);
    for (const message of unread) refuse("content", "row", message);
    if (asked !== undefined) for (const run of runs) known.add(runName(asked, run));
    for (const { station, model, runAt, climateDate, maximum, sd } of maxima) {
      if (asked !== undefined && station !== asked) {
        refuse("content", "station", `found "${station}" in the run of ${new Date(runAt).toISOString()}`);
        continue;
      }
      if (model !== MODEL) {
        refuse("content", "model", `found "${model}", expected ${MODEL}`);
        continue;
      }
      const row = {
        station,
        run_at: runAt,
        climate_date: climateDate,
        model,
        max_f: maximum,
        sd_f: sd,
        window_at: provenance.window_at,
        ingested_at: exchange.fetched_at,
        decoder_version: DECODER_VERSION,
        raw_key: provenance.raw_key,
      };
      const key = `${station} ${runAt} ${climateDate}`;
      const before = rows.get(key);
      if (before === undefined) rows.set(key, row);
      else if (before.max_f !== row.max_f || before.sd_f !== row.sd_f) {
        refuse("content", "txn", `${climateDate} comes twice in one run and says different things; the first is kept`);
      }
    }
  });
  return { rows: rows.size === 0 ? {} : { nbm_forecasts: [...rows.values()] }, refusals, notes: [], known: [...known] };
}

export const nbmGuidance: Source = {
  id: "iem-nbm",
  doc: "Daytime maxima of the National Blend of Models (NBS) at the stations, as issued, from the Iowa Environmental Mesonet.",
  tables: ["nbm_forecasts"],
  schedule,
  reachesBackDays: Infinity,
  staleAfterMinutes: 180,
  // Stations get a run in different windows, and the one before serves while the newest is not there yet.
  keepPartsMinutes: 12 * 60,
  errorImpact: "Day-ahead forecasts do without the blend's newest run, their strongest single input.",
  hosts: [iemHost],
  decoderVersion: DECODER_VERSION,
  next,
  broken: brokenTable,
  decode,
};
