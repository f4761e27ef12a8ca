/** Strikes for temperature markets that were recorded without them: from their texts, else from the tickers of their event. */
import type { TableRow } from "../../schemas/index.ts";
import { readStrikeTexts, sameInterval } from "./strike-text.ts";
import { describeInterval, intervalOf, partitionOf, type Strike, strikeOf, strikesFromTickers } from "./strikes.ts";

type Market = Pick<
  TableRow<"kalshi_markets">,
  "market_ticker" | "strike_type" | "floor_strike" | "cap_strike" | "title" | "yes_sub_title" | "rules_primary"
>;

export type StrikeRepair =
  | { market_ticker: string; strike: Strike; from: "text" | "ticker" }
  | { market_ticker: string; reason: string };

/** Which of its fields a strike of this type needs; undefined for a type that is no interval. */
const needed: Readonly<Record<string, readonly ("floor_strike" | "cap_strike")[]>> = {
  greater: ["floor_strike"],
  greater_or_equal: ["floor_strike"],
  less: ["cap_strike"],
  less_or_equal: ["cap_strike"],
  between: ["floor_strike", "cap_strike"],
};

/** Whether strike fields are missing. A type that is no interval (custom, structured) misses nothing. */
export function lacksStrike(strike: Strike): boolean {
  if (strike.strike_type === null) return true;
  return (needed[strike.strike_type] ?? []).some((field) => strike[field] === null);
}

/** How what a market says differs from what its ticker says; undefined when it does not, or says no interval. */
function difference(said: Strike, ofTicker: Strike): string | undefined {
  try {
    const [own, other] = [intervalOf(said), intervalOf(ofTicker)];
    if (own === undefined || other === undefined || sameInterval(own, other)) return undefined;
    return `is ${describeInterval(own)}, by its ticker ${describeInterval(other)}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Strikes by the tickers, held against every other strike that is known of the event. */
function byTickers(
  markets: readonly Market[],
  known: ReadonlyMap<string, Strike>,
): { strikes: Map<string, Strike> } | { reason: string } {
  let strikes: Map<string, Strike>;
  try {
    strikes = strikesFromTickers(markets.map(({ market_ticker }) => market_ticker));
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
  const partition = partitionOf([...strikes.values()]);
  if ("fault" in partition) return { reason: `the tickers give no partition: ${partition.fault}` };
  for (const [ticker, strike] of known) {
    const ofTicker = strikes.get(ticker);
    const fault = ofTicker === undefined ? undefined : difference(strike, ofTicker);
    if (fault !== undefined) return { reason: `${ticker} ${fault}` };
  }
  return { strikes };
}

/**
 * @param markets all known markets of one event, one row each
 * @returns one entry for each market whose strike is missing: the strike and where it is from, or why there is none.
 */
export function repairStrikes(markets: readonly Market[]): StrikeRepair[] {
  const lacking = markets.filter(lacksStrike);
  if (lacking.length === 0) return [];
  const known = new Map<string, Strike>();
  for (const market of markets) if (!lacksStrike(market)) known.set(market.market_ticker, market);
  const unread = new Map<string, string>();
  for (const market of lacking) {
    const reading = readStrikeTexts(market);
    if ("interval" in reading) known.set(market.market_ticker, strikeOf(reading.interval));
    else unread.set(market.market_ticker, reading.unread);
  }
  const tickers = unread.size === 0 ? { strikes: new Map<string, Strike>() } : byTickers(markets, known);
  return lacking.map(({ market_ticker }): StrikeRepair => {
    const text = unread.get(market_ticker);
    const strike = text === undefined ? known.get(market_ticker) : undefined;
    if (strike !== undefined) return { market_ticker, strike, from: "text" };
    if ("reason" in tickers) return { market_ticker, reason: `${text ?? ""}; ${tickers.reason}` };
    const ofTicker = tickers.strikes.get(market_ticker);
    return ofTicker === undefined
      ? { market_ticker, reason: `${text ?? ""}; its ticker says nothing` }
      : { market_ticker, strike: ofTicker, from: "ticker" };
  });
}
