/** Reads the minutes of a table that a pointer names. */
import type { Services } from "../../core/ports.ts";
import type { Pointer } from "../../core/source.ts";
import type { TableName, TableRow } from "../../schemas/index.ts";
import { stateKeys } from "../facts.ts";
import { readPart } from "../parts.ts";

export type LakeAndState = Pick<Services, "lake" | "state">;

/**
 * Rows of the parts whose window or minute lies in (after, until], epoch ms; none where nothing was written then.
 * Of two holders that overlap, both.
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
  return rows.flat();
}
