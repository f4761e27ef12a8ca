import type { View } from "./view.ts";

export const latestResolutions: View = {
  name: "latest_resolutions",
  doc: "The resolution that holds: the highest version of each market.",
  sql: `
SELECT
  market_ticker, version, event_ticker, desk, close_time, resolved_at, result, settlement_value, expiration_value,
  official_value, official_usd, agreement, report_product_id, report_max_f, index_average_usd, raw_key, ingested_at, decoder_version, dt
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY market_ticker ORDER BY version DESC, ingested_at DESC) AS newest
  FROM resolutions
)
WHERE newest = 1
`,
};
