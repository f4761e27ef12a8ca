import type { View } from "./view.ts";

export const gateFunnel: View = {
  name: "gate_funnel",
  doc: "Where candidates ended: by day, series and gate the number and its share of that day's candidates of the series. To be read in the order of position, the number of gates passed; a view keeps no order. desk and series_ticker are null where the job's own row is missing.",
  sql: `
SELECT
  dt,
  desk,
  series_ticker,
  position,
  gate,
  count(*) AS n,
  CAST(count(*) AS double) / CAST(sum(count(*)) OVER (PARTITION BY dt, desk, series_ticker) AS double) AS share
FROM (
  SELECT o.dt, j.desk, j.series_ticker, o.position, o.gate
  FROM gate_outcomes o
  LEFT JOIN jobs j ON j.job_id = o.job_id
)
GROUP BY dt, desk, series_ticker, position, gate
`,
};
