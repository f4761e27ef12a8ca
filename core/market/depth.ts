/** Buying the same number of contracts of several sides at once from what is offered: what it costs, and how many pay best. */
import type { BookLevel } from "./books.ts";
import { type FeeTerms, type Fill, takerFeesOfFills, unroundedFee } from "./fees.ts";
import { dollar, type Count, type Price } from "./price.ts";

/** One order of a set. */
export interface LadderLeg {
  /** What is offered to whoever buys, cheapest first. */
  offers: readonly BookLevel[];
  fees: FeeTerms;
}

export interface BoughtLeg {
  fills: Fill[];
  /** Fee of the whole order, micro-dollars. */
  fee: Price;
  /** Everything paid for the leg, its fee included, micro-dollars. */
  cost: Price;
}

/** The fills of an order of that size, level by level; undefined when less is offered. */
export function walk(offers: readonly BookLevel[], count: Count): Fill[] | undefined {
  const fills: Fill[] = [];
  let left = count;
  for (const { price, size } of offers) {
    if (left === 0) break;
    const taken = Math.min(left, size);
    fills.push({ price, count: taken });
    left -= taken;
  }
  return left === 0 && count > 0 ? fills : undefined;
}

/** What one leg costs at that size; undefined when less is offered. @throws for a fee type that is not known. */
export function buy({ offers, fees }: LadderLeg, count: Count, at: number): BoughtLeg | undefined {
  const fills = walk(offers, count);
  if (fills === undefined) return undefined;
  const fee = takerFeesOfFills(fills, at, fees).reduce((sum, part) => sum + part, 0);
  // Rounded up: only a price finer than Kalshi's four decimals leaves a part of a micro-dollar.
  const paid = fills.reduce((sum, fill) => sum + Math.ceil((fill.price * fill.count) / 100), 0);
  return { fills, fee, cost: paid + fee };
}

/** All amounts are micro-dollars for the whole set. */
export interface BoughtSet {
  /** Contracts of each leg, hundredths. */
  size: Count;
  legs: BoughtLeg[];
  cost: Price;
  profit: Price;
}

function buySet(legs: readonly LadderLeg[], units: number, size: Count, at: number): BoughtSet | undefined {
  const bought: BoughtLeg[] = [];
  for (const leg of legs) {
    const one = buy(leg, size, at);
    if (one === undefined) return undefined;
    bought.push(one);
  }
  const cost = bought.reduce((sum, leg) => sum + leg.cost, 0);
  return { size, legs: bought, cost, profit: (units * dollar * size) / 100 - cost };
}

/** Sizes at which a leg comes to the end of a level. */
function breakpoints(legs: readonly LadderLeg[]): Count[] {
  const ends = legs.flatMap(({ offers }) => {
    let depth = 0;
    return offers.map(({ size }) => (depth += size));
  });
  return [...new Set(ends)].sort((a, b) => a - b);
}

/**
 * Profit per contract of the next bit of the set before fees are rounded, micro-dollars: it falls from level to level, and
 * where a leg has no more to offer, without end.
 */
function marginalProfit(legs: readonly LadderLeg[], units: number, from: Count, at: number): number {
  let profit = units * dollar;
  for (const { offers, fees } of legs) {
    let depth = 0;
    const level = offers.find(({ size }) => (depth += size) > from);
    if (level === undefined) return -Infinity;
    profit -= level.price + unroundedFee({ price: level.price, count: 100 }, at, fees);
  }
  return profit;
}

/** Orders that are priced to find the best size of a set, at most. */
const looks = 20_000;

/**
 * The size of most profit when each contract of the set pays `units` dollars whatever happens. Before rounding the profit
 * is concave in the size, so it is followed level by level to its top; rounding only takes away, and moves the top by a
 * little: sizes around it are looked at one by one while one of them could still be better.
 * @param more A profit of this or less is none, micro-dollars.
 * @returns undefined when no size makes a profit after fees. @throws for a fee type that is not known.
 */
export function bestSize(
  legs: readonly LadderLeg[],
  units: number,
  at: number,
  more: Price = 0,
): BoughtSet | undefined {
  const ladder = [{ size: 0, unrounded: 0 }];
  let top = 0;
  for (const size of breakpoints(legs)) {
    const { size: from, unrounded } = ladder.at(-1) ?? { size: 0, unrounded: 0 };
    const next = unrounded + (marginalProfit(legs, units, from, at) * (size - from)) / 100;
    if (next > unrounded) top = ladder.length;
    ladder.push({ size, unrounded: next });
  }
  const highest = ladder[top];
  if (highest === undefined || highest.unrounded <= more) return undefined;
  /** No size makes more than this. */
  const bound = (size: Count) => {
    const index = ladder.findIndex((one) => one.size >= size);
    const [before, after] = [ladder[index - 1], ladder[index]];
    if (before === undefined || after === undefined) return -Infinity;
    const share = (size - before.size) / (after.size - before.size);
    return before.unrounded + (after.unrounded - before.unrounded) * share;
  };
  let best: BoughtSet | undefined;
  const consider = (size: Count) => {
    const set = buySet(legs, units, size, at);
    if (set !== undefined && set.profit > (best?.profit ?? more)) best = set;
  };
  consider(highest.size);
  const reach = Math.ceil(looks / legs.length / 2);
  for (const step of [-1, 1]) {
    for (let size = highest.size + step; Math.abs(size - highest.size) <= reach; size += step) {
      if (bound(size) <= (best?.profit ?? more)) break;
      consider(size);
    }
  }
  return best;
}
