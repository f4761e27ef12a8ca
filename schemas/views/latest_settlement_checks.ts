import type { View } from "./view.ts";

export const latestSettlementChecks: View = {
  name: "latest_settlement_checks",
  doc: "The check that holds: all rows of each event's last check.",
  sql: `
SELECT
  event_ticker, evidence_id, checked_at, desk, station, climate_date, day_end, source, position, issued_at, value_f,
  settled_at, expiration_value, settlement_f, paid_market, recomputed_market, outcome_agrees, verdict, detail,
  ingested_at, decoder_version, dt
FROM (
  SELECT *, max(checked_at) OVER (PARTITION BY event_ticker) AS last_check
  FROM settlement_checks
)
WHERE checked_at = last_check
`,
};
