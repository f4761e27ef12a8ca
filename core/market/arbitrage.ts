/** Buying one side of every bracket of an event for less than what the set must pay, fees included. */
import { takerFee, type FeeTerms } from "./fees.ts";
import { dollar, type Count, type Price } from "./price.ts";
import { partitionFault, type StrikeInterval } from "./strikes.ts";

/** One market of the event with its best quotes; null when there is none or the size is unknown. */
export interface BracketQuote {
  market_ticker: string;
  /** Undefined when the strike is no interval. */
  interval: StrikeInterval | undefined;
  yesBid: Price | null;
  yesBidSize: Count | null;
  yesAsk: Price | null;
  yesAskSize: Count | null;
  /** `fee_waiver_expiration_time` of the market; null when there is no waiver. */
  waivedUntil: number | null;
}

export interface BracketEvent {
  /** Epoch ms of the quotes: it chooses the fee rule. */
  at: number;
  mutuallyExclusive: boolean;
  markets: readonly BracketQuote[];
  fees: Omit<FeeTerms, "waivedUntil">;
}

export interface ArbitrageLeg {
  market_ticker: string;
  /** What one contract of the side costs, micro-dollars. */
  price: Price;
  /** Fee of this leg's whole order, micro-dollars. */
  fee: Price;
}

/** All amounts are micro-dollars for the whole set. */
export interface BracketSumArbitrage {
  side: "yes" | "no";
  /** Contracts of each leg, hundredths: the depth of the thinnest best quote. */
  size: Count;
  legs: ArbitrageLeg[];
  /** Everything paid, fees included. */
  cost: Price;
  /** The part of `cost` that is fees. */
  fees: Price;
  /** What the set pays whatever happens. */
  payout: Price;
  /** payout - cost. */
  profit: Price;
  /** Most that can be lost when only some of the legs are filled (a positive number). */
  worstCase: Price;
}

interface Offer {
  market_ticker: string;
  price: Price;
  size: Count;
  waivedUntil: number | null;
}

function offersOf(side: "yes" | "no", markets: readonly BracketQuote[]): Offer[] | undefined {
  const offers: Offer[] = [];
  for (const { market_ticker, waivedUntil, ...quote } of markets) {
    // Whoever bids for Yes at p sells No at 1 - p.
    const price = side === "yes" ? quote.yesAsk : quote.yesBid === null ? null : dollar - quote.yesBid;
    const size = side === "yes" ? quote.yesAskSize : quote.yesBidSize;
    if (price === null || size === null || size <= 0) return undefined;
    offers.push({ market_ticker, price, size, waivedUntil });
  }
  return offers;
}

/**
 * The largest loss over all proper subsets of filled legs and all outcomes. `unit` is what one winning leg pays. A subset
 * of Yes legs loses all its cost when the outcome is a leg that is missing; a subset of k No legs pays at least k - 1.
 */
function worstPartialFill(side: "yes" | "no", costs: readonly number[], unit: number): number {
  const falling = [...costs].sort((a, b) => b - a);
  const subset = falling.slice(0, -1);
  if (side === "yes") return subset.reduce((sum, cost) => sum + cost, 0);
  const [first = 0, ...others] = subset;
  return others.reduce((loss, cost) => loss + Math.max(0, cost - unit), first);
}

/**
 * All-Yes and all-No over one event's best quotes: equal contracts on every leg. Only when the event is mutually
 * exclusive, its intervals hold every whole number exactly once, and every leg is offered in a known size.
 * @throws for a fee type that is not known.
 */
export function bracketSumArbitrages(event: BracketEvent): BracketSumArbitrage[] {
  const intervals = event.markets.map((market) => market.interval).filter((interval) => interval !== undefined);
  const partition = intervals.length === event.markets.length && partitionFault(intervals) === undefined;
  if (!event.mutuallyExclusive || !partition || event.markets.length < 2) return [];
  const found: BracketSumArbitrage[] = [];
  for (const side of ["yes", "no"] as const) {
    const offers = offersOf(side, event.markets);
    if (offers === undefined) continue;
    const size = Math.min(...offers.map((offer) => offer.size));
    const legs = offers.map(({ market_ticker, price, waivedUntil }) => ({
      market_ticker,
      price,
      fee: takerFee({ ...event.fees, price, count: size, at: event.at, waivedUntil }),
    }));
    // Rounded up: only a price finer than Kalshi's four decimals leaves a part of a micro-dollar.
    const costs = legs.map((leg) => Math.ceil((leg.price * size) / 100) + leg.fee);
    const unit = (dollar * size) / 100;
    const cost = costs.reduce((sum, part) => sum + part, 0);
    const payout = side === "yes" ? unit : unit * (legs.length - 1);
    if (cost >= payout) continue;
    found.push({
      side,
      size,
      legs,
      cost,
      fees: legs.reduce((sum, leg) => sum + leg.fee, 0),
      payout,
      profit: payout - cost,
      worstCase: worstPartialFill(side, costs, unit),
    });
  }
  return found;
}
