/** How a source's pointer goes on when a window has landed whole. */
import type { TableName } from "../schemas/index.ts";
import type { Freshness, PartReference, Pointer, Source } from "./source.ts";

const minute = 60_000;

/** What a pointer says of how old its source may be. */
export function freshnessOf({
  staleAfterMinutes: answer,
  partStaleAfterMinutes: part,
}: Pick<Source, "staleAfterMinutes" | "partStaleAfterMinutes">): Freshness {
  return { answer, part: part ?? null };
}

/** A part made again by a newer decoder takes the place of the older one. */
const nameOf = ({ key }: PartReference) => key.replace(/-v\d+\.parquet$/, "");

const byTime = (a: PartReference, b: PartReference) => a.window_at - b.window_at || (a.key < b.key ? -1 : 1);

function partsOf(stored: readonly PartReference[], landed: readonly PartReference[], keptFrom: number) {
  const all = [...new Map([...stored, ...landed].map((part) => [nameOf(part), part])).values()];
  const newest = Math.max(...all.map(({ window_at }) => window_at));
  return all.filter(({ window_at }) => window_at === newest || window_at > keptFrom).toSorted(byTime);
}

/**
 * The pointer with one more window. A window that comes late changes nothing that a newer one said, but where the source
 * keeps parts its own are still taken in.
 * @param stored undefined before the first window
 * @param landed the window alone
 * @param keepPartsMinutes,keepPartsOf as the source says
 * @returns undefined when nothing changes
 */
export function moved(
  stored: Pointer | undefined,
  landed: Pointer,
  { keepPartsMinutes, keepPartsOf }: Pick<Source, "keepPartsMinutes" | "keepPartsOf">,
): Pointer | undefined {
  const isNewer = stored === undefined || landed.window_at > stored.window_at;
  if (!isNewer && keepPartsMinutes === undefined) return undefined;
  const head = isNewer ? landed : stored;
  const keptFrom = (name: TableName) =>
    keepPartsOf?.includes(name) === false ? head.window_at : head.window_at - (keepPartsMinutes ?? 0) * minute;
  const names = [...new Set([...Object.keys(stored?.parts ?? {}), ...Object.keys(landed.parts)])] as TableName[];
  const parts = Object.fromEntries(
    names.map((name) => [name, partsOf(stored?.parts[name] ?? [], landed.parts[name] ?? [], keptFrom(name))]),
  );
  return { ...head, parts };
}
