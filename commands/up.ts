/** `brier up`: the desk by the clock on the wall, until Ctrl-C. */
import { createWriteStream, mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Command, exit, text } from "../runtime/command.ts";
import { homePaths, openHome, type Surroundings } from "../runtime/home.ts";
import { runLive } from "../runtime/live.ts";
import { workedLine } from "../runtime/worked-line.ts";

const day = 86_400_000;
const sandboxDays = 60;

/** A message as plain text for a terminal. */
function plain(html: string): string {
  return html
    .replaceAll(/<[^>]+>/g, "")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}

/** A simulated world that began a week ago, so that there is a past. */
function sandboxNow(seed: string): Surroundings {
  const start = Math.floor(Date.now() / day - 7) * day;
  return { kind: "sandbox", seed, start, days: sandboxDays, incidents: "none", clock: "system" };
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
    try {
      await runLive(home, {
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
    } finally {
      home.close();
      log.end();
    }
    return exit.ok;
  },
};
