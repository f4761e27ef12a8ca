/**
 * Recorded lines about one city and day: Kalshi's settled temperature events beside the climate report's values. They carry
 * no strike fields, so the strikes are read from the tickers and marked so.
 */
import { agreementOf } from "../grading/outcome.ts";
import { parseExpirationValue } from "./expiration-value.ts";
import * as z from "zod";
import type { TableRow } from "../../schemas/index.ts";
import type { Stamp } from "./decode.ts";
import { join, note, parsed, read, type Findings } from "./findings.ts";
import { parseInstant } from "./instant.ts";
import { dollar } from "./price.ts";
import { strikesFromTickers } from "./strikes.ts";
import { dailyEventOf } from "./tickers.ts";

const report = z.object({ cli: z.number().nullish() }).nullish();

const eventLine = z.object({
  event_ticker: z.string().min(1),
  series: z.string().min(1),
  event_date: z.iso.date(),
  close_time: z.string(),
  expiration_value: z.string(),
  n_markets: z.int(),
  results: z.record(z.string(), z.string()),
});

const actualsLine = z.object({
  actuals: z.object({ high: report, low: report }).nullish(),
  settled_markets: z.object({ events: z.array(eventLine) }),
});

export interface SettledEvents {
  markets: TableRow<"kalshi_markets">[];
  resolutions: TableRow<"resolutions">[];
}

export function decodeActuals(value: unknown, path: string, stamp: Stamp, findings: Findings): SettledEvents {
  const decoded: SettledEvents = { markets: [], resolutions: [] };
  const line = read(actualsLine, value, path, findings);
  line?.settled_markets.events.forEach((event, index) => {
    const at = join(join(join(path, "settled_markets"), "events"), index);
    const fault = (field: string, message: string) => findings.faults.push({ path: join(at, field), message });
    const isHigh = event.series.startsWith("KXHIGH");
    if (!isHigh && !event.series.startsWith("KXLOW")) {
      fault("series", `"${event.series}" is neither a daily high nor a daily low`);
      return;
    }
    const daily = dailyEventOf(event.event_ticker);
    if (daily?.date !== event.event_date || daily.series !== event.series) {
      fault("event_ticker", `"${event.event_ticker}" does not name series ${event.series} and day ${event.event_date}`);
      return;
    }
    const tickers = Object.keys(event.results);
    if (tickers.length !== event.n_markets) {
      fault("results", `${tickers.length} results of ${event.n_markets} markets`);
      return;
    }
    const stray = tickers.find((ticker) => !ticker.startsWith(`${event.event_ticker}-`));
    if (stray !== undefined) {
      fault("results", `${stray} is no market of ${event.event_ticker}`);
      return;
    }
    const closeTime = parsed(parseInstant, event.close_time, join(at, "close_time"), findings);
    const strikes = parsed(() => strikesFromTickers(tickers), undefined, join(at, "results"), findings);
    if (closeTime === undefined || strikes === undefined) return;
    const official = parseExpirationValue(event.expiration_value);
    const reported = (isHigh ? line.actuals?.high?.cli : line.actuals?.low?.cli) ?? null;
    for (const [ticker, result] of Object.entries(event.results)) {
      const strike = strikes.get(ticker);
      if (strike === undefined) continue;
      decoded.markets.push({
        market_ticker: ticker,
        event_ticker: event.event_ticker,
        series_ticker: event.series,
        market_type: "",
        status: "finalized",
        title: null,
        yes_sub_title: "",
        ...strike,
        strike_source: "ticker",
        rules_primary: "",
        rules_secondary: "",
        custom_strike: null,
        open_time: closeTime,
        close_time: closeTime,
        expected_expiration_time: null,
        settlement_timer_seconds: null,
        result,
        expiration_value: event.expiration_value,
        settlement_value: null,
        settlement_ts: null,
        price_level_structure: null,
        price_ranges: null,
        fee_waiver_expiration_time: null,
        exchange_index: null,
        ...stamp,
      });
      if (result !== "yes" && result !== "no") {
        note(
          findings,
          join(at, "results"),
          `"${result}" does not say what a contract paid: no resolution is made of it`,
        );
        continue;
      }
      decoded.resolutions.push({
        market_ticker: ticker,
        version: 1,
        event_ticker: event.event_ticker,
        desk: "weather",
        close_time: closeTime,
        resolved_at: stamp.ingested_at,
        result,
        settlement_value: result === "yes" ? dollar : 0,
        expiration_value: event.expiration_value,
        official_value: official,
        official_usd: null,
        agreement: agreementOf(official, reported === null ? [] : [{ max_f: reported }]),
        report_product_id: null,
        report_max_f: isHigh && reported !== null && Number.isInteger(reported) ? reported : null,
        index_average_usd: null,
        raw_key: stamp.raw_key,
        ingested_at: stamp.ingested_at,
        decoder_version: stamp.decoder_version,
      });
    }
    note(findings, join(at, "results"), "strikes are read from the tickers: the recording has no strike fields");
    note(
      findings,
      at,
      "market_type, yes_sub_title and the rules are missing in the recording: left empty; close_time stands for open_time",
    );
  });
  return decoded;
}
