/** `brier sql`: portable SQL on a home's lake or on a deployed stack. */
import type { SqlValue } from "../core/ports.ts";
import { type Command, exit, UsageError } from "../runtime/command.ts";
import { readerHelp, readerOptions, readerUsage, withReader } from "../runtime/reader.ts";
import { textTable } from "../runtime/text-table.ts";

const shownRows = 200;

/** JSON has no integers beyond 2^53: those become strings. */
function sqlJson(value: SqlValue): unknown {
  if (typeof value === "bigint") return value.toString();
  return Array.isArray(value) ? value.map(sqlJson) : value;
}

export const command: Command = {
  summary: "Ask the lake in SQL",
  usage: `"<query>" ${readerUsage}`,
  options: readerOptions,
  help: [
    readerHelp,
    "",
    "One SELECT, WITH, SHOW or DESCRIBE. SQL that Athena and DuckDB read alike runs on both. Instants are UTC.",
    'Example: brier sql "select gate, sum(n) as n from gate_funnel group by gate order by n desc"',
    "Tables and views are described in docs/tables.md, ready questions in docs/queries.md.",
    "With --json: {columns, rows}.",
  ].join("\n"),
  async run(args, terminal) {
    const [query, ...more] = args.positionals;
    if (query === undefined || query.trim() === "")
      throw new UsageError("Which query? Give it as one argument in quotes.");
    if (more.length > 0) throw new UsageError("The query must be one argument: put it in quotes.");
    const { columns, rows } = await withReader(args, terminal, ({ sql }) => sql.query(query));
    if (terminal.json) {
      terminal.out(JSON.stringify({ columns, rows: rows.map((row) => row.map(sqlJson)) }));
      return exit.ok;
    }
    terminal.out(textTable(columns, rows.slice(0, shownRows)));
    terminal.note(
      rows.length > shownRows
        ? `${rows.length} rows, the first ${shownRows} are shown: add a LIMIT, or --json for all`
        : `${rows.length} row${rows.length === 1 ? "" : "s"}`,
    );
    return exit.ok;
  },
};
