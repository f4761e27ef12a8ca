/** `brier up`: the desk by the clock on the wall, until Ctrl-C. */
import { createWriteStream, mkdirSync } from "node:fs";
import { join } from "node:path";
import { usualFeeds } from "../core/crypto/feeds.ts";
import type { Desk } from "../core/desk.ts";
import { chosenDesks, desks as allDesks, readStreams } from "../core/desks.ts";
import { type Arguments, type Command, exit, text, UsageError } from "../runtime/command.ts";
import { homePaths, openHome, sandboxNow } from "../runtime/home.ts";
import { runLive } from "../runtime/live.ts";
import { messageOf } from "../runtime/message-of.ts";
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

function desksOf(args: Arguments): readonly Desk[] {
  const given = text(args, "desks");
  if (given === undefined) return allDesks;
  try {
    return chosenDesks(given);
  } catch (error) {
    throw new UsageError(`--desks ${given}: ${messageOf(error)}`);
  }
}

const idsOf = (desks: readonly Desk[]) => desks.map(({ id }) => id).join(", ");

export const command: Command = {
  summary: "Run the desk: schedules and workers until Ctrl-C (a simulated world, or --live public data)",
  usage: "[--live] [--desks LIST] [--home FOLDER] [--seed brier]",
  options: {
    live: { type: "boolean" },
    desks: { type: "string" },
    home: { type: "string" },
    seed: { type: "string" },
  },
  help: [
    "  --live         ask the public services; no key is needed for market and weather data",
    `  --desks LIST   of ${idsOf(allDesks)}; the sources of the others are left alone (default: all)`,
    "  --home FOLDER  the desk's folder (default .brier/live with --live, .brier/sandbox without)",
    "  --seed TEXT    the simulated world (default brier)",
    "",
    "With the crypto desk the live feeds of bitcoin are held as well. Kalshi's needs a key, also for public data: kalshi-key-id and",
    "kalshi-private-key in secrets.json in the home; without it that feed is left out.",
    "",
    "Alerts are shown here, and sent to Telegram when secrets.json in the home holds telegram-token and telegram-chat-id;",
    "with visual-crossing-key there, that source is asked as well. After a pause it goes on with the newest windows:",
    "brier backfill brings trades, candles and observations of the time between.",
    "While it runs, ask it from another terminal: brier why, brier sql, brier trace.",
  ].join("\n"),
  async run(args, terminal) {
    const desks = desksOf(args);
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
      `${live ? "Live public data" : "A simulated world"}, desks ${idsOf(desks)}, home ${folder}, log ${homePaths.log(folder)}. Ctrl-C stops.`,
    );
    const told = phaseTeller(home.clock);
    const say = (line: string | undefined) => {
      if (line !== undefined && !terminal.json) terminal.note(line);
    };
    // The desk goes on with what it polls.
    const withoutStreams = (error: unknown) => {
      const reason = messageOf(error);
      home.services.log.error("the live feeds ended", { error: reason });
      say(`The live feeds ended: ${reason}. The desk goes on with what it polls.`);
    };
    try {
      const streams = holdHomeStreams(home, readStreams(desks) ? usualFeeds : [], {
        signal: stop.signal,
        desks,
        onSkipped: ({ feed, reason }) => say(`${feed} is left out: ${reason} in ${folder}/secrets.json.`),
        onPhase: (feed, phase, reason) => say(told(feed.id, phase, reason)),
      }).catch(withoutStreams);
      const desk = runLive(home, {
        desks,
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
