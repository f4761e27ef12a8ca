/** Reading and writing the lake's parts: a part is written once, and what is stored wins over what is made again. */
import { decodePart, encodePart } from "../adapters/parquet.ts";
import { sha256 } from "../core/identity.ts";
import { partKey } from "../core/lake-keys.ts";
import type { Lake } from "../core/ports.ts";
import { tables, type Rows, type TableName, type TableRow } from "../schemas/index.ts";
import { dtOf, type Table } from "../schemas/table.ts";
import { Permanent } from "./permanent.ts";

/** Parts by table, in the order of their keys. */
export type Parts = Partial<Record<TableName, { key: string; sha256: string }[]>>;

/**
 * Writes one part a table and day under `stem` (what made it) and `version` (of the code). No rows, no part.
 * A part that is there already stays, and is the one returned.
 */
export async function writeParts(lake: Lake, stem: string, version: number, rows: Rows): Promise<Parts> {
  const parts: Parts = {};
  for (const name of Object.keys(rows) as TableName[]) {
    const table = tables[name];
    const byDay = new Map<string, Record<string, unknown>[]>();
    for (const row of rows[name] ?? []) {
      const dt = dtOf((row as Record<string, unknown>)[table.dt] as number);
      const day = byDay.get(dt);
      if (day === undefined) byDay.set(dt, [row]);
      else day.push(row);
    }
    for (const dt of [...byDay.keys()].sort()) {
      const key = partKey(name, dt, stem, version);
      const made = encodePart(table as Table, (byDay.get(dt) ?? []) as never);
      const stored = (await lake.putIfAbsent(key, made)) === "created" ? made : await lake.get(key);
      if (stored === undefined) throw new Error(`${key} exists but cannot be read`);
      (parts[name] ??= []).push({ key, sha256: sha256(stored) });
    }
  }
  return parts;
}

/** Decoded parts per lake. Parts never change, so neither do these; the newest few are kept. */
const decoded = new WeakMap<Lake, Map<string, { sha256: string; rows: unknown[] }>>();
const partsKept = 256;

function requireHash(key: string, found: string, expected: string | undefined): void {
  if (expected !== undefined && found !== expected) {
    throw new Permanent(`the part ${key} has hash ${found}, expected ${expected}`);
  }
}

/**
 * The rows of a part.
 * @throws Permanent when the part is gone or its bytes are not those that `expectedSha256` names.
 */
export async function readPart<N extends TableName>(
  lake: Lake,
  name: N,
  key: string,
  expectedSha256?: string,
): Promise<TableRow<N>[]> {
  let cache = decoded.get(lake);
  if (cache === undefined) decoded.set(lake, (cache = new Map()));
  let part = cache.get(key);
  if (part === undefined) {
    const bytes = await lake.get(key);
    if (bytes === undefined) throw new Permanent(`the part ${key} is not in the lake`);
    const hash = sha256(bytes);
    // Before decoding: of bytes that are not the ones named, nothing is read.
    requireHash(key, hash, expectedSha256);
    part = { sha256: hash, rows: await decodePart(tables[name] as never, bytes) };
    cache.set(key, part);
    if (cache.size > partsKept) cache.delete(cache.keys().next().value as string);
  }
  requireHash(key, part.sha256, expectedSha256);
  return part.rows as TableRow<N>[];
}

/** The rows of a part, or undefined when nobody has written it. */
export async function readPartIfWritten<N extends TableName>(
  lake: Lake,
  name: N,
  key: string,
): Promise<TableRow<N>[] | undefined> {
  if (decoded.get(lake)?.has(key) !== true && (await lake.get(key)) === undefined) return undefined;
  return readPart(lake, name, key);
}

/** The rows of all parts of `table` on day `dt` whose stem begins with `stemPrefix`. */
export async function readDay<N extends TableName>(
  lake: Lake,
  name: N,
  dt: string,
  stemPrefix = "",
): Promise<TableRow<N>[]> {
  const rows: TableRow<N>[] = [];
  for (const key of await lake.list(`tables/${name}/dt=${dt}/${stemPrefix}`)) {
    rows.push(...(await readPart(lake, name, key)));
  }
  return rows;
}
