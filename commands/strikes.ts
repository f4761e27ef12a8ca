/** `brier strikes repair`: markets that were recorded without strikes. */
import { describeInterval, intervalOf } from "../core/market/strikes.ts";
import { chooseHome, homeHelp, homeOption } from "../runtime/chosen-home.ts";
import { type Command, exit, UsageError } from "../runtime/command.ts";
import { inOwnedHome } from "../runtime/owned-home.ts";
import { openHomeReader } from "../runtime/reader.ts";
import { planRepair, type RepairLine, type RepairPlan, writeRepair } from "../runtime/strike-repair.ts";
import { textTable } from "../runtime/text-table.ts";

async function inReader(folder: string): Promise<RepairPlan> {
  const reader = openHomeReader(folder);
  try {
    return await planRepair(reader);
  } finally {
    reader.close();
  }
}

function becomes({ strike }: RepairLine): string {
  const interval = strike === null ? undefined : intervalOf(strike);
  return interval === undefined ? "–" : describeInterval(interval);
}

export const command: Command = {
  summary: "List markets recorded without strikes, and mend them from their texts or their event's tickers",
  usage: "repair [--dry-run] [--home FOLDER]",
  options: { ...homeOption, "dry-run": { type: "boolean" } },
  help: [
    "  --dry-run      show what would be written, and write nothing",
    homeHelp,
    "",
    "Daily highs and lows. A strike is taken from another window that lists the market with it, else from subtitle, title",
    "and rule text (which must not contradict each other), else from the tickers of the whole event. The repaired rows are",
    "written beside the old ones, which stay; strike_source says where each strike is from. Live markets without strikes",
    "are never priced: this is for history. The home must not be in use, but for --dry-run.",
    "Exit code 1: of some market no strike can be told.",
  ].join("\n"),
  async run(args, terminal) {
    const [action, ...more] = args.positionals;
    if (action !== "repair" || more.length > 0) throw new UsageError("Give repair.");
    const dry = args.values["dry-run"] === true;
    const folder = chooseHome(args, terminal);
    const { plan, written } = dry
      ? { plan: await inReader(folder), written: 0 }
      : await inOwnedHome(folder, async ({ services }) => {
          const made = await planRepair(services);
          if (made.lines.length === 0) return { plan: made, written: 0 };
          return { plan: made, written: await writeRepair(services.lake, made) };
        });
    const { lines } = plan;
    const untold = lines.filter(({ strike }) => strike === null).length;
    if (terminal.json)
      terminal.out(JSON.stringify({ home: folder, dry_run: dry, markets: lines, rows_written: written }));
    else if (lines.length === 0) terminal.out("Every temperature market has its strike.");
    else {
      const rows = lines.map((line) => [
        line.market_ticker,
        line.rows,
        becomes(line),
        line.from ?? "–",
        line.reason ?? "",
      ]);
      terminal.out(textTable(["market", "rows", "pays for", "from", "why not"], rows, 100));
      terminal.out("");
      terminal.out(
        `${lines.length} markets without a strike: ${lines.length - untold} can be told, ${untold} cannot. ${dry ? "Nothing was written." : `${written} rows hold.`}`,
      );
    }
    return untold === 0 ? exit.ok : exit.no;
  },
};
