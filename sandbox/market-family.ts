/** What Kalshi's endpoints need to know of a family of markets (daily highs, bitcoin), whatever it settles on. */
import type { Payload } from "./kalshi-payload.ts";
import type { Quote } from "./quotes.ts";
import type { TapeCandle, TapeTrade } from "./tape.ts";

export type Status = "initialized" | "active" | "closed" | "determined" | "finalized";

/** The instants of an event's life, epoch ms. */
export interface Life {
  createdAt: number;
  openAt: number;
  closeAt: number;
  /** From here on the outcome is known, */
  determinedAt: number;
  /** and from here on it is paid. */
  finalizedAt: number;
}

export function statusAt(life: Life, now: number): Status {
  if (now < life.openAt) return "initialized";
  if (now < life.closeAt) return "active";
  if (now < life.determinedAt) return "closed";
  return now < life.finalizedAt ? "determined" : "finalized";
}

/** When the event's markets last changed otherwise than by a quote. */
export function updatedAt(life: Life, now: number): number {
  const changes = [life.finalizedAt, life.determinedAt, life.closeAt, life.openAt];
  return changes.find((at) => at <= now) ?? life.createdAt;
}

/** An event as it is listed. A market is named by its place among `tickers`. */
export interface ListedEvent extends Life {
  ticker: string;
  /** Of its markets, from the lowest strike to the highest. */
  tickers: readonly string[];
  /** Their places in the order of Kalshi's listing. */
  listing: readonly number[];
  payload(now: number): Payload;
  /** The markets' objects at an instant, in the order of `tickers`. */
  markets(now: number): Payload[];
  /** The best quotes, in the same order. */
  quotes(now: number): readonly Quote[];
  /** Whether prices below 10 and above 90 cents move by tenths of a cent (`tapered_deci_cent`). */
  fineEnds: boolean;
  /** Trades with from <= at < until, the oldest first. */
  trades(market: number, from: number, until: number): TapeTrade[];
  /** One-minute candles with from <= end <= until, the oldest first. */
  candles(market: number, from: number, until: number): TapeCandle[];
}

export interface MarketFamily {
  /** Undefined for a series of another family. */
  seriesPayload(ticker: string): Payload | undefined;
  /** Events that are listed at `now`, of one series or of all (null), from the newest. */
  listed(series: string | null, now: number): readonly ListedEvent[];
  /** The event of that ticker, however long ago, if it was paid before the instant. */
  settledBefore(ticker: string, instant: number): ListedEvent | undefined;
}
