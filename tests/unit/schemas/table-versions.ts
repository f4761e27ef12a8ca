/** What is on record about each table's shape, and which changes of it are allowed. */
import { canonicalJson, sha256 } from "../../../core/identity.ts";
import type { Table } from "../../../schemas/table.ts";

export interface Shape {
  /** By column: type, unit or "", and whether it may be null. */
  columns: Record<string, { type: string; unit: string; nullable: boolean }>;
  key: readonly string[];
  dt: string;
}

export interface Recorded extends Shape {
  version: number;
  hash: string;
}

export function recorded(table: Table): Recorded {
  const columns = Object.fromEntries(
    Object.entries(table.columns).map(([name, { type, unit, nullable }]) => [
      name,
      { type, unit: unit ?? "", nullable },
    ]),
  );
  const shape: Shape = { columns, key: table.key, dt: table.dt };
  return { version: table.version, hash: sha256(canonicalJson(shape)), ...shape };
}

/**
 * What is wrong with the step from `before` (undefined for a new table) to `now`; undefined when nothing is. Parts that
 * were written stay as they are, so a table may only gain columns that old parts can lack. A required column may become
 * nullable: every old part has a value in it, so whoever reads the new shape reads the old parts, too (the other way
 * round old parts hold nulls that the new shape forbids).
 */
export function objection(name: string, before: Recorded | undefined, now: Recorded | undefined): string | undefined {
  if (now === undefined)
    return `table ${name} is gone from schemas/index.ts, but its parts are still in the lake; keep it`;
  if (before === undefined) {
    return now.version === 1 ? undefined : `table ${name} is new: its version must be 1, not ${now.version}`;
  }
  for (const [column, was] of Object.entries(before.columns)) {
    const is = now.columns[column];
    if (is === undefined) return `table ${name}: column ${column} was removed; old parts hold it, keep it`;
    if (is.type !== was.type || is.unit !== was.unit) {
      return `table ${name}: column ${column} changed from ${was.type} ${was.unit} to ${is.type} ${is.unit}; add a nullable column of another name instead`;
    }
    if (was.nullable && !is.nullable) {
      return `table ${name}: column ${column} became required, but old parts may hold nulls in it`;
    }
  }
  for (const [column, { nullable }] of Object.entries(now.columns)) {
    if (before.columns[column] === undefined && !nullable) {
      return `table ${name}: the new column ${column} is required, but old parts do not have it; only nullable columns may be added`;
    }
  }
  if (canonicalJson(now.key) !== canonicalJson(before.key) || now.dt !== before.dt) {
    return `table ${name}: key or dt changed; repeats would no longer meet their old rows, make a new table instead`;
  }
  const version = now.hash === before.hash ? before.version : before.version + 1;
  if (now.version !== version) {
    return now.hash === before.hash
      ? `table ${name}: the version is ${now.version}, but the columns are those of version ${version}; set it back`
      : `table ${name}: the columns changed; raise its version from ${before.version} to ${version} in schemas/${name}.ts`;
  }
  return undefined;
}
