/** What Kalshi lists and shows: series, events, markets and their quotes. */
import { compactInstant } from "../lake-keys.ts";
import { brokenJson, decodeExchanges } from "../market/exchanges.ts";
import { note } from "../market/findings.ts";
import { kalshiHosts, kalshiRequest, nextPages } from "../market/paging.ts";
import type { Decoded, Exchange, Provenance, Schedule, Source } from "../source.ts";

const decoderVersion = 2;

const minuteMs = 60_000;

/** Remembered once the series and events of a period have been read; see `next`. */
function catalogueOf(windowAt: number, { everyMinutes, offsetMinutes }: Schedule): string {
  const [period, offset] = [everyMinutes * minuteMs, offsetMinutes * minuteMs];
  return `catalogue-${compactInstant(Math.floor((windowAt - offset) / period) * period + offset)}`;
}

/** A row that moved to the next page between two requests comes twice: the later answer holds. */
function latest<T>(rows: readonly T[], key: (row: T) => string): Map<string, T> {
  return new Map(rows.map((row) => [key(row), row]));
}

/**
 * Events with nested markets give `kalshi_events` and `kalshi_markets`; the list of markets gives `market_snapshots`. A
 * market that stands in one of the two only (it opened or closed between the two requests) is taken from there for both
 * tables and reported.
 */
function decode(exchanges: readonly Exchange[], provenance: Provenance, catalogue: Schedule): Decoded {
  const { answers, refusals, notes } = decodeExchanges(exchanges, provenance, decoderVersion);
  const series = latest(
    answers.flatMap((answer) => answer.series),
    (row) => row.series_ticker,
  );
  const events = latest(
    answers.flatMap((answer) => answer.events),
    (row) => row.event_ticker,
  );
  const nested = latest(
    answers.flatMap((answer) => answer.nested),
    (row) => row.listing.market_ticker,
  );
  const listed = latest(
    answers.flatMap((answer) => answer.listed),
    (row) => row.listing.market_ticker,
  );
  if (nested.size > 0 && listed.size > 0) {
    const findings = { faults: [], notes };
    for (const [ticker, { listing }] of nested) {
      // An open event can hold markets that are closed already; the list of open markets leaves them out.
      if (listing.status !== "active" || listed.has(ticker)) continue;
      note(findings, "events[].markets[]", `${ticker} is active in its event but not in the list of markets`);
    }
    for (const ticker of listed.keys()) {
      if (!nested.has(ticker)) note(findings, "markets[]", `${ticker} is in the list of markets but in no event`);
    }
  }
  const markets = [...new Map([...listed, ...nested]).values()];
  const shown = [...new Map([...nested, ...listed]).values()];
  return {
    rows: {
      kalshi_series: [...series.values()],
      kalshi_events: [...events.values()],
      kalshi_markets: markets.map((market) => market.listing),
      market_snapshots: shown.map((market) => market.snapshot),
    },
    refusals,
    notes,
    known: refusals.length === 0 && events.size + series.size > 0 ? [catalogueOf(provenance.window_at, catalogue)] : [],
  };
}

/** What the daily highs and bitcoin do not have in common. */
export type MarketsFeed = Pick<
  Source,
  | "id"
  | "doc"
  | "schedule"
  | "staleAfterMinutes"
  | "partStaleAfterMinutes"
  | "keepPartsMinutes"
  | "keepPartsOf"
  | "errorImpact"
> & {
  /** When series and events, which hardly change, are asked for again: in the first window from then on that lands. */
  catalogue: Schedule;
};

const dailyHighs: MarketsFeed = {
  id: "kalshi-markets",
  doc: "Kalshi's listing and quotes: series, open events with their markets, best bid and ask.",
  schedule: { everyMinutes: 15, offsetMinutes: 0 },
  staleAfterMinutes: 40,
  // The catalogue comes by the hour.
  partStaleAfterMinutes: 75,
  errorImpact: "No event is priced and no signal is sent: without quotes the desk is blind to the market.",
  catalogue: { everyMinutes: 60, offsetMinutes: 0 },
};

/** @param series Tickers of the series to ask for, for example KXHIGHCHI. */
export function kalshiMarkets(series: readonly string[], { catalogue, ...feed }: MarketsFeed = dailyHighs): Source {
  return {
    ...feed,
    tables: ["kalshi_series", "kalshi_events", "kalshi_markets", "market_snapshots"],
    hosts: kalshiHosts,
    decoderVersion,
    // Quotes in every window.
    next(window, exchanges, known) {
      if (exchanges.length > 0) return nextPages(exchanges);
      const listed = known.has(catalogueOf(window.at, catalogue)) ? [] : series;
      return [
        ...listed.flatMap((ticker) => [
          kalshiRequest(`/series/${ticker}`),
          kalshiRequest(`/events?series_ticker=${ticker}&with_nested_markets=true&status=open&limit=200`),
        ]),
        ...series.map((ticker) =>
          kalshiRequest(`/markets?series_ticker=${ticker}&status=open&mve_filter=exclude&limit=1000`),
        ),
      ];
    },
    broken: brokenJson,
    decode: (exchanges, provenance) => decode(exchanges, provenance, catalogue),
  };
}
