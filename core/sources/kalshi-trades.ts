/** Every trade of the series: a quarter of a day at a time, market by market. */
import type { TableRow } from "../../schemas/index.ts";
import { kalshiRequest } from "../market/paging.ts";
import { catalogueOf, type Cutoffs, dailyLives, type Span, type SpanMarket } from "../market/span-markets.ts";
import { decodeTrades } from "../market/trades.ts";
import { wholeAnswer } from "../market/whole-answer.ts";
import { type SpanFeed, spanSource } from "./kalshi-span.ts";
import type { Decoded, Exchange, Provenance, Source, SourceRequest } from "../source.ts";

const decoderVersion = 1;

/** Whether the bounds are inclusive is not documented: a second more on both sides, cut off again when decoding. */
function fetches(markets: readonly SpanMarket[], { trades: cutoff }: Cutoffs, { from, until }: Span): SourceRequest[] {
  const tickers = [...new Set(markets.filter(({ traded }) => traded).map(({ ticker }) => ticker))].toSorted();
  const paths = [...(until > cutoff ? ["/markets/trades"] : []), ...(from < cutoff ? ["/historical/trades"] : [])];
  const range = `min_ts=${from / 1000 - 1}&max_ts=${until / 1000 + 1}&limit=1000`;
  return tickers.flatMap((ticker) =>
    paths.map((path) => kalshiRequest(`${path}?ticker=${encodeURIComponent(ticker)}&${range}`)),
  );
}

/** A file has no address: then everything in it counts. */
function isTradesRequest({ url }: Exchange): boolean {
  return new URL(url).pathname.endsWith("/trades");
}

function askedTicker(exchange: Exchange): string | undefined {
  return isTradesRequest(exchange) ? (new URL(exchange.url).searchParams.get("ticker") ?? undefined) : undefined;
}

function decode(exchanges: readonly Exchange[], provenance: Provenance, span: Span): Decoded {
  const { refusals, notes, others } = catalogueOf(exchanges);
  const rows = new Map<string, TableRow<"market_trades">>();
  const answered = new Set(
    others.filter(({ exchange }) => exchange.status === 200).map(({ exchange }) => askedTicker(exchange)),
  );
  for (const { exchange, index } of others) {
    const asked = isTradesRequest(exchange);
    const ticker = askedTicker(exchange);
    // One of the two endpoints does not hold the market: the other one does.
    if (exchange.status === 404 && answered.has(ticker)) continue;
    const stamp = { ...provenance, ingested_at: exchange.fetched_at, decoder_version: decoderVersion };
    const trades = wholeAnswer(exchange, index, refusals, notes, (value, findings) =>
      decodeTrades(value, ticker, stamp, findings),
    );
    for (const trade of trades ?? []) {
      // The windows beside this one bring the others.
      if (asked && (trade.created_at < span.from || trade.created_at >= span.until)) continue;
      // Live and historical answers hold the same trades; the first stands.
      if (!rows.has(trade.trade_id)) rows.set(trade.trade_id, trade);
    }
  }
  return { rows: { market_trades: [...rows.values()] }, refusals, notes, known: [] };
}

const dailyHighs: SpanFeed = {
  id: "kalshi-trades",
  doc: "Kalshi's trades in the series' markets, six hours at a time, live and historical endpoint merged by id.",
  // Nothing is priced by trades: four times a day is often enough, and one window's answers fit a small function.
  schedule: { everyMinutes: 360, offsetMinutes: 9 },
  staleAfterMinutes: 800,
  errorImpact: "Trades are missing from history; no forecast, price or grade depends on them.",
  lives: dailyLives,
};

/** @param series Tickers of the series to ask for, for example KXHIGHCHI. */
export function kalshiTrades(series: readonly string[], feed: SpanFeed = dailyHighs): Source {
  return spanSource(series, feed, { tables: ["market_trades"], decoderVersion, fetches, decode });
}
