/** Events with their newest books, searched together for arbitrages. */
import type { TableRow } from "../../schemas/index.ts";
import { type Scan, type ScannedEvent, scanArbitrages } from "./arbitrage.ts";
import type { EventOutcomes } from "./event-outcomes.ts";
import { feePerContract, type FeeTerms } from "./fees.ts";
import type { MarketQuote } from "./market-quotes.ts";
import { dollar } from "./price.ts";

/** Fees of an event, as its series has them where it does not differ. */
export type EventFees = Omit<FeeTerms, "waivedUntil">;

export function feesOf(
  event: Pick<TableRow<"kalshi_events">, "fee_type_override" | "fee_multiplier_override">,
  series: Pick<TableRow<"kalshi_series">, "fee_type" | "fee_multiplier">,
): EventFees {
  return {
    feeType: event.fee_type_override ?? series.fee_type,
    multiplier: event.fee_multiplier_override ?? series.fee_multiplier,
    memberPrecision: "direct",
  };
}

/** Why the fees cannot be stated; undefined when they can. */
function feeFaultOf(fees: EventFees, at: number): string | undefined {
  try {
    feePerContract({ price: dollar / 2, count: 100, at, ...fees, waivedUntil: null });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

type Settlement = Pick<ScannedEvent, "settlement" | "stepsPerUnit">;

export interface EventToScan {
  event: Pick<TableRow<"kalshi_events">, "event_ticker" | "mutually_exclusive">;
  markets: readonly Pick<TableRow<"kalshi_markets">, "market_ticker" | "fee_waiver_expiration_time">[];
  outcomes: EventOutcomes;
  fees: EventFees;
}

function scannedEventOf(
  { event, markets, outcomes, fees }: EventToScan,
  quotes: ReadonlyMap<string, MarketQuote>,
  settlement: Settlement,
): ScannedEvent {
  return {
    event_ticker: event.event_ticker,
    mutuallyExclusive: event.mutually_exclusive,
    ...settlement,
    fees,
    markets: markets.map((market, index) => {
      const quote = quotes.get(market.market_ticker);
      return {
        market_ticker: market.market_ticker,
        // Of a faulty event, too: where a value is left out there is no all-Yes; the other forms do not ask for it.
        interval: outcomes.intervals[index],
        unrounded: outcomes.unrounded?.[index],
        bids: quote?.bids ?? [],
        asks: quote?.asks ?? [],
        ...(quote === undefined ? {} : { quotedAt: quote.quotedAt }),
        waivedUntil: market.fee_waiver_expiration_time,
      };
    }),
  };
}

/**
 * Sets over the books of events that settle on the same value.
 * @param facts.quotes Of each market that is open, by its ticker.
 * @param facts.settlement What they settle on.
 * @param facts.maxApartMs How far the books of one set may be apart.
 */
export function scanEvents(facts: {
  events: readonly EventToScan[];
  quotes: ReadonlyMap<string, MarketQuote>;
  settlement: Settlement;
  at: number;
  maxApartMs: number;
}): Scan {
  const { events, quotes, settlement, at, maxApartMs } = facts;
  const known = events.filter(({ fees }) => feeFaultOf(fees, at) === undefined);
  return scanArbitrages(
    known.map((event) => scannedEventOf(event, quotes, settlement)),
    at,
    maxApartMs,
  );
}
