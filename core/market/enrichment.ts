/** A prediction set beside the quotes of its event: probabilities, fees and the edge of each side. */
import type { TableRow } from "../../schemas/index.ts";
import { type BracketSumArbitrage, bracketSumArbitrages } from "./arbitrage.ts";
import { feePerContract } from "./fees.ts";
import { impliedProbabilities, midSum } from "./implied.ts";
import { logLinearPool, poolWeights } from "./pool.ts";
import { dollar, type Price } from "./price.ts";
import { partitionOf, type StrikeInterval } from "./strikes.ts";

/** Raised when the same job would be enriched differently. */
export const enrichmentVersion = 1;

/** Fees and edges are stated for an order of ten contracts: rounding weighs more on smaller ones. */
const orderSize = 1_000;

export interface EventToEnrich {
  job: Pick<TableRow<"jobs">, "job_id" | "event_ticker" | "planned_at">;
  prediction_id: string | null;
  event: TableRow<"kalshi_events">;
  series: TableRow<"kalshi_series">;
  /** The event's markets. */
  markets: readonly TableRow<"kalshi_markets">[];
  /** The newest quotes, of other events too. */
  quotes: readonly TableRow<"market_snapshots">[];
  /** The prediction's probabilities; empty without a prediction. */
  probabilities: readonly TableRow<"prediction_markets">[];
}

export interface EnrichedEvent {
  enrichments: TableRow<"enrichments">[];
  /** Why the strikes do not cover every whole number once; undefined when they do. */
  partitionFault: string | undefined;
  /** Sum of the event's mids, dollars; undefined when a market has no quote. */
  midSum: number | undefined;
  arbitrages: BracketSumArbitrage[];
  /** Why fees could not be stated; then there is no edge and no arbitrage. */
  feeFault: string | undefined;
}

interface Fees {
  feeType: string;
  multiplier: number;
  memberPrecision: "direct";
}

/** Edge of buying at `price` what is worth 1 with probability `p`, dollars per contract. */
function edgeOf(p: number | null, price: Price | null, fee: Price | null): number | null {
  return p === null || price === null || fee === null ? null : p - (price + fee) / dollar;
}

function arbitragesOf(
  facts: EventToEnrich,
  quotes: Map<string, TableRow<"market_snapshots">>,
  fees: Fees,
  intervals: readonly StrikeInterval[],
): BracketSumArbitrage[] {
  return bracketSumArbitrages({
    at: facts.job.planned_at,
    mutuallyExclusive: facts.event.mutually_exclusive,
    fees,
    markets: facts.markets.map((market, index) => {
      const quote = quotes.get(market.market_ticker);
      return {
        market_ticker: market.market_ticker,
        interval: intervals[index],
        yesBid: quote?.yes_bid ?? null,
        yesBidSize: quote?.yes_bid_size ?? null,
        yesAsk: quote?.yes_ask ?? null,
        yesAskSize: quote?.yes_ask_size ?? null,
        waivedUntil: market.fee_waiver_expiration_time,
      };
    }),
  });
}

export function enrichEvent(facts: EventToEnrich): EnrichedEvent {
  const { job, event, series, markets } = facts;
  const at = job.planned_at;
  // What a market shows while it is not open (paused, for example) nobody can trade on: orders resting there are cancelled
  // before it opens again.
  const quotes = new Map(
    facts.quotes.filter(({ status }) => status === "active").map((quote) => [quote.market_ticker, quote]),
  );
  const modelOf = new Map(facts.probabilities.map(({ market_ticker, probability }) => [market_ticker, probability]));
  const fees: Fees = {
    feeType: event.fee_type_override ?? series.fee_type,
    multiplier: event.fee_multiplier_override ?? series.fee_multiplier,
    memberPrecision: "direct",
  };
  const shown = markets.map(({ market_ticker }) => {
    const quote = quotes.get(market_ticker);
    return { bid: quote?.yes_bid ?? null, ask: quote?.yes_ask ?? null };
  });
  const implied = impliedProbabilities(shown);
  // Mids over brackets that overlap, or leave something out, are no distribution.
  const partition = partitionOf(markets);
  const pMarket = "fault" in partition ? undefined : implied;
  const pModel = markets.map(({ market_ticker }) => modelOf.get(market_ticker));
  const predicted = pModel.every((p) => p !== undefined) && pModel.length > 0;
  const pPool = pMarket !== undefined && predicted ? logLinearPool(pMarket, pModel) : undefined;
  let feeFault: string | undefined;
  const feeAt = (price: Price | null, waivedUntil: number | null): Price | null => {
    if (price === null) return null;
    try {
      return feePerContract({ price, count: orderSize, at, ...fees, waivedUntil });
    } catch (error) {
      feeFault = error instanceof Error ? error.message : String(error);
      return null;
    }
  };
  const enrichments = markets.map((market, index): TableRow<"enrichments"> => {
    const quote = quotes.get(market.market_ticker);
    const { yes_bid = null, yes_ask = null } = quote ?? {};
    const p_pool = pPool?.[index] ?? null;
    const noAsk = yes_bid === null ? null : dollar - yes_bid;
    const fee_yes = feeAt(yes_ask, market.fee_waiver_expiration_time);
    const fee_no = feeAt(noAsk, market.fee_waiver_expiration_time);
    return {
      job_id: job.job_id,
      market_ticker: market.market_ticker,
      event_ticker: event.event_ticker,
      enriched_at: at,
      prediction_id: facts.prediction_id,
      quoted_at: quote?.ingested_at ?? null,
      yes_bid,
      yes_bid_size: quote?.yes_bid_size ?? null,
      yes_ask,
      yes_ask_size: quote?.yes_ask_size ?? null,
      p_model: pModel[index] ?? null,
      p_market: pMarket?.[index] ?? null,
      p_pool,
      pool_version: poolWeights.version,
      order_size: orderSize,
      fee_yes,
      fee_no,
      edge_yes: edgeOf(p_pool, yes_ask, fee_yes),
      edge_no: edgeOf(p_pool === null ? null : 1 - p_pool, noAsk, fee_no),
      ingested_at: at,
      decoder_version: enrichmentVersion,
    };
  });
  const arbitrages =
    feeFault === undefined && !("fault" in partition) ? arbitragesOf(facts, quotes, fees, partition.intervals) : [];
  const partitionFault = "fault" in partition ? partition.fault : undefined;
  return { enrichments, partitionFault, midSum: midSum(shown), arbitrages, feeFault };
}
