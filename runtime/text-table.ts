/** Rows as aligned text for a terminal. */
import type { SqlValue } from "../core/ports.ts";

/** A value as one line; NULL is written out, so that it is not taken for an empty text. */
function cellText(value: SqlValue): string {
  if (value === null) return "NULL";
  if (Array.isArray(value)) return `[${value.map(cellText).join(", ")}]`;
  return String(value).replaceAll(/[\r\n\t]+/g, " ");
}

/** A number, also as a decimal's text or with its unit; a dash stands for one that is not there. */
function isNumeric(value: SqlValue): boolean {
  if (typeof value !== "string") return typeof value === "number" || typeof value === "bigint";
  return /^[+−-]?\$?\d+(\.\d+)?( %|¢)?$/.test(value) || value === "–";
}

/** Columns as wide as their widest cell, at most `maxWidth`; columns of numbers stand to the right. */
export function textTable(columns: readonly string[], rows: readonly (readonly SqlValue[])[], maxWidth = 60): string {
  const cut = (text: string) => (text.length > maxWidth ? `${text.slice(0, maxWidth - 1)}…` : text);
  const cells = rows.map((row) => columns.map((_, index) => cut(cellText(row[index] ?? null))));
  const heads = columns.map(cut);
  const widths = heads.map((head, index) => Math.max(head.length, ...cells.map((row) => row[index]?.length ?? 0)));
  const right = columns.map((_, index) => {
    const given = rows.map((row) => row[index] ?? null).filter((value) => value !== null);
    return given.length > 0 && given.every(isNumeric);
  });
  const line = (parts: readonly string[]) =>
    parts
      .map((part, index) =>
        right[index] === true ? part.padStart(widths[index] ?? 0) : part.padEnd(widths[index] ?? 0),
      )
      .join("  ")
      .trimEnd();
  return [line(heads), line(widths.map((width) => "-".repeat(width))), ...cells.map(line)].join("\n");
}
