/** Reads the minutes of a table that a pointer names. */
import type { Services } from "../../core/ports.ts";
import { newestRows } from "../../core/newest-rows.ts";
import type { Pointer } from "../../core/source.ts";
import { tables, type TableName, type TableRow } from "../../schemas/index.ts";
import { stateKeys } from "../facts.ts";
import { readPart } from "../parts.ts";

export type LakeAndState = Pick<Services, "lake" | "state">;

/**
 * Rows of the parts whose window or minute lies in (after, until], epoch ms; none where nothing was written then.
 * One row a key and connection. Two holders that overlap have one each: connections are held against polls one by one, and
 * one that lacked the rows which the other one wrote too, and later, would seem to have missed what it told.
 */
export async function pointedRows<N extends TableName>(
  source: string,
  table: N,
  { after, until }: { after: number; until: number },
  { lake, state }: LakeAndState,
): Promise<TableRow<N>[]> {
  const pointer = (await state.get<Pointer>(stateKeys.pointer(source)))?.value;
  const parts = (pointer?.parts[table] ?? []).filter(({ window_at }) => window_at > after && window_at <= until);
  const rows = await Promise.all(parts.map(({ key, sha256 }) => readPart(lake, table, key, sha256)));
  const apart = "connection" in tables[table].columns ? ["connection"] : [];
  return newestRows(table, rows.flat(), apart);
}
