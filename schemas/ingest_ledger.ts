import { column, defineTable, derivedColumns, nullable } from "./table.ts";

export const ingestLedger = defineTable({
  name: "ingest_ledger",
  version: 1,
  doc: "The book of ingest windows: which were due and what became of each. Repeats are counted in the state store, so that these bytes do not depend on them.",
  columns: {
    source: column("string", "The source."),
    window_at: column("timestamp", "The window's scheduled instant."),
    entry: column(
      "string",
      "expected (written by watch from the schedule), landed, or quarantined (a payload was refused).",
    ),
    fetched_at: nullable("timestamp", "When its answers were fetched; null in expected entries."),
    exchanges: nullable("int", "Number of answers; null in expected entries."),
    rows: nullable("int", "Number of rows decoded; null in expected entries."),
    refused: nullable("int", "Number of payloads refused; null in expected entries."),
    reasons: nullable(
      "json",
      "Array of {kind, path, message}: refusals (drift, content) and what was new (note); null where there are none.",
    ),
    raw_key: nullable("string", "Lake key of the stored exchanges; null in expected entries."),
    raw_sha256: nullable("string", "Their hash; null in expected entries."),
    ...derivedColumns,
  },
  key: ["source", "window_at", "entry"],
  dt: "window_at",
});
