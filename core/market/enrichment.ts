/** A prediction set beside the quotes of its event: probabilities, fees and the edge of each side. */
import type { TableRow } from "../../schemas/index.ts";
import { type BracketSumArbitrage, bracketSumArbitrages } from "./arbitrage.ts";
import { feePerContract } from "./fees.ts";
import { type Component, type FusionParameters, fuse, quoteWidth } from "./fusion.ts";
import { impliedProbabilities, midSum } from "./implied.ts";
import { dollar, type Price } from "./price.ts";
import { partitionOf, type StrikeInterval } from "./strikes.ts";

/** Raised when the same job would be enriched differently. */
export const enrichmentVersion = 2;

/** Fees and edges are stated for an order of ten contracts: rounding weighs more on smaller ones. */
const orderSize = 1_000;

export interface EventToEnrich {
  job: Pick<TableRow<"jobs">, "job_id" | "event_ticker" | "planned_at" | "parameters_version">;
  /** The job's predictions, the one that decisions rest on first; empty when the event could not be predicted. */
  predictions: readonly TableRow<"predictions">[];
  /** Probabilities of these predictions. */
  probabilities: readonly TableRow<"prediction_markets">[];
  /** By what market and models are pooled: of the job's parameters. Undefined without a prediction. */
  fusion: FusionParameters | undefined;
  event: TableRow<"kalshi_events">;
  series: TableRow<"kalshi_series">;
  /** The event's markets. */
  markets: readonly TableRow<"kalshi_markets">[];
  /** The newest quotes, of other events too. */
  quotes: readonly TableRow<"market_snapshots">[];
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

/** Probabilities of a prediction in the order of the markets; undefined unless every market has one. */
function probabilitiesOf(
  { markets, probabilities }: Pick<EventToEnrich, "markets" | "probabilities">,
  prediction: TableRow<"predictions"> | undefined,
): number[] | undefined {
  if (prediction === undefined || markets.length === 0) return undefined;
  const own = new Map(
    probabilities
      .filter(({ prediction_id }) => prediction_id === prediction.prediction_id)
      .map(({ market_ticker, probability }) => [market_ticker, probability]),
  );
  const found = markets.flatMap(({ market_ticker }) => own.get(market_ticker) ?? []);
  return found.length === markets.length ? found : undefined;
}

/** The models that the fusion weighs, by the names that their predictions bear. */
const pooledModels = { dayAhead: "day-ahead", intraday: "intraday" } as const satisfies Partial<
  Record<Component, string>
>;

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
  const [decisive] = facts.predictions;
  const named = (name: string) => facts.predictions.find(({ model }) => model === name);
  const pModel = probabilitiesOf(facts, decisive);
  const pDayAhead = probabilitiesOf(facts, named(pooledModels.dayAhead));
  const pIntraday = probabilitiesOf(facts, named(pooledModels.intraday));
  const fused =
    pMarket === undefined || decisive === undefined || facts.fusion === undefined
      ? undefined
      : fuse(
          {
            market: pMarket,
            ...(pDayAhead === undefined ? {} : { dayAhead: pDayAhead }),
            ...(pIntraday === undefined ? {} : { intraday: pIntraday }),
          },
          facts.fusion,
          {
            leadHours: decisive.lead_hours,
            width: quoteWidth(shown),
            newMaximumIn60: decisive.new_maximum_60m,
            volumes: markets.map(({ market_ticker }) => quotes.get(market_ticker)?.volume ?? null),
          },
        );
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
    const p_pool = fused?.probabilities[index] ?? null;
    const noAsk = yes_bid === null ? null : dollar - yes_bid;
    const fee_yes = feeAt(yes_ask, market.fee_waiver_expiration_time);
    const fee_no = feeAt(noAsk, market.fee_waiver_expiration_time);
    return {
      job_id: job.job_id,
      market_ticker: market.market_ticker,
      event_ticker: event.event_ticker,
      enriched_at: at,
      prediction_id: decisive?.prediction_id ?? null,
      quoted_at: quote?.ingested_at ?? null,
      yes_bid,
      yes_bid_size: quote?.yes_bid_size ?? null,
      yes_ask,
      yes_ask_size: quote?.yes_ask_size ?? null,
      p_model: pModel?.[index] ?? null,
      p_day_ahead: pDayAhead?.[index] ?? null,
      p_intraday: pIntraday?.[index] ?? null,
      p_market: pMarket?.[index] ?? null,
      p_pool,
      p_pool_raw: fused?.raw[index] ?? null,
      pool_version: job.parameters_version,
      pool_scheme: fused?.scheme ?? null,
      weight_market: fused?.weights.market ?? null,
      weight_day_ahead: fused?.weights.dayAhead ?? null,
      weight_intraday: fused?.weights.intraday ?? null,
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
