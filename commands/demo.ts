/** `brier demo`: seven days of the desk in a simulated world, and what came of them. */
import { createWriteStream, existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { CommandError, type Command, exit, text, UsageError } from "../runtime/command.ts";
import { demoReport, type DemoReport, printDemoReport } from "../runtime/demo-report.ts";
import { homePaths, openHome } from "../runtime/home.ts";
import { play } from "../runtime/play.ts";
import { watchSchedule } from "../core/watch-schedule.ts";
import { demoDays, demoStart } from "../sandbox/incidents.ts";

const defaultSeed = "brier";
const day = 86_400_000;

/** Removes an earlier demo, and nothing that is not one. */
function clear(folder: string): void {
  if (!existsSync(folder)) return;
  if (!existsSync(homePaths.clock(folder))) {
    throw new CommandError(
      `${folder} exists and is not the home of a demo. Give another --home, or remove it yourself.`,
    );
  }
  rmSync(folder, { recursive: true });
}

export const command: Command = {
  summary: "Play seven days of the desk in a simulated world and print what came of them",
  usage: "[--home .brier/demo] [--seed brier] [--days 7]",
  options: { home: { type: "string" }, seed: { type: "string" }, days: { type: "string" } },
  help: [
    "  --home FOLDER  where the demo's lake is left; an earlier demo there is replaced (default .brier/demo)",
    "  --seed TEXT    another world (default brier); the same seed gives the same bytes",
    "  --days N       how many days, 1 to 7 (default 7)",
    "",
    "Its home is left behind and can be asked like any other: brier why, sql, trace, replay, weather diagnose, weather panel.",
    "Exit code 1: a window is missing, a message was parked, or an incident was not dealt with.",
  ].join("\n"),
  async run(args, terminal) {
    const folder = text(args, "home") ?? join(".brier", "demo");
    const seed = text(args, "seed") ?? defaultSeed;
    const days = Number(text(args, "days") ?? demoDays);
    if (!Number.isInteger(days) || days < 1 || days > demoDays) {
      throw new UsageError(`--days is "${text(args, "days")}"; give a whole number from 1 to ${demoDays}`);
    }
    clear(folder);
    mkdirSync(folder, { recursive: true });
    const begun = performance.now();
    const log = createWriteStream(homePaths.log(folder));
    // To the watch that books the last hour's windows.
    const until = demoStart + days * day + watchSchedule.offsetMinutes * 60_000;
    const home = openHome({
      folder,
      surroundings: { kind: "sandbox", seed, start: demoStart, days: demoDays, incidents: "demo", clock: "virtual" },
      log,
    });
    let report: DemoReport;
    try {
      if (!terminal.json) terminal.note(`Playing ${days} days of six cities, seed "${seed}" …`);
      await play(home, {
        until,
        onInstant(now) {
          const share = (now - demoStart) / (until - demoStart);
          const bar = "█".repeat(Math.round(share * 30)).padEnd(30, "·");
          terminal.progress(
            `${bar} ${new Date(now).toISOString().slice(0, 16)}Z  ${((performance.now() - begun) / 1000).toFixed(0)} s`,
          );
        },
      });
      report = await demoReport(home, { seed, days, playedSeconds: (performance.now() - begun) / 1000 });
    } finally {
      home.close();
      log.end();
    }
    report.seconds = (performance.now() - begun) / 1000;
    if (terminal.json) terminal.out(JSON.stringify(report));
    else printDemoReport(report, folder, (line) => terminal.out(line));
    return report.sound ? exit.ok : exit.no;
  },
};
