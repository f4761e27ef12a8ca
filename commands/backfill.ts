/** `brier backfill`: the past of a source through the same queue as its present. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../adapters/embedded/clock.ts";
import type { Source } from "../core/source.ts";
import { sourceOf, sources } from "../core/sources.ts";
import { backfill, type BackfillCounts, sendBackfill, windowsOf } from "../runtime/backfill.ts";
import { homesFolder } from "../runtime/chosen-home.ts";
import {
  type Arguments,
  type Command,
  CommandError,
  exit,
  type ExitCode,
  type Terminal,
  text,
  UsageError,
} from "../runtime/command.ts";
import { homePaths } from "../runtime/home.ts";
import { messageOf } from "../runtime/message-of.ts";
import { inOwnedHome, isPlayed } from "../runtime/owned-home.ts";
import { isDate } from "../schemas/emit/zod.ts";

const day = 86_400_000;
/** The home of `brier up --live`. */
const defaultHome = join(homesFolder, "live");

const fillable = sources.filter(({ reachesBackDays }) => reachesBackDays !== undefined).map(({ id }) => id);

interface Asked {
  source: Source;
  /** Epoch ms, half-open. */
  from: number;
  until: number;
}

function dateOf(args: Arguments, name: string): number {
  const value = text(args, name);
  if (value === undefined || !isDate(value))
    throw new UsageError(`--${name} is "${value ?? ""}"; give YYYY-MM-DD (UTC)`);
  return Date.parse(`${value}T00:00:00Z`);
}

function askedOf(args: Arguments): Asked {
  const [id, ...more] = args.positionals;
  if (id === undefined || more.length > 0) throw new UsageError(`Which source? One of ${fillable.join(", ")}.`);
  let source: Source;
  try {
    source = sourceOf(id);
  } catch (error) {
    throw new UsageError(messageOf(error));
  }
  const from = dateOf(args, "from");
  const last = dateOf(args, "to");
  if (last < from) throw new UsageError(`--to ${text(args, "to")} is before --from ${text(args, "from")}`);
  return { source, from, until: last + day };
}

function duration(ms: number): string {
  const minutes = Math.ceil(ms / 60_000);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function progressLine({ windows, open, rows }: BackfillCounts, worked: number, elapsedMs: number): string {
  const done = windows - open;
  const rate = (worked / elapsedMs) * 60_000;
  const eta = open === 0 ? "" : `, ${duration((open * elapsedMs) / worked)} to go`;
  return `${done} of ${windows} windows (${Math.floor((done / windows) * 100)} %), ${rows} rows, ${rate.toFixed(1)} windows a minute${eta}`;
}

async function atHome({ source, from, until }: Asked, folder: string, terminal: Terminal): Promise<ExitCode> {
  if (existsSync(homePaths.sent(folder)) && !isPlayed(folder)) {
    throw new CommandError(
      `${folder} is a home of brier up in a simulated world: real answers do not belong there. Give --home ${defaultHome}, or another one.`,
    );
  }
  terminal.note(`home ${folder}`);
  const stop = new AbortController();
  const onSignal = () => {
    // The second signal finds no listener and ends the process, which does no harm either.
    terminal.note("Finishing what is in hand … run the same command again and it goes on.");
    stop.abort();
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, onSignal);
  const begun = performance.now();
  const counts = await inOwnedHome(folder, async (home) => {
    const windows = windowsOf(source, from, until, home.clock.now());
    const wanted = source.secret;
    if (wanted !== undefined && (await home.services.secrets.get(wanted)) === undefined) {
      throw new CommandError(`${source.id} rests: the secret ${wanted} is not in the home's secrets.json.`);
    }
    terminal.note(
      `${windows.length} windows of ${source.id}, ${new Date(windows[0] ?? 0).toISOString().slice(0, 16)}Z to ${new Date(windows.at(-1) ?? 0).toISOString().slice(0, 16)}Z`,
    );
    return backfill({
      home,
      source,
      windows,
      signal: stop.signal,
      onProgress: (now, worked) => terminal.progress(progressLine(now, worked, performance.now() - begun)),
    });
  }).finally(() => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.removeListener(signal, onSignal);
  });
  const failed = counts.failed.map(({ at, reason }) => ({ at: new Date(at).toISOString(), reason }));
  if (terminal.json) terminal.out(JSON.stringify({ home: folder, source: source.id, ...counts, failed }));
  else {
    terminal.out(
      `${counts.windows} windows: ${counts.landed} landed with ${counts.rows} rows, ${counts.repeated} were there, ${counts.quarantined} quarantined, ${failed.length} failed, ${counts.open} still to do`,
    );
    for (const { at, reason } of failed) terminal.out(`failed  ${at}  ${reason}`);
    if (counts.quarantined > 0)
      terminal.note(`brier quarantine list --source ${source.id} --home ${folder} says what was refused.`);
    if (counts.open + failed.length > 0) terminal.note("Run the same command again for what is missing.");
  }
  return counts.open + failed.length + counts.quarantined === 0 ? exit.ok : exit.no;
}

async function onStack({ source, from, until }: Asked, stack: string, terminal: Terminal): Promise<ExitCode> {
  // The AWS clients take a while to load, and only this needs them.
  const { findStack } = await import("../runtime/deployment.ts");
  const { connectQueue } = await import("../adapters/aws/queue.ts");
  const { description, lake } = await findStack(stack);
  const windows = windowsOf(source, from, until, systemClock.now());
  const queue = connectQueue({ queues: { ingest: description.queues.ingest }, clock: systemClock });
  const { sent } = await sendBackfill(lake, queue, source, windows);
  if (terminal.json) terminal.out(JSON.stringify({ stack, source: source.id, windows: windows.length, sent }));
  else {
    terminal.out(
      `${windows.length} windows: ${sent} sent to the ingest queue of ${stack}, ${windows.length - sent} were there`,
    );
    terminal.note(
      `To follow: brier sql --stack ${stack} "select entry, count(*), sum(rows) from ingest_ledger where source = '${source.id}' group by entry"`,
    );
  }
  return exit.ok;
}

export const command: Command = {
  summary: "Bring the past of a source into the lake, through the same queue; goes on after an interruption",
  usage: "<source> --from YYYY-MM-DD --to YYYY-MM-DD  [--home FOLDER | --stack NAME]",
  options: {
    from: { type: "string" },
    to: { type: "string" },
    home: { type: "string" },
    stack: { type: "string" },
  },
  help: [
    `  <source>       one of ${fillable.join(", ")}`,
    "  --from, --to   first and last day (UTC), both included",
    `  --home FOLDER  the home to bring it into (default ${defaultHome}, made when it is not there; it must not be in use)`,
    "  --stack NAME   hand the windows to this deployed stack instead; its functions do the work",
    "",
    "Windows have the scheduler's names and keys: what is there already is not asked for again, and a pointer never moves back.",
    "Hosts are asked no faster than the desk itself asks them. Ctrl-C finishes what is in hand; run it again and it goes on.",
    "Example: brier backfill kalshi-candles --from 2026-10-01 --to 2026-10-07",
    "Exit code 1: something was refused, failed or is still to do.",
  ].join("\n"),
  run(args, terminal) {
    const asked = askedOf(args);
    const stack = text(args, "stack");
    const folder = text(args, "home");
    if (stack !== undefined && folder !== undefined) throw new UsageError("Give --home or --stack, not both.");
    return stack === undefined ? atHome(asked, folder ?? defaultHome, terminal) : onStack(asked, stack, terminal);
  },
};
