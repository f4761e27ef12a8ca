/** Windows of the past through the ingest queue: what is there already is not asked for again. */
import { partKey, windowStem } from "../core/lake-keys.ts";
import type { Lake, OutgoingMessage, Queue } from "../core/ports.ts";
import { firesBetween } from "../core/schedule.ts";
import type { Source } from "../core/source.ts";
import { messageOfTick } from "../core/tick.ts";
import { ticks } from "../core/ticks.ts";
import { retryDelaysSeconds } from "../functions/deliver.ts";
import { readPart } from "../functions/parts.ts";
import type { TableRow } from "../schemas/index.ts";
import { dtOf } from "../schemas/table.ts";
import { CommandError } from "./command.ts";
import type { Home } from "./home.ts";
import { work } from "./workers.ts";

const minute = 60_000;
const day = 1_440 * minute;
/** Windows worked on at once. The hosts' rate limits are what holds them up. */
const together = 2;
/** Longest wait between two looks at the queue. */
const lookEveryMs = 1_000;

/**
 * The source's windows that bring `from` to `until` (epoch ms, half-open) as far as they are due, the oldest first: those in
 * between and the first one after, since a window brings what came before it.
 * @throws CommandError when the source cannot look back, or not so far.
 */
export function windowsOf(source: Source, from: number, until: number, now: number): number[] {
  const { id, schedule, reachesBackDays } = source;
  if (reachesBackDays === undefined) {
    throw new CommandError(
      `${id} cannot be filled up: a window of the past would get another window's answer (docs/sources.md, "Filling up the past").`,
    );
  }
  if (now - from > reachesBackDays * day) {
    throw new CommandError(
      `${id} can be asked ${reachesBackDays} days back: begin on ${dtOf(now - reachesBackDays * day + day)} or later.`,
    );
  }
  const windows = firesBetween(schedule, from, Math.min(until + schedule.everyMinutes * minute, now));
  if (windows.length > 0) return windows;
  throw new CommandError(`no window of ${id} between ${dtOf(from)} and ${dtOf(until - 1)} is due yet`);
}

type LedgerRow = TableRow<"ingest_ledger">;

/** What became of the windows that were dealt with by today's decoder. */
async function dealtWith(lake: Lake, source: Source, windows: readonly number[]): Promise<Map<number, LedgerRow>> {
  const written = new Set<string>();
  for (const dt of new Set(windows.map(dtOf))) {
    for (const key of await lake.list(`tables/ingest_ledger/dt=${dt}/${source.id}-`)) written.add(key);
  }
  const found = new Map<number, LedgerRow>();
  for (const at of windows) {
    const row = written.has(ledgerKey(source, at)) ? await ledgerRow(lake, source, at) : undefined;
    if (row !== undefined) found.set(at, row);
  }
  return found;
}

function ledgerKey(source: Source, at: number): string {
  return partKey("ingest_ledger", dtOf(at), windowStem(source.id, at), source.decoderVersion);
}

async function ledgerRow(lake: Lake, source: Source, at: number): Promise<LedgerRow | undefined> {
  const key = ledgerKey(source, at);
  return (await lake.get(key)) === undefined ? undefined : (await readPart(lake, "ingest_ledger", key))[0];
}

/** The scheduler's own message: a window that both ask for is one message and one raw object. */
function messageOf(source: Source, at: number): OutgoingMessage {
  const tick = ticks.find(({ queue, input }) => queue === "ingest" && input["source"] === source.id);
  if (tick === undefined) throw new Error(`no tick asks for ${source.id}`);
  return messageOfTick(tick, at);
}

export interface BackfillCounts {
  windows: number;
  /** Fetched and decoded whole, now. */
  landed: number;
  /** There before. */
  repeated: number;
  /** Of them something was refused, now or before; the rest of the window is there. */
  quarantined: number;
  failed: { at: number; reason: string }[];
  /** Not done yet: interrupted, or waiting for another try. */
  open: number;
  /** Rows that were decoded now. */
  rows: number;
}

function count(counts: BackfillCounts, { entry, rows }: LedgerRow, isNew: boolean): void {
  if (entry === "quarantined") counts.quarantined += 1;
  else if (isNew) counts.landed += 1;
  else counts.repeated += 1;
  if (isNew) counts.rows += rows ?? 0;
}

const noCounts = (windows: number): BackfillCounts => ({
  windows,
  landed: 0,
  repeated: 0,
  quarantined: 0,
  failed: [],
  open: windows,
  rows: 0,
});

export interface BackfillOptions {
  home: Home;
  source: Source;
  /** From `windowsOf`. */
  windows: readonly number[];
  /** Aborted = finish what is in hand and return; the rest stays in the queue. */
  signal: AbortSignal;
  /** Called after each window. @param worked how many of them were worked on, not just found */
  onProgress?: (counts: BackfillCounts, worked: number) => void;
}

/**
 * Puts the windows into the home's ingest queue and works until they are done. After an interruption, run again, it goes on:
 * messages have the windows' names, and what a window fetched is stored before anything is made of it.
 */
export async function backfill({
  home,
  source,
  windows,
  signal,
  onProgress,
}: BackfillOptions): Promise<BackfillCounts> {
  const { queue, services, clock } = home;
  queue.releaseInFlight();
  const counts = noCounts(windows.length);
  const there = await dealtWith(services.lake, source, windows);
  for (const row of there.values()) count(counts, row, false);
  counts.open -= there.size;
  const pending = new Map(windows.filter((at) => !there.has(at)).map((at) => [messageOf(source, at).id, at] as const));
  await queue.send(
    "ingest",
    [...pending.values()].map((at) => messageOf(source, at)),
  );
  let worked = 0;
  const finish = async (id: string, at: number, failure: string | undefined): Promise<void> => {
    const row = failure === undefined ? await ledgerRow(services.lake, source, at) : undefined;
    if (row === undefined) counts.failed.push({ at, reason: failure ?? "nothing was asked: the source rests" });
    else count(counts, row, true);
    pending.delete(id);
    counts.open -= 1;
    worked += 1;
    onProgress?.(counts, worked);
  };
  while (pending.size > 0 && !signal.aborted) {
    const deliveries = await queue.receive("ingest", together);
    await Promise.all(
      deliveries.map(async (delivery) => {
        const disposition = await work("ingest", delivery, queue, services);
        const at = pending.get(delivery.id);
        if (at === undefined) return;
        if (disposition.outcome === "done") await finish(delivery.id, at, undefined);
        else if (disposition.outcome === "park") await finish(delivery.id, at, disposition.reason);
        else if (delivery.receives > retryDelaysSeconds.length) await finish(delivery.id, at, disposition.error);
      }),
    );
    if (deliveries.length > 0) continue;
    // A virtual clock stands still: what waits for another try waits for the home to be played on.
    if ("advanceTo" in clock) break;
    await clock.sleep(lookEveryMs);
  }
  return counts;
}

/** Sends the windows that are not there yet to a deployed queue. @returns how many were sent. */
export async function sendBackfill(
  lake: Lake,
  queue: Pick<Queue, "send">,
  source: Source,
  windows: readonly number[],
): Promise<{ windows: number; sent: number }> {
  const there = await dealtWith(lake, source, windows);
  const missing = windows.filter((at) => !there.has(at)).map((at) => messageOf(source, at));
  await queue.send("ingest", missing);
  return { windows: windows.length, sent: missing.length };
}
