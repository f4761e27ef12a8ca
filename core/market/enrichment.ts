/** A prediction set beside the quotes of its event: probabilities, fees and the edge of each side. */
import type { TableRow } from "../../schemas/index.ts";
import type { EventOutcomes } from "./event-outcomes.ts";
import { feePerContract } from "./fees.ts";
import { type Component, type FusionParameters, fuse, quoteWidth } from "./fusion.ts";
import { type Coherence, coherenceOf, marketProbabilities } from "./implied.ts";
import { type MarketModelPool, poolMarketModel } from "./market-model-pool.ts";
import type { MarketQuote } from "./market-quotes.ts";
import { dollar, type Price } from "./price.ts";
import { feesOf } from "./scanned-event.ts";

/** Raised when the same job would be enriched differently. */
export const enrichmentVersion = 5;

/** Fees and edges are stated for an order of ten contracts: rounding weighs more on smaller ones. */
const orderSize = 1_000;

export interface EventToEnrich {
  job: Pick<TableRow<"jobs">, "job_id" | "event_ticker" | "planned_at" | "close_time" | "parameters_version">;
  /** The job's predictions, the one that decisions rest on first; empty when the event could not be predicted. */
  predictions: readonly TableRow<"predictions">[];
  /** Probabilities of these predictions. */
  probabilities: readonly TableRow<"prediction_markets">[];
  /** By what market and models are pooled: of the job's parameters. Undefined without a prediction. */
  fusion: FusionParameters | MarketModelPool | undefined;
  event: TableRow<"kalshi_events">;
  series: TableRow<"kalshi_series">;
  /** The event's markets. */
  markets: readonly TableRow<"kalshi_markets">[];
  /** Of these markets. */
  outcomes: EventOutcomes;
  /** Of each market that is open, by its ticker; of other events too. */
  quotes: ReadonlyMap<string, MarketQuote>;
}

export interface EnrichedEvent {
  enrichments: TableRow<"enrichments">[];
  /** Whether the quotes agree with each other; undefined when there are not enough of them. */
  coherence: Coherence | undefined;
  /** Why fees could not be stated; then there is no edge. */
  feeFault: string | undefined;
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

/** Market and models pooled, as the columns of `enrichments` have it. */
interface Pooled {
  scheme: string;
  weights: { market: number; dayAhead: number | null; intraday: number | null; model: number | null };
  raw: (number | null)[];
  probabilities: (number | null)[];
}

/** @param pMarket P(Yes) of each market by the market, undefined where it shows none. */
function pooled(
  facts: EventToEnrich,
  pMarket: readonly (number | undefined)[],
  models: Readonly<Record<"decisive" | "dayAhead" | "intraday", number[] | undefined>>,
): Pooled | undefined {
  const { fusion, job, markets, quotes, outcomes } = facts;
  const [decisive] = facts.predictions;
  if (decisive === undefined || fusion === undefined) return undefined;
  const market = pMarket.filter((p) => p !== undefined);
  if (fusion.scheme !== "market-model") {
    if (market.length === 0 || market.length < markets.length) return undefined;
    const { dayAhead, intraday } = models;
    const shown = markets.map(({ market_ticker }) => quotes.get(market_ticker) ?? { bid: null, ask: null });
    const fused = fuse(
      { market, ...(dayAhead === undefined ? {} : { dayAhead }), ...(intraday === undefined ? {} : { intraday }) },
      fusion,
      {
        leadHours: decisive.lead_hours,
        width: quoteWidth(shown),
        newMaximumIn60: decisive.new_maximum_60m,
        volumes: markets.map(({ market_ticker }) => quotes.get(market_ticker)?.volume ?? null),
      },
    );
    return fused === undefined ? undefined : { ...fused, weights: { ...fused.weights, model: null } };
  }
  const exclusive = !("fault" in outcomes) && outcomes.kind === "exclusive";
  const { decisive: model } = models;
  if (model === undefined || market.length === 0 || (exclusive && market.length < markets.length)) return undefined;
  // Of markets that each ask for themselves, those that show a quote are pooled, and the others are left out.
  const there = pMarket.flatMap((p, index) => (p === undefined ? [] : [{ index, p, q: model[index] ?? 0 }]));
  const { scheme, weights, raw, probabilities } = poolMarketModel(
    { market: there.map(({ p }) => p), model: there.map(({ q }) => q) },
    fusion,
    (job.close_time - job.planned_at) / 1000,
    exclusive,
  );
  const inPlace = (values: readonly number[]) =>
    markets.map((_, index) => values[there.findIndex((one) => one.index === index)] ?? null);
  return {
    scheme,
    weights: { ...weights, dayAhead: null, intraday: null },
    raw: inPlace(raw),
    probabilities: inPlace(probabilities),
  };
}

export function enrichEvent(facts: EventToEnrich): EnrichedEvent {
  const { job, event, series, markets, quotes, outcomes } = facts;
  const at = job.planned_at;
  const fees = feesOf(event, series);
  const shown = markets.map(({ market_ticker }) => quotes.get(market_ticker) ?? { bid: null, ask: null });
  const pMarket = marketProbabilities(shown, outcomes);
  const [decisive] = facts.predictions;
  const named = (name: string) => facts.predictions.find(({ model }) => model === name);
  const pModel = probabilitiesOf(facts, decisive);
  const pDayAhead = probabilitiesOf(facts, named(pooledModels.dayAhead));
  const pIntraday = probabilitiesOf(facts, named(pooledModels.intraday));
  const fused = pooled(facts, pMarket, { decisive: pModel, dayAhead: pDayAhead, intraday: pIntraday });
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
    const { bid: yes_bid = null, ask: yes_ask = null } = quote ?? {};
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
      quoted_at: quote?.quotedAt ?? null,
      quote_origin: quote?.origin ?? null,
      yes_bid,
      yes_bid_size: quote?.bidSize ?? null,
      yes_ask,
      yes_ask_size: quote?.askSize ?? null,
      p_model: pModel?.[index] ?? null,
      p_day_ahead: pDayAhead?.[index] ?? null,
      p_intraday: pIntraday?.[index] ?? null,
      p_market: pMarket[index] ?? null,
      p_pool,
      p_pool_raw: fused?.raw[index] ?? null,
      pool_version: job.parameters_version,
      pool_scheme: fused?.scheme ?? null,
      weight_market: fused?.weights.market ?? null,
      weight_day_ahead: fused?.weights.dayAhead ?? null,
      weight_intraday: fused?.weights.intraday ?? null,
      weight_model: fused?.weights.model ?? null,
      order_size: orderSize,
      fee_yes,
      fee_no,
      edge_yes: edgeOf(p_pool, yes_ask, fee_yes),
      edge_no: edgeOf(p_pool === null ? null : 1 - p_pool, noAsk, fee_no),
      ingested_at: at,
      decoder_version: enrichmentVersion,
    };
  });
  return { enrichments, coherence: coherenceOf(shown, outcomes), feeFault };
}
