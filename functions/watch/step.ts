/** Looks after the desk itself: books the windows that were due, and finds sources that are stale, refused or missing. */
import type { SourceFacts, WatchFacts } from "../../core/alerts/facts.ts";
import { windowStem } from "../../core/lake-keys.ts";
import type { Services } from "../../core/ports.ts";
import { watchRules } from "../../core/rules.ts";
import { firesBetween } from "../../core/schedule.ts";
import type { Pointer, Source, SourceHealth } from "../../core/source.ts";
import { sourcesByDesk } from "../../core/sources.ts";
import { watchSchedule } from "../../core/watch-schedule.ts";
import type { TableRow } from "../../schemas/index.ts";
import type { Step } from "../deliver.ts";
import { type RunningSpans, stateKeys, update, type Watched } from "../facts.ts";
import { writeParts } from "../parts.ts";
import { Permanent } from "../permanent.ts";
import { findAlerts, raise } from "../raise.ts";
import { basisRows, readIndexBasis } from "./basis.ts";
import { checkRows, compareFeeds, feedHealth } from "./divergence.ts";
import { dueSources, runningDesks, streamsRun } from "./running.ts";

const watchVersion = 2;
const minute = 60_000;
const hour = 60 * minute;
/** A window may take this long: fetching, and a few tries when upstream has a bad quarter of an hour. */
const grace = 30 * minute;

function expectedRow(source: Source, window_at: number): TableRow<"ingest_ledger"> {
  return {
    source: source.id,
    window_at,
    entry: "expected",
    fetched_at: null,
    exchanges: null,
    rows: null,
    refused: null,
    reasons: null,
    raw_key: null,
    raw_sha256: null,
    ingested_at: window_at,
    decoder_version: watchVersion,
  };
}

/** What the source's schedule says for (from, until], as far as it runs then. */
function scheduled({ id, schedule }: Source, from: number, until: number, spans: RunningSpans): number[] {
  const span = spans[id];
  return firesBetween(schedule, from, until).filter((at) => span === undefined || (at >= span.from && at < span.until));
}

/** Windows that were due. Those in which a source rested, for want of its secret, were not. */
async function dueWindows(
  source: Source,
  from: number,
  until: number,
  spans: RunningSpans,
  state: Services["state"],
): Promise<number[]> {
  const fires = scheduled(source, from, until, spans);
  if (source.secret === undefined) return fires;
  const due: number[] = [];
  for (const at of fires) {
    const window = await state.get<{ entry: string }>(stateKeys.window(source.id, at));
    if (window?.value.entry !== "off") due.push(at);
  }
  return due;
}

/** Sources with a secret that is not set up. */
async function resting(sources: readonly Source[], state: Services["state"]): Promise<Set<string>> {
  const off = new Set<string>();
  for (const { id, secret } of sources) {
    if (secret === undefined) continue;
    const health = await state.get<SourceHealth>(stateKeys.health(id));
    if (health?.value.status === "off") off.add(id);
  }
  return off;
}

/** Since when windows of the source are due, or null while none is. */
function dueSince({ id }: Source, since: number, now: number, spans: RunningSpans): number | null {
  const span = spans[id];
  if (span === undefined) return since;
  return now >= span.from && now < span.until ? Math.max(since, span.from) : null;
}

async function factsOf(
  source: Source,
  { from, until, since, now }: { from: number; until: number; since: number; now: number },
  spans: RunningSpans,
  state: Services["state"],
): Promise<SourceFacts> {
  const pointer = await state.get<Pointer>(stateKeys.pointer(source.id));
  const health = await state.get<SourceHealth>(stateKeys.health(source.id));
  // Each window is looked at once, when its grace ends.
  const missingWindows: number[] = [];
  for (const at of scheduled(source, from - grace, until - grace, spans)) {
    if ((await state.get(stateKeys.window(source.id, at))) === undefined) missingWindows.push(at);
  }
  const { id, errorImpact, staleAfterMinutes } = source;
  return {
    id,
    errorImpact,
    staleAfterMinutes,
    fetchedAt: pointer?.value.fetched_at,
    dueSince: dueSince(source, since, now, spans),
    health: health?.value,
    missingWindows,
  };
}

export const watch: Step<"watch"> = async (message, services) => {
  const now = Date.parse(message.at);
  const { lake, state } = services;
  const { desks: named = Object.keys(sourcesByDesk) } = message;
  const unknown = named.find((id) => sourcesByDesk[id] === undefined);
  if (unknown !== undefined) throw new Permanent(`no desk "${unknown}"`);
  const watched = (await state.get<Watched>(stateKeys.watched()))?.value;
  const from = watched?.until ?? now - watchSchedule.everyMinutes * minute;
  if (from >= now) return;
  const since = watched?.since ?? now;
  const spans = (await state.get<RunningSpans>(stateKeys.runningSpans()))?.value ?? {};
  const stem = windowStem("watch", now);
  // Booked by the hour: one part instead of twelve. Whether a window is overdue is judged from the schedule, at once.
  const booked = watched?.booked ?? from;
  const bookUntil = Math.floor(now / hour) > Math.floor(booked / hour) ? now : booked;
  const { running, left } = runningDesks(named, watched, now);
  const sources = dueSources(running);
  const expected: TableRow<"ingest_ledger">[] = [];
  const book = async (source: Source, after: number, until: number) => {
    for (const at of await dueWindows(source, after, until, spans, state)) expected.push(expectedRow(source, at));
  };
  for (const { source, after } of sources) await book(source, Math.max(booked, after), bookUntil);
  for (const { source, after } of dueSources(left)) {
    // They ran until the watch before, at least.
    if (!sources.some((one) => one.source === source)) await book(source, Math.max(booked, after), from);
  }
  const streamed = streamsRun(running);
  const feeds = streamed ? await compareFeeds(now, services) : [];
  const stream_checks = checkRows(feeds, now, watchVersion);
  const basis = streamed ? await readIndexBasis(now, services) : undefined;
  const index_basis = basisRows(basis, now, watchVersion);
  await writeParts(lake, stem, watchVersion, { ingest_ledger: expected, stream_checks, index_basis });
  const off = await resting(
    sources.map(({ source }) => source),
    state,
  );
  const facts: WatchFacts = {
    feeds,
    feedHealth: streamed ? await feedHealth(now, services) : [],
    basis,
    now,
    sources: await Promise.all(
      sources
        .filter(({ source: { id } }) => !off.has(id))
        .map(({ source, after }) => {
          // Windows from before anybody watched were never expected.
          const dueAfter = Math.max(since, after);
          const span = { from: Math.max(from, dueAfter + grace), until: Math.max(now, dueAfter + grace) };
          return factsOf(source, { ...span, since: dueAfter, now }, spans, state);
        }),
    ),
  };
  await raise(await findAlerts(watchRules, facts, now, null, services), stem, services);
  await update<Watched>(state, stateKeys.watched(), (stored) =>
    stored !== undefined && stored.until >= now ? undefined : { since, until: now, booked: bookUntil, desks: running },
  );
};
