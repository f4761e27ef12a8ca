/**
 * Sets of contracts that cost less, fees included, than they must pay. A form only proposes legs; what the set pays is
 * computed from the legs' intervals over every value the event can settle on, so that no form can promise too much. What the
 * rules leave open between two steps of the grid is named with the set.
 *
 * Forms and conditions: docs/arbitrage.md. All legs are bought, in equal contracts; a market's No is offered where
 * somebody bids for its Yes.
 */
import type { BookLevel } from "./books.ts";
import { bestSize, type BoughtLeg, type LadderLeg } from "./depth.ts";
import { type FeeTerms, unroundedFee } from "./fees.ts";
import {
  type Gap,
  gapsOf,
  guaranteed,
  highestOf,
  lowestOf,
  type PayingLeg,
  type Side,
  worstPartialFill,
} from "./payouts.ts";
import { dollar, type Count, type Price } from "./price.ts";
import { describeInterval, type StrikeInterval } from "./strikes.ts";

export interface ScannedMarket {
  market_ticker: string;
  /** Values that make Yes win, on the grid of the settlement value; undefined when the strike is no interval. */
  interval: StrikeInterval | undefined;
  /** See `PayingLeg`; absent where the rules of all markets round. */
  unrounded?: StrikeInterval | undefined;
  /** Of its order book, priced on the Yes side, best first; a quote alone is a book of one level. */
  bids: readonly BookLevel[];
  asks: readonly BookLevel[];
  /** When the book was seen, epoch ms; absent where all books are of one instant. */
  quotedAt?: number;
  /** `fee_waiver_expiration_time` of the market; null when there is no waiver. */
  waivedUntil: number | null;
}

export interface ScannedEvent {
  event_ticker: string;
  mutuallyExclusive: boolean;
  /**
   * What it settles on, as one text: the value, the rule and the close. Events with the same text settle on the same value,
   * and their intervals are on the same grid.
   */
  settlement: string;
  /** Steps of the intervals in one unit of the value: 1 of whole degrees, 100 of cents. */
  stepsPerUnit: number;
  fees: Omit<FeeTerms, "waivedUntil">;
  markets: readonly ScannedMarket[];
}

/**
 * box: two markets that are each other's equal or opposite. thresholds: two of which one contains the other, or which
 * together leave nothing out, or exclude each other. bucket: a range and the thresholds at its ends.
 */
export type ArbitrageForm = "box" | "all-yes" | "all-no" | "thresholds" | "bucket";

export interface ArbitrageLeg extends BoughtLeg {
  market_ticker: string;
  side: Side;
}

/** All amounts are micro-dollars for the whole set. */
export interface Arbitrage {
  form: ArbitrageForm;
  /** The events of its legs. */
  events: string[];
  /** Contracts of each leg, hundredths: the size of most profit. */
  size: Count;
  legs: ArbitrageLeg[];
  /** Everything paid, fees included. */
  cost: Price;
  /** The part of `cost` that is fees. */
  fees: Price;
  /** What the set pays at every value outside its gaps. */
  payout: Price;
  /** payout − cost. */
  profit: Price;
  /** Where it pays less if nobody rounds, in the unit of the value; empty when it pays whatever happens. */
  gaps: Gap[];
  /** Most that can be lost when only some of the legs are filled, or in a gap (a positive number). */
  worstCase: Price;
}

export interface Scan {
  /** The most profitable first; no two of them need the same offer. */
  found: Arbitrage[];
  /** Books and events that cannot be: nothing was bought from them. */
  faults: string[];
}

/** One side of one market with what is offered of it. */
interface Leg extends LadderLeg, PayingLeg {
  market_ticker: string;
  event: ScannedEvent;
  quotedAt: number | undefined;
  /** The cheapest price with its fee before rounding, micro-dollars; more than a dollar when nothing is offered. */
  cheapest: number;
}

