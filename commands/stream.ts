/** `brier stream`: the live feeds of the crypto desk, held from this machine. */
import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { feedIds, usualFeeds } from "../core/crypto/feeds.ts";
import type { RowBatch } from "../core/stream/feed.ts";
import { homesFolder } from "../runtime/chosen-home.ts";
import { type Arguments, type Command, CommandError, exit, text, UsageError } from "../runtime/command.ts";
import { homePaths, openHome, sandboxNow } from "../runtime/home.ts";
import { holdHomeStreams, phaseTeller } from "../runtime/streams.ts";
import { textTable } from "../runtime/text-table.ts";

function minutesOf(args: Arguments): number {
  const given = text(args, "minutes");
  if (given === undefined) return Number.POSITIVE_INFINITY;
  const minutes = Number(given);
  if (!(minutes > 0)) throw new UsageError(`--minutes ${given} is not a number above 0`);
  return minutes;
}

function feedsOf(args: Arguments): readonly string[] {
  const given = text(args, "feeds");
  if (given === undefined) return usualFeeds;
  const ids = given.split(",").filter((id) => id !== "");
  const unknown = ids.find((id) => !feedIds.includes(id));
  if (ids.length === 0 || unknown !== undefined) {
    throw new UsageError(`there is no feed "${unknown ?? ""}"; there are ${feedIds.join(", ")}`);
  }
  return [...new Set(ids)];
}

/** The rows that a minute wrote, by table. */
function written({ rows }: RowBatch): string {
  const counts = Object.entries(rows).flatMap(([table, of]) =>
    table === "feed_health" || of.length === 0 ? [] : [`${of.length} ${table}`],
  );
  return counts.length === 0 ? "nothing" : counts.join(", ");
}

function healthLine(batch: RowBatch): string[] {
  const [row] = batch.rows.feed_health ?? [];
  if (row === undefined) return [];
  const trouble = [
    row.closes > 0 ? `${row.closes} closed (${row.last_close ?? ""})` : "",
    row.gaps > 0 ? `${row.gaps} gaps` : "",
    row.lost_trades > 0 ? `${row.lost_trades} trades lost` : "",
    row.refused > 0 ? `${row.refused} frames refused` : "",
    row.dropped > 0 ? `${row.dropped} rows dropped` : "",
    row.unquotable > 0 ? `${row.unquotable} of ${row.products} not quotable` : "",
  ].filter((one) => one !== "");
  const minute = new Date(batch.minute).toISOString().slice(11, 16);
  return [minute, row.feed, row.phase, String(row.frames), written(batch), trouble.join("; ")];
}

export const command: Command = {
  summary: "Hold the live feeds of the crypto desk: books, ticks and index prints into the home's lake, until Ctrl-C",
  usage: "[--minutes N] [--feeds kalshi,coinbase,…] [--sandbox [--seed brier]] [--home FOLDER]",
  options: {
    minutes: { type: "string" },
    feeds: { type: "string" },
    sandbox: { type: "boolean" },
    seed: { type: "string" },
    home: { type: "string" },
  },
  help: [
    "  --minutes N    stop after so many minutes (default: Ctrl-C stops)",
    `  --feeds LIST   of ${feedIds.join(", ")} (default: ${usualFeeds.join(",")})`,
    "  --sandbox      the feeds of a simulated world instead of the public ones; no key is needed",
    "  --seed TEXT    the simulated world (default brier)",
    "  --home FOLDER  where rows and state go (default .brier/stream, with --sandbox .brier/sandbox)",
    "",
    "brier up holds the same feeds beside the desk; one process at a time owns a home.",
    "Kalshi's stream needs a key, also for public data: put kalshi-key-id and kalshi-private-key (PEM) into secrets.json",
    "in the home (mode 600). Without it that feed is left out. Exit code 1: a feed never showed data.",
  ].join("\n"),
  async run(args, terminal) {
    if (args.positionals.length > 0) throw new UsageError(`What is "${args.positionals[0]}"?`);
    const minutes = minutesOf(args);
    const ids = feedsOf(args);
    const sandbox = args.values["sandbox"] === true;
    const seed = text(args, "seed");
    if (seed !== undefined && !sandbox) throw new UsageError("--seed names a simulated world: give --sandbox as well");
    const folder = text(args, "home") ?? join(homesFolder, sandbox ? "sandbox" : "stream");
    mkdirSync(folder, { recursive: true });
    const home = openHome({
      folder,
      surroundings: sandbox ? sandboxNow(seed ?? "brier") : { kind: "live" },
      log: { write: (line) => appendFileSync(homePaths.log(folder), line) },
    });
    const stop = new AbortController();
    const onSignal = () => {
      terminal.note("Writing what there is … Ctrl-C again stops at once.");
      stop.abort();
    };
    const signals = ["SIGINT", "SIGTERM"] as const;
    for (const signal of signals) process.once(signal, onSignal);
    try {
      const seen = new Set<string>();
      const told = phaseTeller(home.clock);
      const feeds = await holdHomeStreams(home, ids, {
        signal: stop.signal,
        desks: [],
        minutes,
        onSkipped: ({ feed, reason }) => terminal.note(`${feed} is left out: ${reason} in ${folder}/secrets.json.`),
        onHeld(held) {
          if (held.length === 0) throw new CommandError("No feed is left to hold. Name others with --feeds.");
          const names = held.map(({ id }) => id).join(", ");
          const where = sandbox ? " of a simulated world" : "";
          terminal.note(`Holding ${names}${where}; home ${folder}. A line a feed and minute follows.`);
        },
        onPhase(feed, phase, reason) {
          if (phase === "live") seen.add(feed.id);
          const line = told(feed.id, phase, reason);
          if (line !== undefined && !terminal.json) terminal.note(line);
        },
        onBatch(batch) {
          if (terminal.json) for (const row of batch.rows.feed_health ?? []) terminal.out(JSON.stringify(row));
          else terminal.out(healthLine(batch).join("  "));
        },
      });
      const silent = feeds.filter(({ id }) => !seen.has(id));
      if (silent.length > 0 && !terminal.json) {
        terminal.out(
          textTable(
            ["never showed data", "because"],
            silent.map(({ id, reason }) => [id, reason ?? ""]),
            90,
          ),
        );
      }
      return silent.length === 0 ? exit.ok : exit.no;
    } finally {
      for (const signal of signals) process.off(signal, onSignal);
      home.close();
    }
  },
};
