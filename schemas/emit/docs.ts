/** docs/tables.md: what every table and view holds. */
import type { Column, ColumnType, Table } from "../table.ts";
import type { View } from "../views/view.ts";
import { DECIMALS } from "./parquet.ts";

const sqlTypes: Record<ColumnType, string> = {
  string: "varchar",
  json: "varchar (JSON)",
  int: "bigint",
  double: "double",
  boolean: "boolean",
  timestamp: "timestamp (UTC)",
  date: "date",
  price: `decimal(${DECIMALS.price.precision},${DECIMALS.price.scale}), $`,
  count: `decimal(${DECIMALS.count.precision},${DECIMALS.count.scale}), contracts`,
  doubles: "array(double)",
};

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

function row(name: string, column: Column): string {
  const type = `${sqlTypes[column.type]}${column.unit === undefined ? "" : `, ${column.unit}`}`;
  return `| \`${name}\` | ${cell(type)} | ${column.nullable ? "null" : ""} | ${cell(column.doc)} |`;
}

function tableSection(table: Table): string {
  return [
    `### ${table.name}`,
    "",
    table.doc,
    "",
    `Version ${table.version}. Key: ${table.key.map((name) => `\`${name}\``).join(", ")}. Partition: \`dt\` = UTC day of \`${table.dt}\`.`,
    "",
    "| column | type | may be | what it is |",
    "|---|---|---|---|",
    ...Object.entries(table.columns).map(([name, column]) => row(name, column)),
  ].join("\n");
}

function viewSection(view: View): string {
  return [`### ${view.name}`, "", view.doc, "", "```sql", view.sql.trim(), "```"].join("\n");
}

/** The whole page as Markdown, with a line end at its end. */
export function tablesPage(tables: readonly Table[], views: readonly View[]): string {
  return `${[
    "# Tables and views",
    "<!-- Written by `npm run docs` from schemas/. Do not edit. -->",
    "Every table `<name>` has two faces in SQL: `<name>_parts` holds every row ever written, `<name>` the newest row of each key (the one ingested last, and of those the one of the newest decoder). Both also have the partition column `dt` (varchar, `YYYY-MM-DD`): name it in the WHERE clause where you can, the files of other days are then left alone. Instants are UTC. Cast decimals to double before an average or a division: Athena and DuckDB differ there.",
    "## Tables",
    ...tables.map(tableSection),
    "## Views",
    ...views.map(viewSection),
  ].join("\n\n")}\n`;
}
