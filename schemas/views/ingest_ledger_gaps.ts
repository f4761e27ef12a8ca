import type { View } from "./view.ts";

export const ingestLedgerGaps: View = {
  name: "ingest_ledger_gaps",
  doc: "Windows that were due and of which nothing came: neither landed nor quarantined.",
  sql: `
SELECT e.source, e.window_at, e.ingested_at AS expected_at, e.dt
FROM ingest_ledger e
LEFT JOIN (
  SELECT DISTINCT source, window_at FROM ingest_ledger WHERE entry IN ('landed', 'quarantined')
) c ON c.source = e.source AND c.window_at = e.window_at
WHERE e.entry = 'expected' AND c.source IS NULL
`,
};
