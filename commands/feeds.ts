/** `brier feeds`: how the live feeds have done. */
import { type Command, exit, text, UsageError } from "../runtime/command.ts";
import { reportFeeds } from "../runtime/feeds.ts";
import { readerHelp, readerOptions, readerUsage, withReader } from "../runtime/reader.ts";
import { textTable } from "../runtime/text-table.ts";

export const command: Command = {
  summary: "How the live feeds have done: seen data, gaps, lost trades, silence, clock",
  usage: `[--minutes 60] ${readerUsage}`,
  options: { ...readerOptions, minutes: { type: "string" } },
  help: [
    "  --minutes N    look back so far from the newest minute on record (default 60)",
    readerHelp,
    "",
    "live/minutes: minutes at whose end data was seen, of those on record. skew: latency plus the difference of the clocks; below",
    "zero our clock is behind. apart: streamed prices that were not the polled ones, of those compared, and the most (brier up).",
    "Exit code 1: a feed is not live.",
  ].join("\n"),
  async run(args, terminal) {
    if (args.positionals.length > 0) throw new UsageError(`What is "${args.positionals[0]}"?`);
    const minutes = Number(text(args, "minutes") ?? "60");
    if (!(minutes >= 1)) throw new UsageError(`--minutes ${text(args, "minutes")} is not a number of 1 or more`);
    const feeds = await withReader(args, terminal, ({ sql }) => reportFeeds(sql, minutes));
    const down = feeds.filter(({ phase }) => phase !== "live").length;
    if (terminal.json) terminal.out(JSON.stringify({ minutes, down, feeds }));
    else if (feeds.length === 0) terminal.out("No feed has been held yet. Hold some: brier stream");
    else {
      const rows = feeds.map((feed) => [
        feed.feed,
        feed.phase,
        `${feed.live}/${feed.minutes}`,
        feed.last_data_at === null ? "never" : feed.last_data_at.slice(0, 19).replace("T", " "),
        String(feed.connects),
        String(feed.gaps),
        String(feed.resyncs + feed.faults),
        String(feed.lost_trades),
        String(feed.refused),
        String(feed.dropped),
        `${(feed.max_silence_ms / 1_000).toFixed(1)} s`,
        feed.skew_ms === null ? "–" : `${feed.skew_ms} ms`,
        feed.checked === null
          ? "–"
          : `${feed.checked.diverging}/${feed.checked.compared}, ${feed.checked.worst.toFixed(1)} ${feed.checked.unit}`,
        feed.last_close ?? "",
      ]);
      const head = [
        "feed",
        "phase",
        "live/min",
        "last data",
        "connects",
        "gaps",
        "resyncs",
        "lost",
        "refused",
        "dropped",
      ];
      terminal.out(textTable([...head, "silence", "skew", "apart", "last end"], rows, 60));
    }
    return feeds.length > 0 && down === 0 ? exit.ok : exit.no;
  },
};
