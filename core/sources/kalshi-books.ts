/** The order books of the open markets, with every level. */
import type { TableRow } from "../../schemas/index.ts";
import { bookRow, decodeBooks } from "../market/books.ts";
import { brokenJson } from "../market/exchanges.ts";
import { kalshiHosts, kalshiRequest, nextPages, unasked } from "../market/paging.ts";
import { catalogueOf, type SpanMarket } from "../market/span-markets.ts";
import { wholeAnswer } from "../market/whole-answer.ts";
import type { Decoded, Exchange, Provenance, Source, SourceRequest } from "../source.ts";

const decoderVersion = 1;

/** Of the endpoint, in one request (kalshi-api.md §2.4). */
const mostTickers = 100;

/** What the daily highs and bitcoin do not have in common. */
export type BooksFeed = Pick<
  Source,
  "id" | "doc" | "schedule" | "staleAfterMinutes" | "keepPartsMinutes" | "errorImpact"
> & {
  /** Which of the open markets' books are asked for. */
  chosen(markets: readonly SpanMarket[], windowAt: number): readonly SpanMarket[];
};

function next(
  series: readonly string[],
  chosen: BooksFeed["chosen"],
  windowAt: number,
  exchanges: readonly Exchange[],
): SourceRequest[] {
  if (exchanges.length === 0)
    return series.map((ticker) =>
      kalshiRequest(`/markets?series_ticker=${ticker}&status=open&mve_filter=exclude&limit=1000`),
    );
  const pages = nextPages(exchanges);
  if (pages.length > 0) return pages;
  const { markets, refusals } = catalogueOf(exchanges);
  // Decoding refuses a listing that cannot be read.
  if (refusals.length > 0) return [];
  const tickers = [...new Set(chosen(markets, windowAt).map(({ ticker }) => ticker))].toSorted();
  const batches = Array.from({ length: Math.ceil(tickers.length / mostTickers) }, (_, index) =>
    tickers.slice(index * mostTickers, (index + 1) * mostTickers),
  );
  return unasked(
    batches.map((batch) =>
      kalshiRequest(`/markets/orderbooks?${batch.map((ticker) => `tickers=${encodeURIComponent(ticker)}`).join("&")}`),
    ),
    exchanges,
  );
}

/** Undefined for a file, which has no address. */
function askedTickers({ url }: Exchange): string[] | undefined {
  const { pathname, searchParams } = new URL(url);
  return pathname.endsWith("/orderbooks") ? searchParams.getAll("tickers") : undefined;
}

function decode(exchanges: readonly Exchange[], provenance: Provenance): Decoded {
  const { refusals, notes, others } = catalogueOf(exchanges);
  const rows = new Map<string, TableRow<"order_books">>();
  for (const { exchange, index } of others) {
    const asked = askedTickers(exchange);
    const stamp = { ...provenance, ingested_at: exchange.fetched_at, decoder_version: decoderVersion };
    const answer = wholeAnswer(exchange, index, refusals, notes, decodeBooks);
    if (answer === undefined) continue;
    const refuse = (path: string, message: string) =>
      refusals.push({ kind: "content", exchange: index, path, message });
    for (const { path, message } of answer.crossed) refuse(path, message);
    const given = new Set(answer.crossed.map(({ path }) => path));
    for (const { ticker, book } of answer.books) {
      if (asked !== undefined && !asked.includes(ticker)) refuse(ticker, "a book that was not asked for");
      else if (given.has(ticker)) refuse(ticker, "comes twice; the first is kept");
      else rows.set(ticker, bookRow(ticker, book, stamp));
      given.add(ticker);
    }
    for (const ticker of asked ?? [])
      if (!given.has(ticker)) refuse(ticker, "no book in the answer, which was asked for it");
  }
  return { rows: { order_books: [...rows.values()] }, refusals, notes, known: [] };
}

const dailyHighs: BooksFeed = {
  id: "kalshi-books",
  doc: "Kalshi's order books of the series' open markets, with every level. A book of the past cannot be asked for.",
  schedule: { everyMinutes: 120, offsetMinutes: 17 },
  staleAfterMinutes: 270,
  errorImpact: "Depth behind the best quotes is unknown; prices, signals and grades do without it.",
  chosen: (markets) => markets,
};

/** @param series Tickers of the series to ask for, for example KXHIGHCHI. */
export function kalshiBooks(series: readonly string[], { chosen, ...feed }: BooksFeed = dailyHighs): Source {
  return {
    ...feed,
    tables: ["order_books"],
    hosts: kalshiHosts,
    decoderVersion,
    next: (window, exchanges) => next(series, chosen, window.at, exchanges),
    broken: brokenJson,
    decode,
  };
}
