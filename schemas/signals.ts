import { column, defineTable, derivedColumns } from "./table.ts";

export const signals = defineTable({
  name: "signals",
  version: 1,
  doc: "Candidates that passed every gate.",
  columns: {
    signal_id: column("string", "signal-<hash> of job, market and side."),
    job_id: column("string", "The job."),
    prediction_id: column("string", "The prediction."),
    market_ticker: column("string", "The market."),
    event_ticker: column("string", "The event."),
    side: column("string", "yes or no: the side to buy."),
    decided_at: column("timestamp", "The job's instant."),
    price: column("price", "What the side costs per contract."),
    size: column("count", "Contracts offered at that price."),
    fee: column("price", "Taker fee per contract at the stated order size."),
    p_model: column("double", "The model's probability of the side."),
    p_market: column("double", "The market's probability of the side."),
    p_pool: column("double", "The pool's probability of the side."),
    edge: column("double", "p_pool - price - fee.", "$ per contract"),
    ...derivedColumns,
  },
  key: ["signal_id"],
  dt: "decided_at",
});
