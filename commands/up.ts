/** `brier up`: the desk by the clock on the wall, until Ctrl-C. */
import { createWriteStream, mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Command, exit, text } from "../runtime/command.ts";
import { usualFeeds } from "../core/crypto/feeds.ts";
import { homePaths, openHome, sandboxNow } from "../runtime/home.ts";
import { runLive } from "../runtime/live.ts";
import { holdHomeStreams, phaseTeller } from "../runtime/streams.ts";
import { workedLine } from "../runtime/worked-line.ts";

/** A message as plain text for a terminal. */
function plain(html: string): string {
  return html
    .replaceAll(/<[^>]+>/g, "")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}

export const command: Command = {
  summary: "Run the desk: schedules and workers until Ctrl-C (a simulated world, or --live public data)",
  usage: "[--live] [--home FOLDER] [--seed brier]",
  options: { live: { type: "boolean" }, home: { type: "string" }, seed: { type: "string" } },
  help: [
    "  --live         ask the public services; no key is needed for market and weather data",
    "  --home FOLDER  the desk's folder (default .brier/live with --live, .brier/sandbox without)",
    "  --seed TEXT    the simulated world (default brier)",
    "",
    "The live feeds of bitcoin are held as well. Kalshi's needs a key, also for public data: kalshi-key-id and",
    "kalshi-private-key in secrets.json in the home; without it that feed is left out.",
    "",
    "Alerts are shown here, and sent to Telegram when secrets.json in the home holds telegram-token and telegram-chat-id;",
    "with visual-crossing-key there, that source is asked as well. After a pause it goes on with the newest windows:",
    "brier backfill brings trades, candles and observations of the time between.",
    "While it runs, ask it from another terminal: brier why, brier sql, brier trace.",
  ].join("\n"),
  async run(args, terminal) {
    const live = args.values["live"] === true;
    const folder = text(args, "home") ?? join(".brier", live ? "live" : "sandbox");
    mkdirSync(folder, { recursive: true });
    const log = createWriteStream(homePaths.log(folder), { flags: "a" });
    const home = openHome({
      folder,
      surroundings: live ? { kind: "live" } : sandboxNow(text(args, "seed") ?? "brier"),
      log,
      notice: (html) => terminal.out(terminal.json ? JSON.stringify({ alert: plain(html) }) : `\n${plain(html)}\n`),
    });
    const stop = new AbortController();
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.once(signal, () => {
        // The second signal finds no listener and ends the process: a home is made to be ended at any instant.
        terminal.note("Finishing what is in hand … Ctrl-C again stops at once; nothing is lost.");
        stop.abort();
      });
    }
    terminal.note(
      `${live ? "Live public data" : "A simulated world"}, home ${folder}, log ${homePaths.log(folder)}. Ctrl-C stops.`,
    );
    const told = phaseTeller(home.clock);
    const say = (line: string | undefined) => {
      if (line !== undefined && !terminal.json) terminal.note(line);
    };
    // The desk goes on with what it polls.
    const withoutStreams = (error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      home.services.log.error("the live feeds ended", { error: reason });
      say(`The live feeds ended: ${reason}. The desk goes on with what it polls.`);
    };
    try {
      const streams = holdHomeStreams(home, usualFeeds, {
        signal: stop.signal,
        onSkipped: ({ feed, reason }) => say(`${feed} is left out: ${reason} in ${folder}/secrets.json.`),
        onPhase: (feed, phase, reason) => say(told(feed.id, phase, reason)),
      }).catch(withoutStreams);
      const desk = runLive(home, {
        signal: stop.signal,
        onWorked(queue, delivery, disposition) {
          const line = workedLine(queue, delivery, disposition, Date.now());
          if (line === undefined) return;
          terminal.out(
            terminal.json
              ? JSON.stringify({ at: new Date().toISOString(), queue, message: delivery.id, ...disposition })
              : line,
          );
        },
      });
      // If the desk fails, what the feeds have brought is still written.
      await desk.finally(() => stop.abort()).finally(() => streams);
    } finally {
      home.close();
      log.end();
    }
    return exit.ok;
  },
};
