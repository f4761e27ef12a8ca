/** Which home a command works on: the one that is named, or the one used last. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Arguments, CommandError, type Terminal, text } from "./command.ts";
import { homePaths } from "./home.ts";

/** Where homes are made when nobody says otherwise. */
export const homesFolder = ".brier";

export const homeOption = { home: { type: "string" } } as const;
export const homeHelp = "  --home FOLDER  the home to work on (default: the one under .brier that was used last)";

function isHome(folder: string): boolean {
  return existsSync(homePaths.lake(folder)) || existsSync(homePaths.database(folder));
}

/** The homes under `root`, the one used last first: opening and closing a home changes its folder. */
export function homesIn(root: string): string[] {
  const below = existsSync(root)
    ? readdirSync(root, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => join(root, entry.name))
    : [];
  return [root, ...below]
    .filter(isHome)
    .map((folder) => ({ folder, usedAt: statSync(folder).mtimeMs }))
    .sort((a, b) => b.usedAt - a.usedAt || (a.folder < b.folder ? -1 : 1))
    .map(({ folder }) => folder);
}

/**
 * The home to work on; it exists.
 * @throws CommandError when there is none, with what makes one.
 */
export function chooseHome(args: Arguments, terminal: Pick<Terminal, "note">, root: string = homesFolder): string {
  const named = text(args, "home");
  if (named !== undefined) {
    if (isHome(named)) return named;
    throw new CommandError(
      `${named} is not a home: it has neither lake nor home.sqlite. Check --home; brier demo, brier up and brier ingest make homes.`,
    );
  }
  const [last] = homesIn(root);
  if (last === undefined) {
    throw new CommandError(
      `There is no home under ${root} yet. Make one: npm start (the demo), brier up --live (public data) or brier ingest --from FOLDER. Or name one with --home.`,
    );
  }
  terminal.note(`home ${last}`);
  return last;
}