/** A market that is an interval, with both of its sides. */
interface Sides {
  event: ScannedEvent;
  interval: StrikeInterval;
  yes: Leg;
  no: Leg;
}

/** Why a book cannot be: an engine that matches orders leaves neither levels out of order nor a bid at the ask. */
function bookFault({ market_ticker, bids, asks }: ScannedMarket): string | undefined {
  const ordered = (levels: readonly BookLevel[], sign: number) =>
    levels.every(({ price }, index) => index === 0 || sign * (price - (levels[index - 1]?.price ?? 0)) > 0);
  if (!ordered(bids, -1) || !ordered(asks, 1)) return `${market_ticker}: levels out of order`;
  if ([...bids, ...asks].some(({ price, size }) => !(price > 0 && price < dollar && size > 0))) {
    return `${market_ticker}: a level without a price between 0 and 1 or without a size`;
  }
  const [bid, ask] = [bids[0], asks[0]];
  if (bid === undefined || ask === undefined || bid.price < ask.price) return undefined;
  return `${market_ticker}: the bid ${bid.price / dollar} is not below the ask ${ask.price / dollar}: stale halves of a book`;
}

function sidesOf(event: ScannedEvent, market: ScannedMarket, interval: StrikeInterval, at: number): Sides {
  const fees = { ...event.fees, waivedUntil: market.waivedUntil };
  const leg = (side: Side): Leg => {
    // Whoever bids for Yes at p sells No at 1 − p.
    const offers =
      side === "yes" ? market.asks : market.bids.map(({ price, size }) => ({ price: dollar - price, size }));
    const [first] = offers;
    const cheapest =
      first === undefined ? Infinity : first.price + unroundedFee({ price: first.price, count: 100 }, at, fees);
    const { market_ticker, unrounded, quotedAt } = market;
    return { market_ticker, event, side, interval, unrounded, quotedAt, offers, fees, cheapest };
  };
  return { event, interval, yes: leg("yes"), no: leg("no") };
}

interface Proposal {
  form: ArbitrageForm;
  legs: readonly Leg[];
  /** Dollars that the form says one contract of each leg pays together at least. */
  units: number;
}

/** When a set is looked at, and how far its books may be apart. */
interface Instant {
  at: number;
  maxApartMs: number;
}

/** Between the oldest and the newest book of the legs, ms. */
function apart(legs: readonly Leg[]): number {
  const times = legs.flatMap(({ quotedAt }) => quotedAt ?? []);
  return times.length === 0 ? 0 : Math.max(...times) - Math.min(...times);
}

/** The set at its best size; undefined when it makes no profit, or none above `more`. */
function arbitrageOf({ form, legs, units }: Proposal, instant: Instant, more: Price = 0): Arbitrage | undefined {
  const { at, maxApartMs } = instant;
  const [first] = legs;
  if (first === undefined) return undefined;
  // The best offers must leave a profit: by far the most sets end here.
  if (legs.reduce((sum, leg) => sum + leg.cheapest, 0) >= units * dollar) return undefined;
  if (apart(legs) > maxApartMs) return undefined;
  const paid = Math.min(units, guaranteed(legs));
  const set = bestSize(legs, paid, at, more);
  if (set === undefined) return undefined;
  const { size, cost, profit } = set;
  const bought = legs.map((leg, index) => {
    const one = set.legs[index];
    if (one === undefined) throw new Error("each leg of a set is bought");
    return { leg, ...one };
  });
  const { stepsPerUnit } = first.event;
  return {
    form,
    events: [...new Set(legs.map(({ event }) => event.event_ticker))],
    size,
    legs: bought.map(({ leg, ...one }) => ({ market_ticker: leg.market_ticker, side: leg.side, ...one })),
    cost,
    fees: bought.reduce((sum, { fee }) => sum + fee, 0),
    payout: cost + profit,
    profit,
    gaps: gapsOf(legs, paid).map(({ from, to }) => ({ from: from / stepsPerUnit, to: to / stepsPerUnit })),
    worstCase: worstPartialFill(bought, (dollar * size) / 100),
  };
}

