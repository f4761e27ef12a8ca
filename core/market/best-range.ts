/** Between which prices best bid and best ask have moved: what is kept of the states that a second replaced. */
import type { OrderBook } from "./order-book.ts";
import { dollar } from "./price.ts";

/** In one unit; of Kalshi's books micro-dollars, where an empty side counts as 0 or a dollar. */
export interface BestRange {
  bidLow: number;
  bidHigh: number;
  askLow: number;
  askHigh: number;
}

export const rangeAt = (bid: number, ask: number): BestRange => ({
  bidLow: bid,
  bidHigh: bid,
  askLow: ask,
  askHigh: ask,
});

/** Takes the book as it stands now into the range; into a new one when there is none. */
export function widened(range: BestRange | undefined, { bids, asks }: OrderBook): BestRange {
  const bid = bids.length === 0 ? 0 : bids.bestPrice;
  const ask = asks.length === 0 ? dollar : asks.bestPrice;
  if (range === undefined) return rangeAt(bid, ask);
  range.bidLow = Math.min(range.bidLow, bid);
  range.bidHigh = Math.max(range.bidHigh, bid);
  range.askLow = Math.min(range.askLow, ask);
  range.askHigh = Math.max(range.askHigh, ask);
  return range;
}
