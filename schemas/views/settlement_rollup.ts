import type { View } from "./view.ts";

export const settlementRollup: View = {
  name: "settlement_rollup",
  doc: "By desk, station and climate day: how the texts about the day stand beside Kalshi's outcome, counted by verdict (see settlement_checks). outcomes_differ counts texts by which another market would have been paid.",
  sql: `
SELECT
  desk,
  station,
  climate_date,
  count(DISTINCT event_ticker) AS events,
  count(*) AS checks,
  count(CASE WHEN verdict = 'agree' THEN 1 END) AS agree,
  count(CASE WHEN verdict = 'late' THEN 1 END) AS late,
  count(CASE WHEN verdict = 'revised' THEN 1 END) AS revised,
  count(CASE WHEN verdict = 'source_differs' THEN 1 END) AS source_differs,
  count(CASE WHEN verdict = 'unparsable' THEN 1 END) AS unparsable,
  count(CASE WHEN outcome_agrees = false THEN 1 END) AS outcomes_differ
FROM latest_settlement_checks
GROUP BY desk, station, climate_date
`,
};