/** Why the strikes contradict what the exchange says of the event: then nobody knows what its markets pay. */
function eventFault({ event_ticker, mutuallyExclusive, markets }: ScannedEvent): string | undefined {
  if (!mutuallyExclusive) return undefined;
  const sorted = markets
    .flatMap(({ interval }) => (interval === undefined ? [] : [interval]))
    .sort((a, b) => lowestOf(a) - lowestOf(b));
  const overlap = sorted.find((interval, index) => {
    const below = sorted[index - 1];
    return below !== undefined && lowestOf(interval) <= highestOf(below);
  });
  return (
    overlap &&
    `${event_ticker}: said to be mutually exclusive, and ${describeInterval(overlap)} is in two of its markets`
  );
}

/** All-Yes: one of them wins. All-No: at most one of them loses, whichever of them are bought. */
function wholeEvent(event: ScannedEvent, sides: readonly Sides[], instant: Instant): Arbitrage[] {
  if (!event.mutuallyExclusive || sides.length < 2) return [];
  const found: Arbitrage[] = [];
  if (sides.length === event.markets.length) {
    const all = arbitrageOf({ form: "all-yes", legs: sides.map(({ yes }) => yes), units: 1 }, instant);
    if (all !== undefined) found.push(all);
  }
  // The thinnest legs limit the size: with and without them.
  const depth = ({ offers }: Leg) => offers.reduce((sum, { size }) => sum + size, 0);
  const byDepth = sides.map(({ no }) => no).sort((a, b) => depth(a) - depth(b));
  let best: Arbitrage | undefined;
  for (let thinnest = 0; thinnest + 2 <= byDepth.length; thinnest++) {
    const legs = byDepth.slice(thinnest);
    best = arbitrageOf({ form: "all-no", legs, units: legs.length - 1 }, instant, best?.profit) ?? best;
  }
  return best === undefined ? found : [...found, best];
}

/** Whether every value of the inner interval lies in the outer one. */
const contains = (outer: StrikeInterval, inner: StrikeInterval) =>
  lowestOf(outer) <= lowestOf(inner) && highestOf(outer) >= highestOf(inner);

/** Two legs of which at least one wins whatever happens, for each such relation of two markets. */
function pairsOf(a: Sides, b: Sides): Proposal[] {
  const proposals: Proposal[] = [];
  const propose = (alike: boolean, ...legs: Leg[]) => {
    proposals.push({ form: alike ? "box" : "thresholds", legs, units: 1 });
  };
  // Prices first: they rule out nearly every pair.
  const [low, high] = lowestOf(a.interval) <= lowestOf(b.interval) ? [a, b] : [b, a];
  for (const [outer, inner] of [
    [a, b],
    [b, a],
  ] as const) {
    if (outer.yes.cheapest + inner.no.cheapest < dollar && contains(outer.interval, inner.interval)) {
      propose(contains(inner.interval, outer.interval), outer.yes, inner.no);
    }
  }
  const step = lowestOf(high.interval) - highestOf(low.interval);
  const open = low.interval.lowest === null && high.interval.highest === null;
  // Together they leave nothing out.
  if (low.yes.cheapest + high.yes.cheapest < dollar && open && step <= 1) propose(step === 1, low.yes, high.yes);
  // They exclude each other.
  if (low.no.cheapest + high.no.cheapest < dollar && step >= 1) propose(open && step === 1, low.no, high.no);
  return proposals;
}

/** Every pair that could be bought for less than a dollar. */
function allPairs(markets: readonly Sides[]): Proposal[] {
  const cheapest = markets.map(({ yes, no }) => Math.min(yes.cheapest, no.cheapest));
  const proposals: Proposal[] = [];
  for (const [index, a] of markets.entries()) {
    for (let other = index + 1; other < markets.length; other++) {
      const b = markets[other];
      if (b === undefined || (cheapest[index] ?? Infinity) + (cheapest[other] ?? Infinity) >= dollar) continue;
      proposals.push(...pairsOf(a, b));
    }
  }
  return proposals;
}

