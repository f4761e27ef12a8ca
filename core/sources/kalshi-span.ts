/** What trades and candles have in common: a window asks for the last whole period of its schedule, of markets live and settled. */
import { brokenJson } from "../market/exchanges.ts";
import { kalshiHosts } from "../market/paging.ts";
import {
  type Cutoffs,
  type MarketLives,
  nextOfSpan,
  type Span,
  type SpanMarket,
  spanOf,
} from "../market/span-markets.ts";
import type { Decoded, Exchange, Provenance, Source, SourceRequest } from "../source.ts";

/** What the daily highs and bitcoin do not have in common. */
export type SpanFeed = Pick<Source, "id" | "doc" | "schedule" | "staleAfterMinutes" | "errorImpact"> & {
  lives: MarketLives;
};

/** What is asked of the markets of a span, and how its answers are read. */
export interface SpanReading extends Pick<Source, "tables" | "decoderVersion"> {
  fetches(markets: readonly SpanMarket[], cutoffs: Cutoffs, span: Span): SourceRequest[];
  decode(exchanges: readonly Exchange[], provenance: Provenance, span: Span): Decoded;
}

/** @param series Tickers of the series to ask for, for example KXHIGHCHI. */
export function spanSource(series: readonly string[], { lives, ...feed }: SpanFeed, reading: SpanReading): Source {
  const { tables, decoderVersion, fetches, decode } = reading;
  return {
    ...feed,
    tables,
    reachesBackDays: Infinity,
    hosts: kalshiHosts,
    decoderVersion,
    next(window, exchanges) {
      const span = spanOf(window.at, feed.schedule);
      return nextOfSpan({ series, lives, span }, exchanges, (markets, cutoffs) => fetches(markets, cutoffs, span));
    },
    broken: brokenJson,
    decode: (exchanges, provenance) => decode(exchanges, provenance, spanOf(provenance.window_at, feed.schedule)),
  };
}
