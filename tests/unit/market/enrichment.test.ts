import { describe, expect, it } from "vitest";
import { type EventToEnrich, enrichEvent } from "../../../core/market/enrichment.ts";
import { exclusiveOutcomes } from "../../../core/market/event-outcomes.ts";
import { priorFusion } from "../../../core/market/fusion.ts";
import { freshestQuotes } from "../../../core/market/market-quotes.ts";
import { feesOf, scanEvents } from "../../../core/market/scanned-event.ts";
import { type TableRow, tables } from "../../../schemas/index.ts";
import { rowWith } from "../schemas/table-rows.ts";

const at = Date.UTC(2026, 9, 28, 15, 5);
const source = { window_at: at, ingested_at: at, decoder_version: 1, raw_key: "raw/x" };
const event_ticker = "KXHIGHCHI-26OCT28";

const strikes: Record<string, Pick<TableRow<"kalshi_markets">, "strike_type" | "floor_strike" | "cap_strike">> = {
  [`${event_ticker}-T60`]: { strike_type: "less", floor_strike: null, cap_strike: 60 },
  [`${event_ticker}-B60.5`]: { strike_type: "between", floor_strike: 60, cap_strike: 61 },
  [`${event_ticker}-T61`]: { strike_type: "greater", floor_strike: 61, cap_strike: null },
};
const tickers = Object.keys(strikes);

const market = (market_ticker: string) =>
  rowWith(tables.kalshi_markets, {
    market_ticker,
    event_ticker,
    series_ticker: "KXHIGHCHI",
    market_type: "binary",
    status: "active",
    yes_sub_title: "",
    strike_type: strikes[market_ticker]?.strike_type ?? null,
    floor_strike: strikes[market_ticker]?.floor_strike ?? null,
    cap_strike: strikes[market_ticker]?.cap_strike ?? null,
    strike_source: "field",
    rules_primary: "",
    rules_secondary: "",
    custom_strike: null,
    open_time: at,
    close_time: at + 86_400_000,
    result: "",
    expiration_value: "",
    exchange_index: 0,
    ...source,
  });

type Quoted = [bid: number | null, ask: number | null];

const quote = (market_ticker: string, [yes_bid, yes_ask]: Quoted) =>
  rowWith(tables.market_snapshots, {
    market_ticker,
    event_ticker,
    status: "active",
    yes_bid,
    yes_bid_size: yes_bid === null ? null : 5_000,
    yes_ask,
    yes_ask_size: yes_ask === null ? null : 5_000,
    volume: 0,
    volume_24h: 0,
    open_interest: 0,
    ...source,
  });

const shown = (snapshots: TableRow<"market_snapshots">[]) => freshestQuotes({ snapshots, books: [], tops: [] }, at);

/** What the models say of the three brackets, by model. The first is the one that decisions rest on. */
type Said = Record<string, number[]>;

const prediction = (model: string, leadHours: number) =>
  rowWith(tables.predictions, {
    prediction_id: `prediction-${model}`,
    job_id: "job-1",
    desk: "weather",
    event_ticker,
    station: "KMDW",
    climate_date: "2026-10-28",
    predicted_at: at,
    lead_hours: leadHours,
    model,
    model_version: 1,
    parameters_version: "1",
    pmf_low: 60,
    pmf: [1],
    mean_f: 60,
    sd_f: 0,
    ingested_at: at,
    decoder_version: 1,
  });

/** A forecast of the day before, which the day-ahead model makes alone. */
const alone = (probabilities: number[]): Said => ({ weather: probabilities, "day-ahead": probabilities });

function facts(quotes: Quoted[], said: Said | undefined, feeType = "quadratic", leadHours = 30): EventToEnrich {
  return {
    job: { job_id: "job-1", event_ticker, planned_at: at, close_time: at + 86_400_000, parameters_version: "1" },
    predictions: Object.keys(said ?? {}).map((model) => prediction(model, leadHours)),
    fusion: said === undefined ? undefined : priorFusion,
    event: {
      event_ticker,
      series_ticker: "KXHIGHCHI",
      title: "",
      sub_title: "",
      mutually_exclusive: true,
      strike_date: null,
      settlement_sources: null,
      fee_type_override: null,
      fee_multiplier_override: null,
      exchange_index: 0,
      ...source,
    },
    series: {
      series_ticker: "KXHIGHCHI",
      title: "",
      category: "",
      frequency: "daily",
      fee_type: feeType,
      fee_multiplier: 1,
      settlement_sources: "[]",
      contract_terms_url: null,
      exchange_index: 0,
      ...source,
    },
    markets: tickers.map(market),
    outcomes: exclusiveOutcomes(tickers.map(market)),
    quotes: shown(tickers.map((ticker, index) => quote(ticker, quotes[index] ?? [null, null]))),
    probabilities: Object.entries(said ?? {}).flatMap(([model, probabilities]) =>
      probabilities.map((probability, index) =>
        rowWith(tables.prediction_markets, {
          prediction_id: `prediction-${model}`,
          market_ticker: tickers[index] ?? "",
          event_ticker,
          predicted_at: at,
          probability,
          ingested_at: at,
          decoder_version: 1,
        }),
      ),
    ),
  };
}

