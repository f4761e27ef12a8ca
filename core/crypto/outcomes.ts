/** How the markets of a bitcoin event divide up the settlement value, in whole cents. */
import type { EventOutcomes } from "../market/event-outcomes.ts";
import { partitionFault, type Strike, type StrikeInterval } from "../market/strikes.ts";
import { readFinePrint } from "./fine-print.ts";
import { centsOf, unroundedOf } from "./pricing.ts";

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

type Market = Strike & { market_ticker: string; series_ticker: string; rules_secondary: string };

/** Undefined where the fine print rounds to cents, and where the strike is not known. */
function beforeRounding(market: Market): StrikeInterval | undefined {
  const said = readFinePrint(market.rules_secondary);
  if ("rounded" in said && said.rounded) return undefined;
  const interval = unroundedOf(market.series_ticker, market);
  return "unpriceable" in interval ? undefined : interval;
}

/** Ranges exclude each other; thresholds and quarter-hour questions each ask for themselves. */
export function cryptoOutcomes(markets: readonly Market[]): EventOutcomes {
  const faults: string[] = [];
  const intervals = markets.map((market) => {
    const cents = centsOf(market.series_ticker, market);
    if (!("unpriceable" in cents)) return cents;
    if (!cents.unpriceable.startsWith(notYet)) faults.push(`${market.market_ticker}: ${cents.unpriceable}`);
    return undefined;
  });
  const unrounded = markets.map(beforeRounding);
  const [unreadable] = faults;
  if (unreadable !== undefined) return { fault: unreadable, intervals, unrounded };
  if (markets[0]?.series_ticker !== "KXBTC") return { kind: "nested", intervals, unrounded };
  const known = intervals.filter((interval) => interval !== undefined);
  const fault = partitionFault(known);
  return fault === undefined
    ? { kind: "exclusive", intervals: known, unrounded, tailAsk }
    : { fault, intervals, unrounded };
}
