/**
 * Kalshi's market data as it comes over the wire: what is read, what is known and left alone, and what is gone.
 * Source: OpenAPI 3.30.0 and the changelog to 2026-10-15. tests/unit/market/wire.test.ts holds the types against
 * `kalshi-typescript`.
 */
import * as z from "zod";

const settlementSources = z.array(z.object({ name: z.string().nullish(), url: z.string().nullish() }));

export const seriesWire = z.object({
  ticker: z.string().min(1),
  title: z.string(),
  category: z.string(),
  frequency: z.string(),
  fee_type: z.string(),
  fee_multiplier: z.number().nonnegative(),
  settlement_sources: settlementSources.nullish(),
  contract_terms_url: z.string().nullish(),
  exchange_index: z.int().nullish(),
});

export const eventWire = z.object({
  event_ticker: z.string().min(1),
  series_ticker: z.string().min(1),
  title: z.string(),
  sub_title: z.string(),
  mutually_exclusive: z.boolean(),
  strike_date: z.string().nullish(),
  settlement_sources: settlementSources.nullish(),
  fee_type_override: z.string().nullish(),
  fee_multiplier_override: z.number().nonnegative().nullish(),
  exchange_index: z.int().nullish(),
  markets: z.array(z.unknown()).nullish(),
});

export const marketWire = z.object({
  ticker: z.string().min(1),
  event_ticker: z.string().min(1),
  market_type: z.string(),
  status: z.string().min(1),
  title: z.string().nullish(),
  yes_sub_title: z.string(),
  strike_type: z.string().nullish(),
  floor_strike: z.number().nullish(),
  cap_strike: z.number().nullish(),
  custom_strike: z.custom<object>((value) => typeof value === "object", "expected object").nullish(),
  rules_primary: z.string(),
  rules_secondary: z.string(),
  open_time: z.string(),
  close_time: z.string(),
  expected_expiration_time: z.string().nullish(),
  settlement_timer_seconds: z.int().nullish(),
  result: z.string(),
  expiration_value: z.string(),
  settlement_value_dollars: z.string().nullish(),
  settlement_ts: z.string().nullish(),
  price_level_structure: z.string().nullish(),
  price_ranges: z.array(z.object({ start: z.string(), end: z.string(), step: z.string() })).nullish(),
  fee_waiver_expiration_time: z.string().nullish(),
  exchange_index: z.int().nullish(),
  yes_bid_dollars: z.string(),
  yes_bid_size_fp: z.string().nullish(),
  yes_ask_dollars: z.string(),
  yes_ask_size_fp: z.string().nullish(),
  last_price_dollars: z.string(),
  volume_fp: z.string(),
  volume_24h_fp: z.string(),
  open_interest_fp: z.string(),
});

export type SeriesWire = z.infer<typeof seriesWire>;
export type EventWire = z.infer<typeof eventWire>;
export type MarketWire = z.infer<typeof marketWire>;

/** Known fields that nothing here reads: they are no news. */
export const unreadFields = {
  series: [
    "additional_prohibitions",
    "categories",
    "contract_url",
    "last_updated_ts",
    "product_metadata",
    "tags",
    "volume_fp",
  ],
  event: [
    "available_on_brokers",
    "category",
    "collateral_return_type",
    "last_updated_ts",
    "product_metadata",
    "strike_period",
  ],
  market: [
    "can_close_early",
    "created_time",
    "early_close_condition",
    "expiration_time",
    "fractional_trading_enabled",
    "functional_strike",
    "is_provisional",
    "latest_expiration_time",
    "liquidity_dollars",
    "mve_collection_ticker",
    "mve_selected_legs",
    "no_ask_dollars",
    "no_bid_dollars",
    "no_sub_title",
    "notional_value_dollars",
    "occurrence_datetime",
    "previous_price_dollars",
    "previous_yes_ask_dollars",
    "previous_yes_bid_dollars",
    "primary_participant_key",
    "response_price_units",
    "settlement_bounds_type",
    "settlement_floor_dollars",
    "subtitle",
    "tick_size",
    "updated_time",
  ],
} as const;

/** Whole cents and whole contracts as numbers. A payload that still has one is not of the API we know. */
export const centsFields = [
  "yes_bid",
  "yes_ask",
  "no_bid",
  "no_ask",
  "last_price",
  "previous_yes_bid",
  "previous_yes_ask",
  "previous_price",
  "volume",
  "volume_24h",
  "open_interest",
  "liquidity",
  "notional_value",
  "settlement_value",
  "risk_limit_cents",
] as const;

/** The day on which cents left the API, by Kalshi's changelog. */
export const centsLeftOn = "2026-03-12";

/** Values that we know what to do with. Others are kept as data and reported. */
export const knownValues = {
  status: ["initialized", "inactive", "active", "closed", "determined", "disputed", "amended", "finalized"],
  market_type: ["binary", "scalar"],
  strike_type: [
    "greater",
    "greater_or_equal",
    "less",
    "less_or_equal",
    "between",
    "functional",
    "custom",
    "structured",
  ],
  result: ["yes", "no", "scalar", ""],
  fee_type: ["quadratic", "quadratic_with_maker_fees", "quadratic_with_combo_maker_fees", "flat"],
  settlement_bounds_type: ["default"],
} as const;

/** Statuses in which the outcome stands: the book is gone, and 0 and 1 stand where prices were. */
export const decidedStatuses: readonly string[] = ["determined", "disputed", "amended", "finalized"];
