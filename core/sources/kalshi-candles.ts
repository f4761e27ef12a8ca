/** One-minute candles of the series' markets: a quarter of a day at a time, from the live endpoint or the historical one. */
import type { TableRow } from "../../schemas/index.ts";
import { decodeCandles, isEmpty } from "../market/candles.ts";
import { note } from "../market/findings.ts";
import { kalshiRequest } from "../market/paging.ts";
import { catalogueOf, type Cutoffs, dailyLives, type Span, type SpanMarket } from "../market/span-markets.ts";
import { wholeAnswer } from "../market/whole-answer.ts";
import { type SpanFeed, spanSource } from "./kalshi-span.ts";
import type { Decoded, Exchange, Provenance, Source, SourceRequest } from "../source.ts";

const decoderVersion = 1;

/** Of the batch endpoint, in one request (kalshi-api.md §2.5). */
const mostTickers = 100;
const mostCandles = 10_000;

const tickersOf = (markets: readonly SpanMarket[]) => [...new Set(markets.map(({ ticker }) => ticker))].toSorted();

function fetches(markets: readonly SpanMarket[], _cutoffs: Cutoffs, { from, until }: Span): SourceRequest[] {
  // Both ends are inclusive: a candle that ends on the span's end is the next window's.
  const range = `start_ts=${from / 1000}&end_ts=${until / 1000 - 1}&period_interval=1`;
  const live = tickersOf(markets.filter(({ archived }) => !archived));
  const together = Math.min(mostTickers, Math.floor(mostCandles / ((until - from) / 60_000)));
  const batches = Array.from({ length: Math.ceil(live.length / together) }, (_, index) =>
    live.slice(index * together, (index + 1) * together),
  );
  return [
    ...batches.map((tickers) =>
      kalshiRequest(`/markets/candlesticks?market_tickers=${tickers.map(encodeURIComponent).join(",")}&${range}`),
    ),
    ...tickersOf(markets.filter(({ archived }) => archived)).map((ticker) =>
      kalshiRequest(`/historical/markets/${encodeURIComponent(ticker)}/candlesticks?${range}`),
    ),
  ];
}

/** What the request named; undefined for a file, which has no address. */
function askedTickers({ url }: Exchange): string[] | undefined {
  const { pathname, searchParams } = new URL(url);
  const one = /\/markets\/([^/]+)\/candlesticks$/.exec(pathname)?.[1];
  if (one !== undefined) return [decodeURIComponent(one)];
  return pathname.endsWith("/candlesticks") ? (searchParams.get("market_tickers") ?? "").split(",") : undefined;
}

function decode(exchanges: readonly Exchange[], provenance: Provenance, span: Span): Decoded {
  const { refusals, notes, markets, others } = catalogueOf(exchanges);
  const closes = new Map(markets.map(({ ticker, closeAt }) => [ticker, closeAt]));
  const rows = new Map<string, TableRow<"market_candles">>();
  for (const { exchange, index } of others) {
    const asked = askedTickers(exchange);
    const stamp = { ...provenance, ingested_at: exchange.fetched_at, decoder_version: decoderVersion };
    const answer = wholeAnswer(exchange, index, refusals, notes, (value, findings) => {
      const candles = decodeCandles(value, stamp, findings);
      for (const ticker of asked === undefined ? [] : candles.tickers) {
        if (!asked?.includes(ticker))
          findings.faults.push({ path: "ticker", message: `"${ticker}" was not asked for` });
      }
      for (const ticker of asked ?? []) {
        if (!candles.tickers.includes(ticker))
          note(findings, "markets[]", "the answer leaves out a market that was asked for");
      }
      return candles.rows;
    });
    for (const row of answer ?? []) {
      if (asked !== undefined && (row.end_at < span.from || row.end_at >= span.until)) continue;
      // After the close a candle shows an empty book: nobody quotes any more, which says nothing about the market.
      if (isEmpty(row) && row.end_at > (closes.get(row.market_ticker) ?? Infinity)) continue;
      const key = `${row.market_ticker} ${row.end_at}`;
      // Live and historical answers hold the same minutes; the first stands.
      if (!rows.has(key)) rows.set(key, row);
    }
  }
  return { rows: { market_candles: [...rows.values()] }, refusals, notes, known: [] };
}

const dailyHighs: SpanFeed = {
  id: "kalshi-candles",
  doc: "Kalshi's one-minute candles of the series' markets, six hours at a time, live and historical endpoint merged by key.",
  // Quotes come every quarter of an hour anyway. A day of minutes at once would be sixty megabytes of answers, too much for a
  // small function.
  schedule: { everyMinutes: 360, offsetMinutes: 14 },
  staleAfterMinutes: 800,
  errorImpact:
    "Minute prices are missing from history and from what models train on; no price or grade of today depends on them.",
  lives: dailyLives,
};

/** @param series Tickers of the series to ask for, for example KXHIGHCHI. */
export function kalshiCandles(series: readonly string[], feed: SpanFeed = dailyHighs): Source {
  return spanSource(series, feed, { tables: ["market_candles"], decoderVersion, fetches, decode });
}
