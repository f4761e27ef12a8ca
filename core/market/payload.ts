/** A body of the market data API into rows, recognised by its shape: series, event(s) with or without markets, market(s). */
import type { TableRow } from "../../schemas/index.ts";
import {
  decodeEvent,
  decodeMarket,
  decodeSeries,
  type DecodedMarket,
  type DecodeOptions,
  type Stamp,
} from "./decode.ts";
import { join, note, type Findings } from "./findings.ts";
import { seriesOfTicker } from "./tickers.ts";

export interface MarketData {
  series: TableRow<"kalshi_series">[];
  events: TableRow<"kalshi_events">[];
  /** Markets that stand inside their event. */
  nested: DecodedMarket[];
  /** Markets listed by themselves. */
  listed: DecodedMarket[];
}

export const marketDataKeys = ["series", "events", "event", "markets", "market"] as const;
const pagingKeys = ["cursor", "milestones"];

function list(value: unknown, path: string, findings: Findings): unknown[] {
  // A series without events answers with null in some versions, with [] in others.
  if (value === null) return [];
  if (Array.isArray(value)) return value;
  findings.faults.push({ path, message: `a ${typeof value}, expected an array` });
  return [];
}

/**
 * @param seriesTicker The series that was asked for, of which everything must be: an upstream that no longer knows the filter
 * answers with all there is. Undefined when the request is not known, then the event ticker says it.
 * @returns what could be read; it counts only when `findings` gained no fault.
 */
export function decodeMarketData(
  body: unknown,
  seriesTicker: string | undefined,
  stamp: Stamp,
  options: DecodeOptions,
  findings: Findings,
): MarketData {
  const data: MarketData = { series: [], events: [], nested: [], listed: [] };
  if (typeof body !== "object" || body === null || !marketDataKeys.some((key) => key in body)) {
    findings.faults.push({ path: "body", message: `expected an object with one of ${marketDataKeys.join(", ")}` });
    return data;
  }
  const envelope = body as Record<string, unknown>;

  const asked = (series: string, path: string) => {
    if (seriesTicker === undefined || series === seriesTicker) return;
    findings.faults.push({ path, message: `series "${series}", expected "${seriesTicker}", which was asked for` });
  };
  const addEvent = (value: unknown, path: string) => {
    const decoded = decodeEvent(value, path, stamp, findings);
    if (decoded === undefined) return;
    asked(decoded.event.series_ticker, join(path, "series_ticker"));
    if (options.nested === "required" && (value as { markets?: unknown }).markets == null) {
      findings.faults.push({ path: join(path, "markets"), message: "missing, expected array: it was asked for" });
    }
    data.events.push(decoded.event);
    decoded.markets.forEach((market, index) => {
      const marketPath = join(join(path, "markets"), index);
      const row = decodeMarket(market, marketPath, decoded.event.series_ticker, stamp, options, findings);
      if (row === undefined) return;
      if (row.listing.event_ticker !== decoded.event.event_ticker) {
        const message = `"${row.listing.event_ticker}", expected "${decoded.event.event_ticker}", the event it stands in`;
        findings.faults.push({ path: join(marketPath, "event_ticker"), message });
      }
      data.nested.push(row);
    });
  };
  const addMarket = (value: unknown, path: string) => {
    const ticker = (value as { event_ticker?: unknown } | null)?.event_ticker;
    const known = seriesTicker ?? data.events.find((event) => event.event_ticker === ticker)?.series_ticker;
    if (known === undefined)
      note(findings, join(path, "event_ticker"), "the series is read from the ticker: nothing else names it");
    const series = known ?? (typeof ticker === "string" ? seriesOfTicker(ticker) : "");
    const row = decodeMarket(value, path, series, stamp, options, findings);
    if (row === undefined) return;
    asked(seriesOfTicker(row.listing.event_ticker), join(path, "event_ticker"));
    data.listed.push(row);
  };

  if ("series" in envelope) {
    const row = decodeSeries(envelope["series"], "series", stamp, findings);
    if (row !== undefined) {
      asked(row.series_ticker, "series.ticker");
      data.series.push(row);
    }
  }
  if ("event" in envelope) addEvent(envelope["event"], "event");
  if ("events" in envelope) {
    list(envelope["events"], "events", findings).forEach((value, index) => addEvent(value, join("events", index)));
  }
  if ("market" in envelope) addMarket(envelope["market"], "market");
  if ("markets" in envelope) {
    list(envelope["markets"], "markets", findings).forEach((value, index) => addMarket(value, join("markets", index)));
  }
  for (const field of Object.keys(envelope)) {
    if (!(marketDataKeys as readonly string[]).includes(field) && !pagingKeys.includes(field)) {
      note(findings, field, "unknown field, left in the raw payload");
    }
  }
  return data;
}
