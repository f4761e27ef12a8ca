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
      const ofDay = byDay.get(dt) ?? [];
      const made = encodePart(table as Table, ofDay as never);
      const created = (await lake.putIfAbsent(key, made)) === "created";
      const stored = created ? made : await lake.get(key);
      if (stored === undefined) throw new Error(`${key} exists but cannot be read`);
      const hash = sha256(stored);
      if (created && ofDay.length <= handedOnRows) keep(lake, key, { sha256: hash, rows: ofDay.map(asStored) });
      (parts[name] ??= []).push({ key, sha256: hash });
    }
  }
  return parts;
}

interface DecodedPart {
  sha256: string;
  rows: unknown[];
}

/** Decoded parts per lake. Parts never change, so neither do these; those asked for last are kept. */
const decoded = new WeakMap<Lake, { parts: Map<string, DecodedPart>; rows: number }>();
/** Rows of all parts kept together: some tens of megabytes. */
const rowsKept = 60_000;
/** A part of so few rows is what one job hands to the next step: it is not decoded again by the process that made it. */
const handedOnRows = 64;

function keep(lake: Lake, key: string, part: DecodedPart): void {
  let cache = decoded.get(lake);
  if (cache === undefined) decoded.set(lake, (cache = { parts: new Map(), rows: 0 }));
  cache.rows += part.rows.length - (cache.parts.get(key)?.rows.length ?? 0);
  // To the end of the line: the parts of a running day are asked for by each of its jobs.
  cache.parts.delete(key);
  cache.parts.set(key, part);
  for (const [oldest, { rows }] of cache.parts) {
    if (cache.rows <= rowsKept || oldest === key) break;
    cache.parts.delete(oldest);
    cache.rows -= rows.length;
  }
}

/** The row as it comes back from its part: zero has no sign there. */
function asStored(row: Record<string, unknown>): Record<string, unknown> {
  const stored = { ...row };
  for (const name of Object.keys(stored)) if (stored[name] === 0) stored[name] = 0;
  return stored;
}

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
  let part = decoded.get(lake)?.parts.get(key);
  if (part === undefined) {
    const bytes = await lake.get(key);
    if (bytes === undefined) throw new Permanent(`the part ${key} is not in the lake`);
    const hash = sha256(bytes);
    // Before decoding: of bytes that are not the ones named, nothing is read.
    requireHash(key, hash, expectedSha256);
    part = { sha256: hash, rows: await decodePart(tables[name] as never, bytes) };
  }
  keep(lake, key, part);
  requireHash(key, part.sha256, expectedSha256);
  return part.rows as TableRow<N>[];
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
