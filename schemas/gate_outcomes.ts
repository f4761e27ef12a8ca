import { column, defineTable, derivedColumns, nullable } from "./table.ts";

export const gateOutcomes = defineTable({
  name: "gate_outcomes",
  version: 1,
  doc: "Why each candidate (a side of a market at one instant) did or did not become a signal: exactly one row a candidate.",
  columns: {
    job_id: column("string", "The job."),
    market_ticker: column("string", "The market."),
    side: column("string", "yes or no: the side that would be bought."),
    event_ticker: column("string", "The event."),
    decided_at: column("timestamp", "The job's instant."),
    gate: column("string", "The first gate that the candidate did not pass, or signal."),
    position: column("int", "Number of gates passed: how near it came."),
    value: nullable("double", "The number that the gate judged; null where it judges no number."),
    threshold: nullable("double", "What the number was held against; null where there is none."),
    detail: column("string", "One sentence with the numbers."),
    price: nullable("price", "What the side would have cost; null when nobody offers it."),
    edge: nullable("double", "Edge of the side after fees; null when it cannot be stated.", "$ per contract"),
    ...derivedColumns,
  },
  key: ["job_id", "market_ticker", "side"],
  dt: "decided_at",
});
