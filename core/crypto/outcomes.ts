/** How the markets of a bitcoin event divide up the settlement value, in whole cents. */
import type { EventOutcomes } from "../market/event-outcomes.ts";
import { partitionFault, type Strike, type StrikeInterval } from "../market/strikes.ts";
import { centsOf } from "./pricing.ts";

/** Two cents: the dozens of ranges that are far away show no bid, and an ask of one tick or two. */
const tailAsk = 20_000;

/** The reason that begins so passes by itself: a quarter-hour market gets its target a second or so after it opens. */
const notYet = "not priceable yet";

/** Why an event's markets cannot be priced at all; undefined when they can. */
export function unpriceable(
  series: string,
  markets: readonly (Strike & { market_ticker: string })[],
): string | undefined {
  for (const market of markets) {
    const cents = centsOf(series, market);
    if (!("unpriceable" in cents)) continue;
    return cents.unpriceable.startsWith(notYet) ? cents.unpriceable : `${market.market_ticker}: ${cents.unpriceable}`;
  }
  return undefined;
}

/** Ranges exclude each other; thresholds and quarter-hour questions each ask for themselves. */
export function cryptoOutcomes(
  markets: readonly (Strike & { market_ticker: string; series_ticker: string })[],
): EventOutcomes {
  const intervals: (StrikeInterval | undefined)[] = [];
  for (const market of markets) {
    const cents = centsOf(market.series_ticker, market);
    if (!("unpriceable" in cents)) intervals.push(cents);
    else if (cents.unpriceable.startsWith(notYet)) intervals.push(undefined);
    else return { fault: `${market.market_ticker}: ${cents.unpriceable}` };
  }
  if (markets[0]?.series_ticker !== "KXBTC") return { kind: "nested", intervals };
  const known = intervals.filter((interval) => interval !== undefined);
  const fault = partitionFault(known);
  return fault === undefined ? { kind: "exclusive", intervals: known, tailAsk } : { fault };
}
