import type { View } from "./view.ts";

export const latestQuotes: View = {
  name: "latest_quotes",
  doc: "The newest snapshot of each market, however old it is: look at window_at.",
  sql: `
SELECT
  market_ticker, event_ticker, status, yes_bid, yes_bid_size, yes_ask, yes_ask_size, last_price, volume, volume_24h,
  open_interest, window_at, ingested_at, decoder_version, raw_key, dt
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY market_ticker ORDER BY window_at DESC, ingested_at DESC) AS newest
  FROM market_snapshots
)
WHERE newest = 1
`,
};
