/** Tables as the Iowa Environmental Mesonet prints them: comma-separated, a heading, no quotes. */

export interface CsvTable {
  columns: string[];
  /** By column, without blanks around. */
  rows: Readonly<Record<string, string>>[];
  /** Lines whose number of fields is not the heading's: index among the lines below it, and the line. */
  torn: { line: number; text: string }[];
}

/** @param required columns without which the table is not the one we know @returns what is missing, else the table */
export function readCsv(body: string, required: readonly string[]): CsvTable | { missing: string } {
  const [head = "", ...lines] = body.replaceAll("\r", "").split("\n");
  const columns = head.split(",").map((name) => name.trim());
  const missing = required.find((name) => !columns.includes(name));
  if (missing !== undefined) return { missing };
  const table: CsvTable = { columns, rows: [], torn: [] };
  lines.forEach((text, line) => {
    if (text.trim() === "") return;
    const fields = text.split(",");
    if (fields.length !== columns.length) {
      table.torn.push({ line, text });
      return;
    }
    const row: Record<string, string> = {};
    columns.forEach((name, index) => (row[name] = (fields[index] ?? "").trim()));
    table.rows.push(row);
  });
  return table;
}
