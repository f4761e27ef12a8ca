/** The small mutable facts that steps keep in the state store, each under one kind of key. */
import type { State } from "../core/ports.ts";
import type { Pointer, SourceHealth } from "../core/source.ts";

export const stateKeys = {
  pointer: (source: string) => `pointer/${source}`,
  health: (source: string) => `health/${source}`,
  known: (source: string) => `known/${source}`,
  repeats: (source: string) => `repeats/${source}`,
  window: (source: string, windowAt: number) => `window/${source}/${windowAt}`,
  note: (id: string) => `note/${id}`,
  cooldown: (market: string, side: string) => `cooldown/${market}/${side}`,
  alerts: (rule: string, scope: string) => `alerts/${rule}/${scope}`,
  sent: (alert: string) => `sent/${alert}`,
  resolution: (event: string) => `resolution/${event}`,
  settlementChecks: (event: string) => `settlement-checks/${event}`,
  budget: (service: string) => `budget/${service}`,
  watched: () => "watched",
  /** `RunningSpans` of a home in which some sources run for a while only; absent where all always run. */
  runningSpans: () => "running-spans",
  /** The newest state of a feed, renewed every few seconds. */
  newest: (feed: string) => `stream/newest/${feed}`,
  streamHolder: () => "stream/holder",
  /** What the next holder of a feed begins with. */
  streamHandOver: (feed: string) => `stream/hand-over/${feed}`,
} as const;

/** When a source runs, by its id, where that is not always: epoch ms, half-open. Outside of it nothing of it is expected. */
export type RunningSpans = Readonly<Record<string, { from: number; until: number }>>;

/** How far the watch has come (epoch ms). It catches up after an absence, so no window escapes the book. */
export interface Watched {
  since: number;
  until: number;
  /** Windows up to this instant are in the book. */
  booked: number;
  /**
   * The desks that run, by id, each with the instant after which its windows are due: one that was left out for a while
   * begins anew. Absent before the first watch, and in a home from before desks could be chosen: all of them since `since`.
   */
  desks?: Readonly<Record<string, number>>;
}

/**
 * Reads, changes and writes one item, again when somebody else wrote in between.
 * @param change returns the new value, or undefined to leave the item as it is.
 */
export async function update<T>(
  state: State,
  key: string,
  change: (value: T | undefined) => T | undefined,
  expiresAt?: number,
): Promise<void> {
  for (let attempt = 0; attempt < 20; attempt++) {
    const item = await state.get<T>(key);
    const next = change(item?.value);
    if (next === undefined) return;
    if (await state.put(key, next, item?.version ?? 0, expiresAt === undefined ? {} : { expiresAt })) return;
  }
  throw new Error(`state item ${key} was changed by others 20 times in a row`);
}

/** Tells the watch of a home that begins: windows after `at` are due. One that was watched before goes on from there. */
export async function beginWatch(state: State, at: number): Promise<void> {
  await update<Watched>(state, stateKeys.watched(), (stored) =>
    stored === undefined ? { since: at, until: at, booked: at } : undefined,
  );
}

export async function readPointers(
  state: State,
  sources: readonly string[],
): Promise<Record<string, Pointer | undefined>> {
  const entries = sources.map(async (id) => [id, (await state.get<Pointer>(stateKeys.pointer(id)))?.value] as const);
  return Object.fromEntries(await Promise.all(entries));
}

export async function readHealth(
  state: State,
  sources: readonly string[],
): Promise<Record<string, SourceHealth | undefined>> {
  const entries = sources.map(
    async (id) => [id, (await state.get<SourceHealth>(stateKeys.health(id)))?.value] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}