/** A range, and below its lower end, and from beyond its upper end: one of the three wins. The opposites: two of them. */
function bucketsOf(markets: readonly Sides[]): Proposal[] {
  const cheapestAt = (direction: "above" | "below") => {
    const best = new Map<number, Leg>();
    for (const { interval, yes, no } of markets) {
      const { lowest, highest } = interval;
      const isThreshold = (lowest === null) !== (highest === null);
      const from = lowest ?? (highest ?? 0) + 1;
      const leg = (lowest === null) === (direction === "below") ? yes : no;
      if (isThreshold && leg.cheapest < (best.get(from)?.cheapest ?? Infinity)) best.set(from, leg);
    }
    return best;
  };
  const [above, below] = [cheapestAt("above"), cheapestAt("below")];
  return markets.flatMap(({ interval: { lowest, highest }, yes, no }) => {
    if (lowest === null || highest === null) return [];
    const sets = [
      { units: 1, legs: [yes, below.get(lowest), above.get(highest + 1)] },
      { units: 2, legs: [no, above.get(lowest), below.get(highest + 1)] },
    ];
    return sets.flatMap(({ units, legs }): Proposal[] => {
      const there = legs.filter((leg) => leg !== undefined);
      return there.length === 3 ? [{ form: "bucket", legs: there, units }] : [];
    });
  });
}

/** Markets that settle on one value, whatever event they belong to. */
function acrossMarkets(markets: readonly Sides[], instant: Instant): Arbitrage[] {
  return [...allPairs(markets), ...bucketsOf(markets)]
    .map((proposal) => arbitrageOf(proposal, instant))
    .filter((one) => one !== undefined);
}

const offerKeys = ({ legs }: Arbitrage) => legs.map(({ market_ticker, side }) => `${market_ticker}/${side}`);

/**
 * Every set over the books of these events, each at its size of most profit. Of sets that need the same offer the most
 * profitable one is kept, so that all that is listed can be bought together.
 * @param at Epoch ms of the books: it chooses the fee rule.
 * @param maxApartMs A set whose books are further apart than this is none.
 * @throws for a fee type that is not known.
 */
export function scanArbitrages(events: readonly ScannedEvent[], at: number, maxApartMs = Infinity): Scan {
  const instant = { at, maxApartMs };
  const faults: string[] = [];
  const candidates: Arbitrage[] = [];
  for (const [, group] of Map.groupBy(events, ({ settlement }) => settlement)) {
    const ofEvents = group.map((event) => {
      const contradiction = eventFault(event);
      if (contradiction !== undefined) {
        faults.push(contradiction);
        return { event, sides: [] };
      }
      const sides = event.markets.flatMap((market) => {
        const fault = bookFault(market);
        if (fault !== undefined) faults.push(fault);
        return fault !== undefined || market.interval === undefined
          ? []
          : [sidesOf(event, market, market.interval, at)];
      });
      return { event, sides };
    });
    for (const { event, sides } of ofEvents) candidates.push(...wholeEvent(event, sides, instant));
    candidates.push(
      ...acrossMarkets(
        ofEvents.flatMap(({ sides }) => sides),
        instant,
      ),
    );
  }
  const used = new Set<string>();
  const byProfit = candidates.sort(
    (a, b) => b.profit - a.profit || a.gaps.length - b.gaps.length || a.legs.length - b.legs.length,
  );
  const found = byProfit.filter((one) => {
    const keys = offerKeys(one);
    if (keys.some((key) => used.has(key))) return false;
    for (const key of keys) used.add(key);
    return true;
  });
  return { found, faults };
}
