/** Where things lie in the lake. Keys are computed from windows and jobs, never from bodies or arrival. */
import { dtOf } from "../schemas/table.ts";

/** 20261101T000000Z: an instant as it stands in keys; sorts as time does. */
export function compactInstant(epochMs: number): string {
  return new Date(epochMs)
    .toISOString()
    .replace(/\.\d{3}Z$/, "Z")
    .replaceAll(/[-:]/g, "");
}

export function rawKey(source: string, windowAt: number): string {
  return `raw/${source}/dt=${dtOf(windowAt)}/${compactInstant(windowAt)}.ndjson.zst`;
}

/** Refused payloads of a window, with the reason and the path of the field. */
export function quarantineKey(source: string, windowAt: number, decoderVersion: number): string {
  return `quarantine/${source}/dt=${dtOf(windowAt)}/${compactInstant(windowAt)}-v${decoderVersion}.json`;
}

/** `stem` names the work that made the part (a source's window, a job), `version` the code. */
export function partKey(table: string, dt: string, stem: string, version: number): string {
  return `tables/${table}/dt=${dt}/${stem}-v${version}.parquet`;
}

/** What the stems of all parts of a minute begin with: its own, and those of instants within it. */
export function minuteStem(source: string, minute: number): string {
  return windowStem(source, minute).slice(0, -"00Z".length);
}

export function windowStem(source: string, windowAt: number): string {
  return `${source}-${compactInstant(windowAt)}`;
}
