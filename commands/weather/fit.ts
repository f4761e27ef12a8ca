/** `brier weather fit`: parameters of the weather models from the home's past. */
import { stations } from "../../core/weather/stations.ts";
import type { FusionScheme } from "../../core/market/fusion.ts";
import type { Services } from "../../core/ports.ts";
import { chooseHome, homeHelp } from "../../runtime/chosen-home.ts";
import { type Arguments, exit, type Terminal, text, UsageError } from "../../runtime/command.ts";
import { inOwnedHome } from "../../runtime/owned-home.ts";
import { readerOptions } from "../../runtime/reader.ts";
import { currentParameters, fitWeather, writeFit } from "../../runtime/weather-fit.ts";
import { fitText } from "../../runtime/weather-fit-text.ts";
import { chosenDays, chosenStations, dayOptions } from "./days.ts";
import type { Verb } from "./verb.ts";

const schemes: readonly FusionScheme[] = ["log-score", "hazard-volume"];

function chosenScheme(args: Arguments): FusionScheme {
  const given = text(args, "scheme") ?? "log-score";
  const found = schemes.find((scheme) => scheme === given);
  if (found === undefined) throw new UsageError(`--scheme is "${given}"; give ${schemes.join(" or ")}`);
  return found;
}

function chosenInstant(args: Arguments, now: number): number {
  const given = text(args, "as-of");
  if (given === undefined) return now;
  const at = /(?:Z|[+-]\d\d:\d\d)$/.test(given) ? Date.parse(given) : Number.NaN;
  if (Number.isNaN(at)) throw new UsageError(`--as-of is "${given}"; give an instant such as 2026-11-01T12:00:00Z`);
  if (at > now)
    throw new UsageError(`--as-of ${given} is in the home's future: it stands at ${new Date(now).toISOString()}`);
  return at;
}

/** A home that nobody else is working in, or a deployed stack. */
async function inServices<T>(
  args: Arguments,
  terminal: Terminal,
  work: (services: Pick<Services, "lake" | "sql" | "state" | "clock">, where: string) => Promise<T>,
): Promise<T> {
  const stack = text(args, "stack");
  if (stack === undefined) {
    const folder = chooseHome(args, terminal);
    return inOwnedHome(folder, ({ services }) => work(services, folder));
  }
  if (text(args, "home") !== undefined) throw new UsageError("--home and --stack exclude each other");
  // The AWS clients take a while to load, and only this needs them.
  const { findStack } = await import("../../runtime/deployment.ts");
  return work(await findStack(stack), stack);
}

export const fitVerb: Verb = {
  usage:
    "[--city KMDW] [--from 2026-09-01] [--to 2026-11-01] [--as-of INSTANT] [--scheme log-score] [--dry-run] [--home FOLDER | --stack NAME]",
  options: {
    ...readerOptions,
    ...dayOptions,
    "as-of": { type: "string" },
    scheme: { type: "string" },
    "dry-run": { type: "boolean" },
  },
  help: [
    "  --city NAMES   ICAO ids, series or cities, with commas between them, or all (default); the others keep theirs. The",
    "                 fusion is of all cities in any case.",
    "  --from DAY     first climate day, YYYY-MM-DD (default: all); --to DAY the last one",
    "  --as-of INSTANT  use nothing that was known later (default: the home's now)",
    "  --scheme NAME  how market and models are weighed: log-score (default) or hazard-volume; it comes into force only",
    "                 where it does better than the prior",
    "  --dry-run      show what would be written, and write nothing",
    homeHelp,
    "  --stack NAME   fit a deployed stack's past, and point its jobs to what is fitted",
    "",
    "  Each part is fitted on the first of its days and scored on the last quarter, which it has not seen; what is written",
    "  is fitted on all of them and speaks of later days only. Parts with too few days, and those that did no better than",
    "  the prior, stay as they are; where that is all of them nothing is written. The home must not be in use.",
  ],
  async run(args, terminal) {
    if (args.positionals.length > 0) throw new UsageError(`What is "${args.positionals[0]}"?`);
    const { from = "0001-01-01", to = "9999-12-31" } = chosenDays(args);
    const chosen = chosenStations(args) ?? stations;
    const scheme = chosenScheme(args);
    const dry = args.values["dry-run"] === true;
    return inServices(args, terminal, async (services, where) => {
      const { lake, sql, state, clock } = services;
      const asOf = chosenInstant(args, clock.now());
      const progress = (line: string) => terminal.progress(line);
      const current = await currentParameters({ lake, state });
      const fit = await fitWeather({ lake, sql, stations: chosen, from, to, asOf, progress }, { current, scheme });
      terminal.progress("");
      const inForce = dry ? false : await writeFit(services, fit);
      if (terminal.json) {
        const { rows, ...rest } = fit;
        terminal.out(JSON.stringify({ where, dry_run: dry, in_force: inForce, ...rest, rows: rows.length }));
      } else terminal.out(fitText(fit, { dry, inForce }));
      return exit.ok;
    });
  },
};
