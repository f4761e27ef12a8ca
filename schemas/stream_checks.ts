import { column, defineTable, derivedColumns } from "./table.ts";

export const streamChecks = defineTable({
  name: "stream_checks",
  version: 1,
  doc: "What the streams showed beside what was polled at the same instant, one row a feed and check. A feed of which nothing could be compared has no row.",
  columns: {
    feed: column("string", "The feed, for example kalshi or coinbase."),
    checked_at: column("timestamp", "The watch that compared."),
    compared: column("int", "Markets or pairs that both sides spoke of."),
    diverging: column("int", "Of these, how many were further apart than the rule stream-divergence allows."),
    worst_subject: column("string", "The market, or the venue and its pair, that was furthest apart."),
    worst_difference: column(
      "double",
      "How far, by the larger difference of bid and ask; to the nearest of all states of the stream around the poll.",
    ),
    unit: column("string", "Of worst_difference: ¢ (a contract) or bps."),
    stream_at: column("timestamp", "Instant of the stream's side of it."),
    rest_at: column("timestamp", "Instant of the poll."),
    ...derivedColumns,
  },
  key: ["feed", "checked_at"],
  dt: "checked_at",
});
