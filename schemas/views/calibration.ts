import type { View } from "./view.ts";

export const calibration: View = {
  name: "calibration",
  doc: "Ten bins of probability for each model of a desk by its name, for market and pool, over grades against the resolution that holds: how often Yes came out where that probability was given. Bin b holds p from b/10 (included) to (b+1)/10; p = 1 is in bin 9.",
  sql: `
SELECT
  desk,
  forecaster,
  bin,
  CAST(bin AS double) / 10 AS bin_low,
  CAST(bin + 1 AS double) / 10 AS bin_high,
  count(*) AS n,
  avg(p) AS mean_p,
  avg(outcome) AS mean_outcome
FROM (
  SELECT f.desk, forecaster, p, outcome, CASE WHEN p >= 1 THEN 9 ELSE CAST(floor(p * 10) AS bigint) END AS bin
  FROM (
    SELECT g.desk, g.model AS forecaster, g.p_model AS p, g.outcome, g.market_ticker, g.resolution_version FROM grades g
    UNION ALL
    SELECT g.desk, 'market' AS forecaster, g.p_market AS p, g.outcome, g.market_ticker, g.resolution_version FROM grades g
    UNION ALL
    SELECT g.desk, 'pool' AS forecaster, g.p_pool AS p, g.outcome, g.market_ticker, g.resolution_version FROM grades g
  ) f
  INNER JOIN latest_resolutions r ON r.market_ticker = f.market_ticker AND r.version = f.resolution_version
  WHERE p IS NOT NULL
)
GROUP BY desk, forecaster, bin
`,
};
