/**
 * What was traded and quoted in a market, after the fact. Every step (half an hour of a daily high) in which contracts changed
 * hands is one trade, at the price that the listing shows as the last one at its end; quotes are looked at by the step, and a
 * minute in which nothing changed has no candle. (A real market has more of both; every row costs each play of the demo some time.)
 */
import { minute } from "./calendar.ts";
import { hashText, type Noise } from "./noise.ts";
import type { Quote } from "./quotes.ts";

const streams = { instant: hashText("instant of a trade"), taker: hashText("taker"), id: hashText("trade id") };

/** Prices in whole cents, contracts in hundredths. */
export interface TapeTrade {
  id: string;
  at: number;
  cents: number;
  contracts: number;
  taker: "yes" | "no";
}

/** One minute. `before` is what was quoted when it began. */
export interface TapeCandle {
  endAt: number;
  before: Quote;
  after: Quote;
  trade: TapeTrade | undefined;
  /** Price of the last trade before the minute, in cents. */
  previous: number | null;
}

export interface TapedEvent {
  ticker: string;
  openAt: number;
  closeAt: number;
}

/** What the tape is made of. */
export interface TapedMarkets<E extends TapedEvent> {
  /** Between two looks, ms; events open and close on a multiple of it. */
  step: number;
  quotesAt(event: E, at: number): readonly Quote[];
  /** A number for a market, the same in every world; below 2^24. */
  addressOf(event: E, bracket: number): number;
}

export interface Tape<E extends TapedEvent> {
  /** Trades with from <= at < until, the oldest first. */
  trades(event: E, bracket: number, from: number, until: number): TapeTrade[];
  /** Candles with from <= endAt <= until, the oldest first. */
  candles(event: E, bracket: number, from: number, until: number): TapeCandle[];
}

/** How many instants are kept: a window's markets are asked for one after the other. */
const keptSteps = 2_000;

const sameQuote = (a: Quote, b: Quote) => a.bid === b.bid && a.ask === b.ask;

export function createTape<E extends TapedEvent>(
  { step, quotesAt: look, addressOf }: TapedMarkets<E>,
  noise: Noise,
): Tape<E> {
  const kept = new Map<string, readonly Quote[]>();

  const quotesAt = (event: E, at: number): readonly Quote[] => {
    const key = `${event.ticker} ${at}`;
    let found = kept.get(key);
    if (found === undefined) {
      found = look(event, at);
      kept.set(key, found);
      if (kept.size > keptSteps) kept.delete(kept.keys().next().value ?? "");
    }
    return found;
  };

  const quoteAt = (event: E, bracket: number, at: number): Quote => {
    const quote = quotesAt(event, at)[bracket];
    if (quote === undefined) throw new Error(`${event.ticker} has no bracket ${bracket}`);
    return quote;
  };

  /** The trade of the step that ends at `end`. */
  const tradeOf = (event: E, bracket: number, end: number): TapeTrade | undefined => {
    const after = quoteAt(event, bracket, end);
    const contracts = after.volume - quoteAt(event, bracket, end - step).volume;
    if (contracts <= 0 || after.last === null) return undefined;
    const address = addressOf(event, bracket);
    const block = end / step;
    const hex = (value: number, digits: number) => value.toString(16).padStart(digits, "0");
    const bits = hex(Math.floor(noise.uniform(streams.id, address, block) * 0x1_0000_0000), 8);
    // Told apart by market and time, however many there are.
    const id = `${bits}-${bits.slice(0, 4)}-4${bits.slice(4, 7)}-8${bits.slice(1, 4)}-${hex(address, 6)}${hex(block, 6)}`;
    return {
      id,
      at: end - step + 1 + Math.floor(noise.uniform(streams.instant, address, block) * (step - 1)),
      cents: after.last,
      contracts,
      taker: noise.uniform(streams.taker, address, block) < 0.5 ? "yes" : "no",
    };
  };

  /** Ends of the steps in which the event trades and that overlap the span. */
  const stepEnds = (event: E, from: number, until: number): number[] => {
    const ends: number[] = [];
    const last = Math.min(until + step, event.closeAt);
    // A minute after the close belongs to the step before it.
    for (let end = Math.max(Math.ceil((from - minute) / step) * step, event.openAt + step); end <= last; end += step) {
      ends.push(end);
    }
    return ends;
  };

  return {
    trades: (event, bracket, from, until) =>
      stepEnds(event, from, until).flatMap((end) => {
        const trade = tradeOf(event, bracket, end);
        return trade !== undefined && trade.at >= from && trade.at < until ? [trade] : [];
      }),
    candles: (event, bracket, from, until) =>
      stepEnds(event, from, until).flatMap((end) => {
        const before = quoteAt(event, bracket, end - step);
        // With the close the book is gone; the last minute still shows what stood before.
        const after = quoteAt(event, bracket, end === event.closeAt ? end - 1 : end);
        const trade = tradeOf(event, bracket, end);
        const minutes: TapeCandle[] = [];
        const tradedAt = trade === undefined ? undefined : Math.ceil(trade.at / minute) * minute;
        if (tradedAt !== undefined && tradedAt < end)
          minutes.push({ endAt: tradedAt, before, after: before, trade, previous: before.last });
        if (tradedAt === end || !sameQuote(before, after)) {
          const inLast = tradedAt === end;
          minutes.push({
            endAt: end,
            before,
            after,
            trade: inLast ? trade : undefined,
            previous: inLast || trade === undefined ? before.last : trade.cents,
          });
        }
        // And it goes on with an empty one.
        if (end === event.closeAt) {
          const gone = quoteAt(event, bracket, end);
          minutes.push({ endAt: end + minute, before: gone, after: gone, trade: undefined, previous: gone.last });
        }
        return minutes.filter(({ endAt }) => endAt >= from && endAt <= until);
      }),
  };
}
