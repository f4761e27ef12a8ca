import type { View } from "./view.ts";

export const settledBrackets: View = {
  name: "settled_brackets",
  doc: "Every market that Kalshi has settled with yes or no, as it was listed last, and its outcome recomputed from the strikes and the value that Kalshi settled by. agreement: agree, disagree, or not_recomputable where the value is no number or the strike no interval. greater and less are strict, between includes both ends.",
  sql: `
SELECT
  event_ticker, market_ticker, series_ticker, close_time, strike_type, floor_strike, cap_strike, strike_source,
  expiration_value, official_value, result, recomputed,
  CASE
    WHEN recomputed IS NULL THEN 'not_recomputable'
    WHEN recomputed = result THEN 'agree'
    ELSE 'disagree'
  END AS agreement,
  window_at, ingested_at, raw_key, dt
FROM (
  SELECT
    *,
    CASE
      WHEN strike_type = 'greater' AND official_value > floor_strike THEN 'yes'
      WHEN strike_type = 'greater' AND official_value <= floor_strike THEN 'no'
      WHEN strike_type = 'greater_or_equal' AND official_value >= floor_strike THEN 'yes'
      WHEN strike_type = 'greater_or_equal' AND official_value < floor_strike THEN 'no'
      WHEN strike_type = 'less' AND official_value < cap_strike THEN 'yes'
      WHEN strike_type = 'less' AND official_value >= cap_strike THEN 'no'
      WHEN strike_type = 'less_or_equal' AND official_value <= cap_strike THEN 'yes'
      WHEN strike_type = 'less_or_equal' AND official_value > cap_strike THEN 'no'
      WHEN strike_type = 'between' AND official_value >= floor_strike AND official_value <= cap_strike THEN 'yes'
      WHEN strike_type = 'between' AND (official_value < floor_strike OR official_value > cap_strike) THEN 'no'
    END AS recomputed
  FROM (
    SELECT
      *,
      TRY_CAST(expiration_value AS double) AS official_value,
      row_number() OVER (PARTITION BY market_ticker ORDER BY window_at DESC, ingested_at DESC) AS newest
    FROM kalshi_markets
  )
  WHERE newest = 1 AND status = 'finalized' AND result IN ('yes', 'no')
)
`,
};
