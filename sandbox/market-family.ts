/** What Kalshi's endpoints need to know of a family of markets (daily highs, bitcoin), whatever it settles on. */
import { day } from "./calendar.ts";
import type { Payload } from "./kalshi-payload.ts";
import type { Noise } from "./noise.ts";
import type { Quote } from "./quotes.ts";
import { createTape, type TapeCandle, type TapedMarkets, type TapeTrade } from "./tape.ts";

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

/** An event as its family makes it. */
interface FamilyEvent extends Life {
  ticker: string;
  /** From the lowest to the highest. */
  brackets: readonly { ticker: string }[];
}

/** What only the family knows of an event. */
export interface OwnTerms<E extends FamilyEvent> extends Pick<ListedEvent, "listing" | "fineEnds" | "payload"> {
  /** Makes the markets' objects of an instant; `earlier` is the quote of 24 hours ago, if the market was open then. */
  marketsAt(
    now: number,
  ): (bracket: E["brackets"][number], index: number, quote: Quote, earlier: Quote | undefined) => Payload;
}

/** The events of a family as they are listed. Each is made once: its tape and its texts are asked for often. */
export function createListing<E extends FamilyEvent>(
  markets: TapedMarkets<E> & { termsOf(event: E): OwnTerms<E> },
  noise: Noise,
): (event: E) => ListedEvent {
  const tape = createTape<E>(markets, noise);

  const listedEvent = (event: E): ListedEvent => {
    const { ticker, createdAt, openAt, closeAt, determinedAt, finalizedAt } = event;
    const brackets: readonly E["brackets"][number][] = event.brackets;
    const { marketsAt, ...terms } = markets.termsOf(event);
    return {
      ...terms,
      ticker,
      createdAt,
      openAt,
      closeAt,
      determinedAt,
      finalizedAt,
      tickers: brackets.map((bracket) => bracket.ticker),
      quotes: (now) => markets.quotesAt(event, now),
      markets(now) {
        const current = markets.quotesAt(event, now);
        const earlier = now - day >= openAt ? markets.quotesAt(event, now - day) : undefined;
        const market = marketsAt(now);
        return brackets.map((bracket, index) => {
          const quote = current[index];
          if (quote === undefined) throw new Error(`${bracket.ticker} has no quote`);
          return market(bracket, index, quote, earlier?.[index]);
        });
      },
      trades: (index, from, until) => tape.trades(event, index, from, until),
      candles: (index, from, until) => tape.candles(event, index, from, until),
    };
  };

  const known = new Map<E, ListedEvent>();
  return (event) => {
    let listed = known.get(event);
    if (listed === undefined) known.set(event, (listed = listedEvent(event)));
    return listed;
  };
}
