/** Fetches one window of one source: exchanges to raw/, rows to tables/, what is refused to quarantine/. */
import { decodeExchanges, encodeExchanges } from "../../adapters/exchanges.ts";
import { idOf, sha256 } from "../../core/identity.ts";
import { quarantineKey, rawKey, windowStem } from "../../core/lake-keys.ts";
import { freshnessOf, moved } from "../../core/pointer.ts";
import type { Services } from "../../core/ports.ts";
import { healthAfter } from "../../core/source-health.ts";
import type { Decoded, Exchange, Pointer, Source, SourceHealth } from "../../core/source.ts";
import { sources } from "../../core/sources.ts";
import type { TableName, TableRow } from "../../schemas/index.ts";
import type { Step } from "../deliver.ts";
import { stateKeys, update } from "../facts.ts";
import { type Parts, writeParts } from "../parts.ts";
import { Permanent } from "../permanent.ts";
import { fetchWindow } from "./fetch.ts";

const day = 86_400_000;
/** How long product ids stay known. Sources look back three days, which begin up to four days ago. */
const knownFor = 5 * day;
/** How long a window's fate stays in the state store; the lake keeps it for ever. */
const windowKeptFor = 3 * day;

type LandServices = Pick<Services, "lake" | "state" | "clock" | "log">;

function ledgerRow(
  source: Source,
  at: number,
  raw: { key: string; sha256: string },
  exchanges: Exchange[],
  decoded: Decoded,
): TableRow<"ingest_ledger"> {
  const fetchedAt = exchanges.reduce((latest, exchange) => Math.max(latest, exchange.fetched_at), at);
  const reasons = [
    ...decoded.refusals.map(({ kind, path, message }) => ({ kind, path, message })),
    ...decoded.notes.map(({ path, message }) => ({ kind: "note", path, message })),
  ];
  return {
    source: source.id,
    window_at: at,
    entry: decoded.refusals.length === 0 ? "landed" : "quarantined",
    fetched_at: fetchedAt,
    exchanges: exchanges.length,
    rows: Object.values(decoded.rows).reduce((sum, rows) => sum + (rows?.length ?? 0), 0),
    refused: decoded.refusals.length,
    reasons: reasons.length === 0 ? null : JSON.stringify(reasons),
    raw_key: raw.key,
    raw_sha256: raw.sha256,
    ingested_at: fetchedAt,
    decoder_version: source.decoderVersion,
  };
}

/** Moves what the state store knows of the source forward; a late window changes nothing that a newer one said. */
async function moveForward(
  source: Source,
  at: number,
  raw: { key: string; sha256: string },
  exchanges: Exchange[],
  decoded: Decoded,
  parts: Parts,
  services: LandServices,
): Promise<void> {
  const { state, clock, log } = services;
  const now = clock.now();
  if (decoded.known.length > 0) {
    await update<Record<string, number>>(state, stateKeys.known(source.id), (known = {}) => ({
      ...Object.fromEntries(Object.entries(known).filter(([, seenAt]) => at - seenAt < knownFor)),
      ...Object.fromEntries(decoded.known.map((id) => [id, known[id] ?? at])),
    }));
  }
  const drifted = decoded.refusals.some(({ kind }) => kind === "drift");
  if (!drifted) {
    const fetched_at = exchanges.reduce((earliest, exchange) => Math.min(earliest, exchange.fetched_at), now);
    const landed: Pointer = {
      window_at: at,
      fetched_at,
      raw_key: raw.key,
      raw_sha256: raw.sha256,
      parts: {},
      freshness: freshnessOf(source),
    };
    for (const [table, references] of Object.entries(parts) as [TableName, Parts[TableName]][])
      landed.parts[table] = references?.map((reference) => ({ ...reference, window_at: at })) ?? [];
    await update<Pointer>(state, stateKeys.pointer(source.id), (stored) => moved(stored, landed, source));
  }
  const health: SourceHealth = { status: drifted ? "blocked" : "ok", window_at: at, refusals: decoded.refusals };
  await update<SourceHealth>(state, stateKeys.health(source.id), (stored) => healthAfter(stored, health));
  for (const { path, message } of decoded.notes) {
    const id = idOf("note", { source: source.id, path, message });
    if (await state.put(stateKeys.note(id), { source: source.id, path, message, window_at: at }, 0)) {
      log.warn("upstream sent something new", { source: source.id, path, message });
    }
  }
  const entry = decoded.refusals.length === 0 ? "landed" : "quarantined";
  await update(state, stateKeys.window(source.id, at), () => ({ entry }), at + windowKeptFor);
}

/** Decodes a stored window and lands what comes out. Used by the step and by a retry of the quarantine. */
export async function landWindow(
  source: Source,
  at: number,
  rawBytes: Uint8Array,
  exchanges: Exchange[],
  services: LandServices,
): Promise<Decoded> {
  const raw = { key: rawKey(source.id, at), sha256: sha256(rawBytes) };
  const decoded = source.decode(exchanges, { window_at: at, raw_key: raw.key });
  const stem = windowStem(source.id, at);
  const parts = await writeParts(services.lake, stem, source.decoderVersion, decoded.rows);
  if (decoded.refusals.length > 0) {
    const refused = decoded.refusals.map((refusal) => ({ ...refusal, payload: exchanges[refusal.exchange] ?? null }));
    const body = JSON.stringify({
      source: source.id,
      window_at: at,
      decoder_version: source.decoderVersion,
      raw_key: raw.key,
      refused,
    });
    await services.lake.putIfAbsent(
      quarantineKey(source.id, at, source.decoderVersion),
      new TextEncoder().encode(body),
    );
  }
  await writeParts(services.lake, stem, source.decoderVersion, {
    ingest_ledger: [ledgerRow(source, at, raw, exchanges, decoded)],
  });
  await moveForward(source, at, raw, exchanges, decoded, parts, services);
  return decoded;
}

/** Notes that the source's secret is not set up: it asks nothing, and whoever watches it misses nothing. */
async function rest(source: Source, at: number, { state }: Pick<Services, "state">): Promise<void> {
  const health: SourceHealth = { status: "off", window_at: at, refusals: [] };
  await update<SourceHealth>(state, stateKeys.health(source.id), (stored) =>
    stored !== undefined && stored.window_at > at ? undefined : health,
  );
  await update(state, stateKeys.window(source.id, at), () => ({ entry: "off" }), at + windowKeptFor);
}

export const ingest: Step<"ingest"> = async (message, services) => {
  const source = sources.find(({ id }) => id === message.source);
  if (source === undefined) throw new Permanent(`no source "${message.source}"`);
  const at = Date.parse(message.at);
  const key = rawKey(source.id, at);
  const stored = await services.lake.get(key);
  if (stored !== undefined) {
    await services.state.increment(stateKeys.repeats(source.id), 1);
    await landWindow(source, at, stored, decodeExchanges(stored), services);
    return;
  }
  const secret = source.secret === undefined ? undefined : await services.secrets.get(source.secret);
  if (source.secret !== undefined && secret === undefined) return rest(source, at, services);
  const exchanges = await fetchWindow(source, at, secret, services);
  const raw = encodeExchanges(exchanges);
  if ((await services.lake.putIfAbsent(key, raw)) === "created") {
    await landWindow(source, at, raw, exchanges, services);
    return;
  }
  // Somebody else was first: their answers count.
  const theirs = await services.lake.get(key);
  if (theirs === undefined) throw new Error(`${key} exists but cannot be read`);
  await landWindow(source, at, theirs, decodeExchanges(theirs), services);
};
