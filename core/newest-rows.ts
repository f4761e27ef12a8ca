/** Reading parts without a view: of the rows of one key one counts, the one that the view would show. */
import { tables, type TableName, type TableRow } from "../schemas/index.ts";
import type { Table } from "../schemas/table.ts";

/** What each table that sources, streams or the desk fill has. */
interface Known {
  ingested_at: number;
  decoder_version: number;
}

/**
 * Of the rows of each key the one known last, then the one of the newest decoder, as `latestRowsView` has it, then the later
 * one of the list. Keys stand in the order in which they first came.
 * @param apart Columns by which rows of one key are kept apart all the same.
 */
export function newestRows<N extends TableName>(
  name: N,
  rows: readonly TableRow<N>[],
  apart: readonly string[] = [],
): TableRow<N>[] {
  const { key }: Table = tables[name];
  const columns = [...key, ...apart] as (keyof TableRow<N>)[];
  const newest = new Map<string, TableRow<N> & Known>();
  for (const row of rows as readonly (TableRow<N> & Known)[]) {
    const named = columns.map((column) => row[column]).join("\n");
    const before = newest.get(named);
    const isOlder =
      before !== undefined &&
      (row.ingested_at - before.ingested_at || row.decoder_version - before.decoder_version) < 0;
    if (!isOlder) newest.set(named, row);
  }
  return [...newest.values()];
}
