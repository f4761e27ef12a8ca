import { column, defineTable, derivedColumns, nullable } from "./table.ts";

export const feedHealth = defineTable({
  name: "feed_health",
  version: 1,
  doc: "What became of a feed in a minute, one row a feed, minute and holder. Counts are of that minute.",
  columns: {
    feed: column("string", "The feed, for example kalshi or coinbase."),
    minute_at: column("timestamp", "Begin of the minute."),
    holder: column("string", "Who held the socket."),
    phase: column(
      "string",
      "At the end of the minute: idle, waiting, connecting, open, subscribed, live or disabled. Only live means that data is seen.",
    ),
    connects: column("int", "Attempts to connect."),
    closes: column("int", "Connections that ended, whoever ended them."),
    last_close: nullable("string", "Why the newest connection ended or did not come about; null when all went well."),
    frames: column("int", "Frames received."),
    data_frames: column("int", "Frames that held data; the others are acknowledgements, heartbeats and the like."),
    refused: column(
      "int",
      "Frames that could not be read, or not in every field, and commands that were refused; the first of them are kept under quarantine/.",
    ),
    repeats: column("int", "Frames and trades that had been seen before, and frames out of order; left out."),
    gaps: column("int", "Jumps of a sequence number."),
    lost_trades: column("int", "Trades that the venue's ids say we missed."),
    resyncs: column("int", "Books that were asked for anew."),
    faults: column("int", "Books that contradicted themselves: a negative level, a book that stayed crossed."),
    replaced: column("int", "Rows that gave way to a newer one of the same key before they were written."),
    dropped: column("int", "Rows that a full buffer gave up, the oldest first."),
    products: column("int", "Markets or pairs subscribed at the end of the minute."),
    unquotable: column("int", "Of these, how many had no book or quote in step at the end of the minute."),
    last_data_at: nullable("timestamp", "When data came last; null when none ever did."),
    max_silence_ms: column("int", "Longest time without data in the minute.", "ms"),
    skew_ms: nullable(
      "int",
      "Smallest receive time minus venue time: latency plus the difference of the clocks. Below zero our clock is behind. Null without venue times.",
      "ms",
    ),
    ...derivedColumns,
  },
  key: ["feed", "minute_at", "holder"],
  dt: "minute_at",
});
