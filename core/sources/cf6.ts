/** Monthly climate data from the archive: the month's days, for gaps of history and as a second word on a maximum. */
import type { TableRow } from "../../schemas/index.ts";
import type { Decoded, Exchange, Provenance, Schedule, Source } from "../source.ts";
import { type MonthlyData, parseMonthlyData } from "../weather/cf6.ts";
import { brokenTexts, iemHost, nextTexts, readTexts } from "./iem.ts";

const DECODER_VERSION = 1;
/** Products of one answer: an office writes one or two a day. */
const LIMIT = 200;

const schedule: Schedule = { everyMinutes: 30, offsetMinutes: 22 };

const pilOf = (site: string) => `CF6${site}`;

function parse(text: string, seenAt: number): MonthlyData | { refusal: string } {
  const parsed = parseMonthlyData(text, seenAt);
  return "refusal" in parsed ? parsed : parsed.data;
}

function decode(exchanges: readonly Exchange[], provenance: Provenance): Decoded {
  const rows = new Map<string, TableRow<"climate_monthly">>();
  const { refusals, known } = readTexts(exchanges, parse, (product, exchange, refuse) => {
    const { productId, pil, station, issuedAt, days } = product;
    for (const { climateDate, maximum, minimum } of days) {
      const row = {
        product_id: productId,
        climate_date: climateDate,
        pil,
        station: station?.icao ?? null,
        issued_at: issuedAt,
        max_f: maximum,
        min_f: minimum,
        window_at: provenance.window_at,
        ingested_at: exchange.fetched_at,
        decoder_version: DECODER_VERSION,
        raw_key: provenance.raw_key,
      };
      const key = `${productId} ${climateDate}`;
      const before = rows.get(key);
      if (before === undefined) rows.set(key, row);
      else if (before.max_f !== row.max_f || before.min_f !== row.min_f) {
        refuse(`${key}: comes twice and says different things; the first is kept`, pil);
      }
    }
  });
  return { rows: rows.size === 0 ? {} : { climate_monthly: [...rows.values()] }, refusals, notes: [], known };
}

export const monthlyClimateData: Source = {
  id: "iem-monthly-climate",
  doc: "Monthly climate data (CF6) of the stations from the Iowa Environmental Mesonet, all versions.",
  tables: ["climate_monthly"],
  schedule,
  staleAfterMinutes: 360,
  errorImpact: "Gaps of history stay open; forecasts, prices and grades are not touched.",
  hosts: [iemHost],
  decoderVersion: DECODER_VERSION,
  next: nextTexts(pilOf, schedule, LIMIT),
  broken: brokenTexts,
  decode,
};
