/** What the market thinks: mids of one event as probabilities. */
import { dollar, type Price } from "./price.ts";

export interface Quote {
  /** Best Yes bid, micro-dollars; null when nobody bids. */
  bid: Price | null;
  /** Best Yes ask, micro-dollars; null when nobody offers. */
  ask: Price | null;
}

/** No market is taken to be less likely than this: a mid of half a cent is a tick, not a forecast. */
export const impliedFloor = 1e-4;

/** Mid in dollars. One empty side counts as 0 or 1, for the mid only; undefined when both are empty. */
export function midOf({ bid, ask }: Quote): number | undefined {
  if (bid === null && ask === null) return undefined;
  return ((bid ?? 0) + (ask ?? dollar)) / 2 / dollar;
}

/** Mids of an event's markets in dollars; undefined when there is no market, or one that shows no quote on either side. */
function midsOf(quotes: readonly Quote[]): number[] | undefined {
  const mids = quotes.map((quote) => midOf(quote)).filter((mid) => mid !== undefined);
  return mids.length === 0 || mids.length < quotes.length ? undefined : mids;
}

/**
 * Sum of the mids of an event, in dollars: 1 in a market that agrees with itself. Far from it, dividing by the sum moves
 * every bracket, and an edge against one quote is an artefact of another. Undefined when a market shows no quote.
 */
export function midSum(quotes: readonly Quote[]): number | undefined {
  return midsOf(quotes)?.reduce((sum, mid) => sum + mid, 0);
}

/**
 * P(Yes) of each market of an event: mids, floored at `impliedFloor`, divided by their sum.
 * @returns undefined ("no quote") when a market of the event shows no quote on either side, or there is no market.
 */
export function impliedProbabilities(quotes: readonly Quote[]): number[] | undefined {
  const floored = midsOf(quotes)?.map((mid) => Math.max(mid, impliedFloor));
  if (floored === undefined) return undefined;
  const sum = floored.reduce((total, mid) => total + mid, 0);
  return floored.map((mid) => mid / sum);
}
