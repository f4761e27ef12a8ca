/** `brier feeds`: how the live feeds have done, and what they show now. */
import { systemClock } from "../adapters/embedded/clock.ts";
import { type Arguments, type Command, exit, type Terminal, text, UsageError } from "../runtime/command.ts";
import { type BasisLine, type FeedReport, reportFeeds } from "../runtime/feeds.ts";
import { feedsNow, type ShownNow } from "../runtime/feeds-now.ts";
import { type Reader, readerHelp, readerOptions, readerUsage, withReader } from "../runtime/reader.ts";
import { textTable } from "../runtime/text-table.ts";

/** A holder stores what its live feeds show every ten seconds. */
const heldWithinMs = 60_000;

/** A year back, a day between two drawings. */
const mostMinutes = 527_040;
const mostSeconds = 86_400;

function historyTable(feeds: readonly FeedReport[]): string {
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
    `${feed.unquotable}/${feed.products}`,
    `${(feed.max_silence_ms / 1_000).toFixed(1)} s`,
    feed.skew_ms === null ? "–" : `${feed.skew_ms} ms`,
    feed.checked === null
      ? "–"
      : `${feed.checked.diverging}/${feed.checked.compared}, ${feed.checked.worst.toFixed(1)} ${feed.checked.unit}`,
    feed.last_close ?? "",
  ]);
  const head = ["feed", "phase", "live/min", "last data", "connects", "gaps", "resyncs", "lost", "refused", "dropped"];
  return textTable([...head, "unquotable", "silence", "skew", "apart", "last end"], rows, 60);
}

const signed = (bps: number) => `${bps < 0 ? "−" : "+"}${Math.abs(bps).toFixed(1)} bps`;

/** A dash where there is nothing to say. */
const or = <T>(value: T | null, shown: (value: T) => string): string => (value === null ? "–" : shown(value));

function basisTable(lines: readonly BasisLine[]): string {
  const rows = lines.map((line) => [
    line.index_id,
    line.checked_at.slice(11, 16),
    line.state,
    String(line.pairs),
    or(line.mean_bps, signed),
    or(line.spread_bps, (bps) => bps.toFixed(1)),
    line.worst_mean_bps === null ? "–" : `${line.worst_venue} ${signed(line.worst_mean_bps)}`,
    String(line.venues_off),
    `${line.noise_bps.toFixed(1)} bps`,
    `${line.alarms}/${line.checks}`,
  ]);
  const head = ["basis", "at", "venues", "prints", "over it", "scatter", "furthest", "off", "noise", "alarms"];
  return textTable(head, rows);
}

function nowTable(shown: readonly ShownNow[], now: number): string {
  const seconds = (ms: number) => `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  const age = (iso: string) => seconds(now - Date.parse(iso));
  const rows = shown.map((one) => {
    const price = (value: number) => (one.close_time === null ? String(value) : value.toFixed(4));
    return [
      one.feed,
      one.of,
      or(one.bid ?? one.value, price),
      or(one.ask, price),
      or(one.return_60s, (change) => signed(change * 1e4)),
      or(one.return_300s, (change) => signed(change * 1e4)),
      or(one.seen_at, age),
      `${age(one.stored_at)} ago`,
      or(one.close_time, (iso) => seconds(Date.parse(iso) - now)),
    ];
  });
  const head = ["feed", "now", "bid, index", "ask", "60 s", "300 s", "age", "as of", "closes in"];
  return textTable(head, rows, 40);
}

/** Draws what is shown now again and again, until Ctrl-C. */
async function watchNow({ state, clock }: Reader, seconds: number, terminal: Terminal): Promise<never> {
  // On a terminal in place of what was drawn before.
  const clear = process.stdout.isTTY ? "\u001b[2J\u001b[H" : "";
  while (true) {
    const now = clock.now();
    const shown = await feedsNow(state, now);
    const at = new Date(now).toISOString();
    if (terminal.json) terminal.out(JSON.stringify({ at, now: shown }));
    else {
      const table = shown.length === 0 ? "No feed has shown anything for ten minutes." : nowTable(shown, now);
      terminal.out(`${clear}${at.slice(0, 19).replace("T", " ")} UTC\n${table}`);
    }
    await systemClock.sleep(seconds * 1_000);
  }
}

function numberUpTo(most: number, args: Arguments, name: string, fallback: number): number {
  const given = text(args, name);
  const value = Number(given ?? fallback);
  if (!(value >= 1 && value <= most)) throw new UsageError(`--${name} ${given} is not a number from 1 to ${most}`);
  return value;
}

export const command: Command = {
  summary: "How the live feeds have done, and what they show now: prices, gaps, lost trades, silence, clock, basis",
  usage: `[--minutes 60 | --watch SECONDS] ${readerUsage}`,
  options: { ...readerOptions, minutes: { type: "string" }, watch: { type: "string" } },
  help: [
    "  --minutes N    look back so far from the newest minute on record (default 60)",
    "  --watch N      draw only what is shown now, every N seconds, until Ctrl-C",
    readerHelp,
    "",
    "live/min: minutes at whose end data was seen, of those on record. unquotable: markets or pairs without a book or quote in",
    "step, of those held, at the end of the newest minute. skew: latency plus the difference of the clocks; below zero our",
    "clock is behind. apart: streamed prices that were not the polled ones, of those compared, and the most (brier up).",
    "basis: the venues over the settlement index in its last quarter of an hour (brier up); off: venues in alarm themselves; alarms:",
    "of the measurements. now: what the holder stored last, and how long ago that is; of the events that close next the market",
    "nearest to half a dollar. What was not stored for ten minutes is not shown.",
    "Exit code 1: a feed is not live, or nobody holds them now.",
  ].join("\n"),
  async run(args, terminal) {
    if (args.positionals.length > 0) throw new UsageError(`What is "${args.positionals[0]}"?`);
    const minutes = numberUpTo(mostMinutes, args, "minutes", 60);
    if (args.values["watch"] !== undefined) {
      if (args.values["minutes"] !== undefined) throw new UsageError("--watch is of now: leave --minutes out");
      const seconds = numberUpTo(mostSeconds, args, "watch", 10);
      return withReader(args, terminal, (reader) => watchNow(reader, seconds, terminal));
    }
    const { feeds, basis, at, shown } = await withReader(args, terminal, async ({ sql, state, clock }) => {
      const report = await reportFeeds(sql, minutes);
      const now = clock.now();
      return { ...report, at: now, shown: await feedsNow(state, now) };
    });
    const down = feeds.filter(({ phase }) => phase !== "live").length;
    const held = shown.some(({ stored_at }) => at - Date.parse(stored_at) <= heldWithinMs);
    if (terminal.json) {
      terminal.out(JSON.stringify({ minutes, held, down, feeds, basis, at: new Date(at).toISOString(), now: shown }));
    } else if (feeds.length === 0 && shown.length === 0) {
      terminal.out("No feed has been held yet. Hold some: brier stream");
    } else {
      const parts = [
        ...(feeds.length === 0 ? [] : [historyTable(feeds)]),
        ...(basis.length === 0 ? [] : [basisTable(basis)]),
        ...(shown.length === 0 ? [] : [nowTable(shown, at)]),
        ...(held
          ? []
          : ["Nobody holds the feeds now: what is above is the past. Hold them: brier up, or brier stream"]),
      ];
      terminal.out(parts.join("\n\n"));
    }
    return feeds.length > 0 && down === 0 && held ? exit.ok : exit.no;
  },
};
