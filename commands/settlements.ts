/** `brier settlements`: how Kalshi's outcomes stand beside every text about their day. */
import { type Arguments, type Command, exit, text, UsageError } from "../runtime/command.ts";
import { readerHelp, readerOptions, readerUsage, withReader } from "../runtime/reader.ts";
import { type SettlementReport, settlementReport } from "../runtime/settlements.ts";
import { textTable } from "../runtime/text-table.ts";

function dateOption(args: Arguments, name: string): string | undefined {
  const given = text(args, name);
  if (given === undefined) return undefined;
  const at = /^\d{4}-\d{2}-\d{2}$/.test(given) ? Date.parse(`${given}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== given) {
    throw new UsageError(`--${name} is "${given}"; give a climate day as YYYY-MM-DD`);
  }
  return given;
}

function lines({ days, odd, total }: SettlementReport): string[] {
  const counts = ["checks", "agree", "late", "revised", "source_differs", "unparsable", "outcomes_differ"] as const;
  const heads = ["station", "day", ...counts.map((name) => name.replaceAll("_", " ")), "settled °F", "physical °F"];
  const rows = days.map((day) => [
    day.station,
    day.climate_date,
    ...counts.map((name) => day[name]),
    day.settlement_f ?? "–",
    day.physical_f ?? "–",
  ]);
  return [
    textTable(heads, rows),
    "",
    `${total.events} events, ${total.checks} checks: ${counts
      .slice(1, 6)
      .map((name) => `${total[name]} ${name.replaceAll("_", " ")}`)
      .join(", ")}; by ${total.outcomes_differ} texts another market would have been paid`,
    ...(odd.length === 0
      ? []
      : [
          "",
          textTable(
            ["event", "verdict", "text", "because"],
            odd.map((row) => [row.event_ticker, row.verdict.replaceAll("_", " "), row.evidence_id, row.detail]),
            110,
          ),
        ]),
  ];
}

export const command: Command = {
  summary: "Show how Kalshi's outcomes stand beside the reports, by station and day",
  usage: `[--from 2026-10-28] [--to 2026-11-03] ${readerUsage}`,
  options: { ...readerOptions, from: { type: "string" }, to: { type: "string" } },
  help: [
    "  --from DAY     first climate day, YYYY-MM-DD (default: all)",
    "  --to DAY       last climate day",
    readerHelp,
    "",
    "Example: brier settlements --from 2026-10-28 --to 2026-11-03",
    "settled °F is the label for scores: Kalshi's value. physical °F is the label for training: the last corrected report.",
    "Exit code 1: some check is late, or no version of its source says what Kalshi says. A later correction is no fault.",
  ].join("\n"),
  async run(args, terminal) {
    if (args.positionals.length > 0)
      throw new UsageError(`What is "${args.positionals[0]}"? Days are given with --from and --to.`);
    const [from, to] = [dateOption(args, "from"), dateOption(args, "to")];
    if (from !== undefined && to !== undefined && from > to) throw new UsageError(`--from ${from} is after --to ${to}`);
    const report = await withReader(args, terminal, ({ sql }) => settlementReport(sql, { from, to }));
    if (terminal.json) terminal.out(JSON.stringify(report));
    else if (report.days.length === 0) terminal.out("No settlement was checked in that time.");
    else for (const line of lines(report)) terminal.out(line);
    return report.total.late + report.total.source_differs === 0 ? exit.ok : exit.no;
  },
};