const arbitragesOf = ({ event, series, markets, outcomes, quotes }: EventToEnrich) =>
  scanEvents({
    events: [{ event, markets, outcomes, fees: feesOf(event, series) }],
    quotes,
    settlement: { settlement: event_ticker, stepsPerUnit: 1 },
    at,
    maxApartMs: 10_000,
  }).found;

const fair: Quoted[] = [
  [190_000, 210_000],
  [490_000, 510_000],
  [290_000, 310_000],
];

describe("an enriched event", () => {
  it("pools market and model, and states edge after the fee of ten contracts", () => {
    const { enrichments, coherence } = enrichEvent(facts(fair, alone([0.2, 0.5, 0.3])));
    expect(coherence).toEqual({ kind: "sum", sum: expect.closeTo(1, 12) });
    expect(arbitragesOf(facts(fair, undefined))).toEqual([]);
    expect(enrichments.map(({ p_market }) => p_market)).toEqual([0.2, 0.5, 0.3]);
    const [first] = enrichments;
    expect(first?.p_pool).toBeCloseTo(0.2, 12);
    // 0.07 x 10 x 0.21 x 0.79 = $0.11613, aligned to $0.0001 for the order: 1.17 cents a contract at the most.
    expect(first?.fee_yes).toBeGreaterThanOrEqual(11_613);
    expect(first?.fee_yes).toBeLessThanOrEqual(11_700);
    expect(first?.edge_yes).toBeCloseTo(0.2 - 0.21 - (first?.fee_yes ?? 0) / 1e6, 12);
    // Buying No costs 1 - bid = 0.81 and is worth 0.8.
    expect(first?.edge_no).toBeCloseTo(0.8 - 0.81 - (first?.fee_no ?? 0) / 1e6, 12);
  });

  it("keeps what each model says, the pool before and after it was made to sum to 1, and the weights", () => {
    const said = { weather: [0.1, 0.7, 0.2], "day-ahead": [0.1, 0.6, 0.3], intraday: [0.1, 0.8, 0.1] };
    const { enrichments } = enrichEvent(facts(fair, said, "quadratic", 18));
    expect(enrichments.map(({ p_model }) => p_model)).toEqual(said.weather);
    expect(enrichments.map(({ p_day_ahead }) => p_day_ahead)).toEqual(said["day-ahead"]);
    expect(enrichments.map(({ p_intraday }) => p_intraday)).toEqual(said.intraday);
    const raw = [0, 1, 2].map(
      (index) =>
        ([0.2, 0.5, 0.3][index] ?? 0) ** 0.85 *
        (said["day-ahead"][index] ?? 0) ** 0.05 *
        (said.intraday[index] ?? 0) ** 0.1,
    );
    const total = raw.reduce((sum, p) => sum + p, 0);
    for (const [index, row] of enrichments.entries()) {
      expect(row.p_pool_raw).toBeCloseTo(raw[index] ?? 0, 12);
      expect(row.p_pool).toBeCloseTo((raw[index] ?? 0) / total, 12);
      expect(row).toMatchObject({
        pool_scheme: "log-score",
        weight_market: 0.85,
        weight_day_ahead: 0.05,
        weight_intraday: 0.1,
        prediction_id: "prediction-weather",
      });
    }
  });

  it("leaves an absent model's weight to the others", () => {
    const { enrichments } = enrichEvent(facts(fair, alone([0.1, 0.6, 0.3]), "quadratic", 18));
    const [row] = enrichments;
    expect(row).toMatchObject({ p_intraday: null, weight_intraday: 0 });
    expect(row?.weight_market).toBeCloseTo(0.85 / 0.9, 12);
  });

  it("keeps the market when there is no prediction, and then states neither pool nor edge", () => {
    const { enrichments } = enrichEvent(facts(fair, undefined));
    for (const row of enrichments) {
      expect(row.p_market).not.toBeNull();
      const { p_model, p_day_ahead, p_intraday, p_pool, p_pool_raw, pool_scheme, weight_market } = row;
      const stated = [p_model, p_day_ahead, p_intraday, p_pool, p_pool_raw, pool_scheme, weight_market];
      expect([...stated, row.edge_yes, row.edge_no, row.prediction_id].filter((value) => value !== null)).toEqual([]);
    }
  });

  it("has no market probability at all when one market shows no quote", () => {
    const { enrichments, coherence } = enrichEvent(
      facts([[null, null], fair[1] ?? [null, null], fair[2] ?? [null, null]], alone([0.2, 0.5, 0.3])),
    );
    expect(coherence).toBeUndefined();
    for (const row of enrichments)
      expect([row.p_market, row.p_pool, row.edge_yes, row.edge_no]).toEqual([null, null, null, null]);
    expect(enrichments[0]?.fee_yes).toBeNull();
  });

  it("takes what a paused market shows for no quote", () => {
    const paused = facts(fair, alone([0.2, 0.5, 0.3]));
    const snapshots = tickers.map((ticker, index) => quote(ticker, fair[index] ?? [null, null]));
    const { enrichments, coherence } = enrichEvent({
      ...paused,
      quotes: shown(snapshots.map((one, index) => (index === 1 ? { ...one, status: "inactive" } : one))),
    });
    expect(coherence).toBeUndefined();
    expect(enrichments[1]).toMatchObject({ yes_bid: null, yes_ask: null, quoted_at: null, p_market: null });
  });

  it("has no market probability where the brackets are no partition: their mids are of no distribution", () => {
    const gap = facts(fair, undefined);
    const [low, middle, high] = gap.markets;
    if (low === undefined || middle === undefined || high === undefined) throw new Error("three markets");
    const markets = [low, { ...middle, floor_strike: 61 }, high];
    const torn = { ...gap, markets, outcomes: exclusiveOutcomes(markets) };
    const { enrichments, coherence } = enrichEvent(torn);
    expect(coherence).toBeDefined();
    expect(arbitragesOf(torn)).toEqual([]);
    for (const row of enrichments) expect([row.p_market, row.p_pool]).toEqual([null, null]);
  });

  it("buys no whole event that leaves a value out, and no side of two brackets that exclude each other less", () => {
    // All-Yes for 82 cents, and No of two brackets at 45 cents each.
    const quoted: Quoted[] = [
      [550_000, 560_000],
      [50_000, 60_000],
      [550_000, 560_000],
    ];
    const torn = (quotes: Quoted[]) => {
      const whole = facts(quotes, undefined);
      const markets = whole.markets.map((one, index) => (index === 1 ? { ...one, floor_strike: 61 } : one));
      return arbitragesOf({ ...whole, markets, outcomes: exclusiveOutcomes(markets) });
    };
    expect(torn(quoted)).toMatchObject([{ form: "all-no", gaps: [] }]);
    expect(
      torn([
        [100_000, 110_000],
        [400_000, 410_000],
        [290_000, 300_000],
      ]),
    ).toEqual([]);
    // Nobody knows what a strike that contradicts itself asks; the other two still exclude each other.
    const whole = facts(quoted, undefined);
    const markets = whole.markets.map((one, index) => (index === 1 ? { ...one, cap_strike: 59 } : one));
    const [found] = arbitragesOf({ ...whole, markets, outcomes: exclusiveOutcomes(markets) });
    expect(found?.legs.map(({ market_ticker, side }) => `${market_ticker}/${side}`)).toEqual([
      `${tickers[0]}/no`,
      `${tickers[2]}/no`,
    ]);
  });

  it("counts one empty side as 0 or 1 for the mid only: nobody sells what nobody offers", () => {
    const { enrichments } = enrichEvent(
      facts(
        [
          [null, 20_000],
          [900_000, null],
          [30_000, 50_000],
        ],
        alone([0.02, 0.94, 0.04]),
      ),
    );
    const [low, middle] = enrichments;
    expect(low?.p_market).toBeCloseTo(0.01 / (0.01 + 0.95 + 0.04), 12);
    expect([low?.edge_no, low?.fee_no]).toEqual([null, null]);
    expect([middle?.edge_yes, middle?.fee_yes]).toEqual([null, null]);
  });

  it("finds the arbitrage of brackets that cost less than a dollar together", () => {
    const cheap: Quoted[] = [
      [100_000, 110_000],
      [400_000, 410_000],
      [290_000, 300_000],
    ];
    const [arbitrage, ...others] = arbitragesOf(facts(cheap, undefined));
    expect(others).toEqual([]);
    expect(arbitrage?.form).toBe("all-yes");
    expect(arbitrage?.size).toBe(5_000);
  });

  it("finds none where a leg's book is of another instant: bitcoin, or the day, was somewhere else then", () => {
    const cheap: Quoted[] = [
      [100_000, 110_000],
      [400_000, 410_000],
      [290_000, 300_000],
    ];
    const facing = facts(cheap, undefined);
    const aged = (ms: number) => ({
      ...facing,
      quotes: new Map(
        [...facing.quotes].map(([ticker, one], index) => [
          ticker,
          { ...one, quotedAt: one.quotedAt - (index === 1 ? ms : 0) },
        ]),
      ),
    });
    expect(arbitragesOf(aged(10_000))).toHaveLength(1);
    expect(arbitragesOf(aged(10_001))).toEqual([]);
  });

  it("states no fee, no edge and no arbitrage under a fee rule that it does not know", () => {
    const { enrichments, feeFault } = enrichEvent(facts(fair, alone([0.2, 0.5, 0.3]), "cubic"));
    expect(feeFault).toContain('"cubic"');
    expect(arbitragesOf(facts(fair, undefined, "cubic"))).toEqual([]);
    for (const row of enrichments)
      expect([row.fee_yes, row.edge_yes, row.fee_no, row.edge_no]).toEqual([null, null, null, null]);
  });
});
