import type { View } from "./view.ts";

export const settlementLabels: View = {
  name: "settlement_labels",
  doc: "The two labels of an event's day, kept apart. settlement_f is for scores and money: Kalshi's value (settlement_source kalshi), else the first final report where Kalshi gives no number and paid the market that this report pays (first_final_report), else null. physical_f is for training: the maximum of the last report of the whole day, whenever it was issued; null when there is none.",
  sql: `
SELECT
  e.event_ticker,
  e.desk,
  e.station,
  e.climate_date,
  e.expiration_value,
  CASE WHEN e.settlement_f IS NOT NULL THEN e.settlement_f ELSE e.first_f END AS settlement_f,
  CASE
    WHEN e.settlement_f IS NOT NULL THEN 'kalshi'
    WHEN e.first_f IS NOT NULL THEN 'first_final_report'
  END AS settlement_source,
  p.max_f AS physical_f,
  p.product_id AS physical_product_id,
  p.issued_at AS physical_issued_at,
  e.dt
FROM (
  SELECT
    event_ticker, desk, station, climate_date, dt,
    max(day_end) AS day_end,
    max(expiration_value) AS expiration_value,
    max(settlement_f) AS settlement_f,
    max(CASE WHEN position = 1 AND outcome_agrees = true THEN CAST(value_f AS double) END) AS first_f
  FROM latest_settlement_checks
  GROUP BY event_ticker, desk, station, climate_date, dt
) e
LEFT JOIN (
  SELECT *
  FROM (
    SELECT
      r.station, r.climate_date, r.product_id, r.issued_at, r.max_f,
      row_number() OVER (
        PARTITION BY r.station, r.climate_date ORDER BY r.issued_at DESC, r.product_id DESC
      ) AS newest
    FROM climate_reports r
    INNER JOIN (SELECT DISTINCT station, climate_date, day_end FROM latest_settlement_checks) d
      ON d.station = r.station AND d.climate_date = r.climate_date
    WHERE r.kind <> 'intermediate' AND r.issued_at >= d.day_end AND r.max_f IS NOT NULL
  )
  WHERE newest = 1
) p ON p.station = e.station AND p.climate_date = e.climate_date
`,
};
