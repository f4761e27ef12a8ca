/** What was refused and set aside, and another try with today's decoders. */
import * as z from "zod";
import { sha256 } from "../core/identity.ts";
import { rawKey } from "../core/lake-keys.ts";
import type { Lake, Services, Sql } from "../core/ports.ts";
import type { Refusal, Source } from "../core/source.ts";
import { sources } from "../core/sources.ts";
import { decodeExchanges } from "../adapters/exchanges.ts";
import { landWindow } from "../functions/ingest/step.ts";
import { CommandError } from "./command.ts";
import { messageOf } from "./message-of.ts";
import { objects } from "./report.ts";

/** One refused payload of one window. */
export interface Quarantined {
  source: string;
  /** Epoch ms; null for a recording, which has no window. */
  window_at: number | null;
  kind: Refusal["kind"];
  path: string;
  message: string;
  decoder_version: number;
  key: string;
  raw_key: string;
  /** Whether the window has landed whole since. */
  landed_since: boolean;
}

/** What ingest writes under quarantine/, without the payload. */
const quarantineObject = z.object({
  source: z.string(),
  window_at: z.int().nullable(),
  decoder_version: z.int(),
  raw_key: z.string(),
  refused: z.array(z.object({ kind: z.enum(["drift", "content"]), path: z.string(), message: z.string() })),
});

/** @throws CommandError when an object under quarantine/ is not what ingest writes. */
function parseObject(key: string, bytes: Uint8Array | undefined): z.infer<typeof quarantineObject> {
  try {
    return quarantineObject.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch (error) {
    throw new CommandError(`${key} is not a quarantine object (${messageOf(error)}); move it out of the lake folder`);
  }
}

async function landedWindows(sql: Sql): Promise<Set<string>> {
  const rows = await objects(sql, "SELECT source, window_at FROM ingest_ledger WHERE entry = 'landed'");
  return new Set(rows.map((row) => `${String(row["source"])} ${Date.parse(String(row["window_at"]))}`));
}

/** In the order of keys: by source, then by window. */
export async function listQuarantine(
  { lake, sql }: { lake: Lake; sql: Sql },
  source: string | undefined,
): Promise<Quarantined[]> {
  const keys = await lake.list(source === undefined ? "quarantine/" : `quarantine/${source}/`);
  if (keys.length === 0) return [];
  const landed = await landedWindows(sql);
  const found: Quarantined[] = [];
  for (const key of keys) {
    const { refused, source: id, window_at, decoder_version, raw_key } = parseObject(key, await lake.get(key));
    const landed_since = landed.has(`${id} ${window_at}`);
    for (const { kind, path, message } of refused) {
      found.push({ source: id, window_at, kind, path, message, decoder_version, key, raw_key, landed_since });
    }
  }
  return found;
}

export interface Retried {
  source: string;
  window_at: number;
  outcome: "landed" | "still refused" | "gone" | "same version";
  rows: number;
  /** What was refused again, or why it was not tried. */
  reasons: { path: string; message: string }[];
}

type RetryServices = Pick<Services, "lake" | "state" | "http" | "clock" | "log">;

async function retryWindow(
  source: Source,
  window_at: number,
  refusedBy: number,
  services: RetryServices,
): Promise<Retried> {
  const key = rawKey(source.id, window_at);
  const result = { source: source.id, window_at, rows: 0 };
  const raw = await services.lake.get(key);
  if (raw === undefined)
    return {
      ...result,
      outcome: "gone",
      reasons: [{ path: key, message: "the stored exchanges are not in the lake" }],
    };
  const exchanges = decodeExchanges(raw);
  const tried = source.decode(exchanges, { window_at, raw_key: key });
  if (tried.refusals.length === 0 && refusedBy >= source.decoderVersion) {
    // Keys hold the decoder's version: the book would keep saying that this version refused what it now takes.
    const message = `it decodes now, but decoder v${source.decoderVersion} is the one that refused it: raise decoderVersion of ${source.id}, then try again`;
    return { ...result, outcome: "same version", reasons: [{ path: key, message }] };
  }
  const decoded = await landWindow(source, window_at, raw, exchanges, services);
  return {
    ...result,
    outcome: decoded.refusals.length === 0 ? "landed" : "still refused",
    rows: Object.values(decoded.rows).reduce((sum, rows) => sum + (rows?.length ?? 0), 0),
    reasons: decoded.refusals.map(({ path, message }) => ({ path, message })),
  };
}

/** Decodes every quarantined window that has not landed since once more. Recordings are brought again by ingest. */
export async function retryQuarantine(
  services: RetryServices & { sql: Sql },
  sourceId: string | undefined,
): Promise<Retried[]> {
  const windows = new Map<string, { source: Source; window_at: number; refusedBy: number }>();
  for (const { source: id, window_at, decoder_version, landed_since } of await listQuarantine(services, sourceId)) {
    const source = sources.find((candidate) => candidate.id === id);
    if (source === undefined || window_at === null || landed_since) continue;
    const name = `${id} ${window_at}`;
    const refusedBy = Math.max(decoder_version, windows.get(name)?.refusedBy ?? 0);
    windows.set(name, { source, window_at, refusedBy });
  }
  const retried: Retried[] = [];
  for (const { source, window_at, refusedBy } of [...windows.values()].toSorted((a, b) => a.window_at - b.window_at)) {
    retried.push(await retryWindow(source, window_at, refusedBy, services));
  }
  return retried;
}

/** The key of a refused recording's reasons. */
export function recordingQuarantineKey(text: string, decoderVersion: number): string {
  return `quarantine/recordings/${sha256(text)}-v${decoderVersion}.json`;
}
