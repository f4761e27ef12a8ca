/** `brier ingest --from`: recorded payloads into a home's lake. */
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { homesFolder } from "../runtime/chosen-home.ts";
import { type Command, CommandError, exit, text, UsageError } from "../runtime/command.ts";
import { inOwnedHome } from "../runtime/owned-home.ts";
import { type FileOutcome, type FileReport, ingestFile, recordedFiles } from "../runtime/recorded-files.ts";

/** A home of their own: what others recorded does not belong beside what the desk saw itself. */
const defaultHome = join(homesFolder, "recordings");

const words: Record<FileOutcome, string> = {
  landed: "landed",
  repeated: "was there",
  refused: "REFUSED",
  empty: "no rows",
  unknown: "not read",
};

function line({ file, outcome, rows, refusals, notes }: FileReport): string[] {
  const tables = Object.entries(rows).map(([table, n]) => `${table} ${n}`);
  const details =
    outcome === "unknown" ? ["not a kind these sources read", ...notes.map(({ message }) => message)] : tables;
  return [
    `${words[outcome].padEnd(9)}  ${file}${details.length === 0 ? "" : `: ${details.join(", ")}`}`,
    ...refusals.map(({ path, message }) => `           refused ${path}: ${message}`),
  ];
}

function summary(files: readonly FileReport[]) {
  const rows: Record<string, number> = {};
  const outcomes: Record<FileOutcome, number> = { landed: 0, repeated: 0, refused: 0, empty: 0, unknown: 0 };
  let refusedPayloads = 0;
  for (const file of files) {
    outcomes[file.outcome] += 1;
    refusedPayloads += file.refusals.length;
    for (const [table, n] of Object.entries(file.rows)) rows[table] = (rows[table] ?? 0) + n;
  }
  return { files: files.length, outcomes, refused_payloads: refusedPayloads, rows };
}

export const command: Command = {
  summary: "Bring a folder of recorded payloads into a home's lake",
  usage: "--from FOLDER [--home .brier/recordings]",
  options: { from: { type: "string" }, home: { type: "string" } },
  help: [
    "  --from FOLDER  read with its subfolders: .json, .jsonl, .ndjson, .txt and .csv files",
    `  --home FOLDER  the home to bring them into (default ${defaultHome}, made when it is not there)`,
    "",
    "Files are told apart by their content: Kalshi series, events, markets, order books and settled events, climate reports. Other",
    "kinds are listed as not read; brier decode reads a file of any source.",
    "window_at is the instant of the recording, or of the report's issue. A file that is brought twice lands once.",
    'Then: brier sql "select * from settled_brackets", and docs/queries.md.',
    "Exit code 0 also when single files are refused: their reasons are shown, and brier quarantine list keeps them.",
  ].join("\n"),
  async run(args, terminal) {
    const from = text(args, "from");
    if (from === undefined || args.positionals.length > 0) throw new UsageError("From where? Give --from FOLDER.");
    if (!existsSync(from) || !statSync(from).isDirectory())
      throw new CommandError(`${from} is not a folder. Check --from.`);
    const folder = text(args, "home") ?? defaultHome;
    const paths = recordedFiles(from);
    if (paths.length === 0)
      throw new CommandError(`${from} holds no .json, .jsonl, .ndjson, .txt or .csv file. Check --from.`);
    terminal.note(`home ${folder}`);
    const files = await inOwnedHome(folder, async ({ services }) => {
      const reports: FileReport[] = [];
      for (const path of paths) {
        const report = await ingestFile(services.lake, from, path);
        reports.push(report);
        if (!terminal.json) for (const shown of line(report)) terminal.out(shown);
      }
      return reports;
    });
    const total = summary(files);
    if (terminal.json) {
      terminal.out(JSON.stringify({ home: folder, ...total, reports: files }));
      return exit.ok;
    }
    const { landed, repeated, refused, empty, unknown } = total.outcomes;
    terminal.out("");
    terminal.out(
      `${total.files} files: ${landed} landed, ${repeated} were there, ${refused} refused, ${empty} without rows, ${unknown} of kinds that these sources do not read`,
    );
    terminal.out(
      `Rows: ${
        Object.entries(total.rows)
          .map(([table, n]) => `${table} ${n}`)
          .join(", ") || "none"
      }; payloads refused: ${total.refused_payloads}`,
    );
    return exit.ok;
  },
};
