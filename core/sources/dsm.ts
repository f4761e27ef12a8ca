/** Daily summary messages from the archive: whole °F of the station's own computer, hours before the climate report. */
import type { TableRow } from "../../schemas/index.ts";
import type { Decoded, Exchange, Provenance, Schedule, Source } from "../source.ts";
import { parseDailySummaries } from "../weather/dsm.ts";
import { stations } from "../weather/stations.ts";
import { askedFor, brokenTexts, iemHost, nextTexts, readTexts } from "./iem.ts";

const DECODER_VERSION = 1;
/**
 * The archive answers from a ten-minute cache that is told by the first product, the two dates and this limit, not by
 * the time of day: one station a request, and a limit that nobody else is likely to use.
 */
const LIMIT = 211;

const schedule: Schedule = { everyMinutes: 30, offsetMinutes: 25 };

const pilOf = (site: string) => `DSM${site}`;

function decode(exchanges: readonly Exchange[], provenance: Provenance): Decoded {
  const rows = new Map<string, TableRow<"daily_summaries">>();
  const { refusals, known } = readTexts(exchanges, parseDailySummaries, (product, exchange, refuse) => {
    const [pilAsked] = askedFor(exchange, "pil");
    const icaoAsked = stations.find(({ site }) => pilAsked === pilOf(site))?.icao;
    const { productId, issuedAt, summaries } = product;
    for (const refusal of product.refusals) refuse(`${productId}: ${refusal}`);
    for (const { station, climateDate, kind, asOf, maximum, minimum } of summaries) {
      if (icaoAsked !== undefined && station !== icaoAsked) {
        refuse(`${productId}: asked ${icaoAsked}, the message is of ${station}`);
        continue;
      }
      const row = {
        product_id: productId,
        station,
        climate_date: climateDate,
        issued_at: issuedAt,
        kind,
        as_of: asOf,
        max_f: maximum.value,
        max_time: maximum.time,
        min_f: minimum.value,
        min_time: minimum.time,
        window_at: provenance.window_at,
        ingested_at: exchange.fetched_at,
        decoder_version: DECODER_VERSION,
        raw_key: provenance.raw_key,
      };
      const key = `${productId} ${station}`;
      const before = rows.get(key);
      if (before === undefined) rows.set(key, row);
      else if (before.max_f !== row.max_f || before.min_f !== row.min_f || before.climate_date !== row.climate_date) {
        refuse(`${key}: comes twice and says different things; the first is kept`);
      }
    }
  });
  return { rows: rows.size === 0 ? {} : { daily_summaries: [...rows.values()] }, refusals, notes: [], known };
}

export const dailySummaryMessages: Source = {
  id: "iem-daily-summaries",
  doc: "Daily summary messages (DSM) of the stations from the Iowa Environmental Mesonet, all versions.",
  tables: ["daily_summaries"],
  schedule,
  staleAfterMinutes: 180,
  keepPartsMinutes: 32 * 60,
  errorImpact:
    "The day's high is known hours later: from observations and the climate report alone. Grades are not touched.",
  hosts: [iemHost],
  decoderVersion: DECODER_VERSION,
  next: nextTexts(pilOf, schedule, LIMIT),
  broken: brokenTexts,
  decode,
};
