import { column, defineTable, derivedColumns, nullable } from "./table.ts";

export const arbitrages = defineTable({
  name: "arbitrages",
  version: 2,
  doc: "Sets of contracts that cost less, fees included, than they must pay, as the books of the job showed them. All of one job can be bought together. Forms: docs/arbitrage.md.",
  columns: {
    arbitrage_id: column("string", "arbitrage-<hash> of the job, the form and the legs."),
    job_id: column("string", "The job whose inputs hold the books."),
    desk: column("string", "The desk."),
    event_ticker: column("string", "The job's event; the legs may lie in others that settle on the same value."),
    found_at: column("timestamp", "The job's instant."),
    contracts: column("string", "What is bought, <market>/<side> each: a set that is found again has the same."),
    form: column("string", "box, all-yes, all-no, thresholds or bucket."),
    size: column("count", "Contracts of each leg: the size of most profit."),
    legs: column(
      "json",
      "Array of {market_ticker, side, origin, quoted_at, fills: [{price, count}], fee, cost}: what is bought, level by level. Money in micro-dollars, counts in hundredths of a contract, origin as in enrichments.quote_origin, quoted_at in epoch ms.",
    ),
    cost: column("price", "Everything paid, fees included."),
    fees: column("price", "The part of cost that is fees."),
    payout: column("price", "What the set pays at least: whatever happens, or as long as what it assumes holds."),
    profit: column("price", "payout - cost."),
    worst_case: column(
      "price",
      "Most that can be lost when only some of the legs are filled, or when what the set assumes does not hold.",
    ),
    assumes: nullable(
      "string",
      "What must hold for the payout: which values between two steps the rules do not rule out. Null when it pays whatever happens.",
    ),
    ...derivedColumns,
  },
  key: ["arbitrage_id"],
  dt: "found_at",
});
