/** Plays the desk on a virtual clock: time advances only when there is nothing left to do. */
import { firesBetween } from "../core/schedule.ts";
import { messageOfTick, type Tick } from "../core/tick.ts";
import { beginWatch, type RunningSpans, stateKeys, update } from "../functions/facts.ts";
import type { Home } from "./home.ts";
import { type PlayedTick, playedTicks } from "./played-ticks.ts";
import { drain } from "./workers.ts";

export interface PlayOptions {
  /** Instant at which the play ends; what is due then is still done. */
  until: number;
  /** Default: `playedTicks`. */
  ticks?: readonly PlayedTick[];
  /** Called after each instant is done. */
  onInstant?: (now: number) => void;
  /** Replaces the ordinary workers, for tests that deliver in another order. */
  drain?: (home: Home) => Promise<void>;
}

/** What fires when, over the whole play. */
function timetable(ticks: readonly PlayedTick[], from: number, until: number): Map<number, Tick[]> {
  const table = new Map<number, Tick[]>();
  for (const tick of ticks) {
    const { span } = tick;
    for (const at of firesBetween(tick.schedule, from - 1, until)) {
      if (span !== undefined && (at < span.from || at >= span.until)) continue;
      const due = table.get(at);
      if (due === undefined) table.set(at, [tick]);
      else due.push(tick);
    }
  }
  return table;
}

/** Tells the watch which sources run for a part of the play only. */
async function announceSpans(ticks: readonly PlayedTick[], { state }: Home["services"]): Promise<void> {
  const spans: RunningSpans = Object.fromEntries(
    ticks.flatMap(({ input: { source }, span }) =>
      source === undefined || span === undefined ? [] : [[source, span]],
    ),
  );
  await update<RunningSpans>(state, stateKeys.runningSpans(), () => spans);
}

/**
 * Plays from the home's present instant. A home that died is played on from where it stood: what was in flight is
 * released, and the ticks of the present instant fire again, since they may not have been sent (a repeat is harmless).
 */
export async function play(home: Home, options: PlayOptions): Promise<void> {
  const { clock, queue, services } = home;
  if (!("advanceTo" in clock)) throw new Error("only a home with a virtual clock can be played");
  queue.releaseInFlight();
  const { ticks = playedTicks } = options;
  await announceSpans(ticks, services);
  // What is due at the first instant fires.
  await beginWatch(services.state, clock.now() - 1);
  const table = timetable(ticks, clock.now(), options.until);
  const instants = [...table.keys()].sort((a, b) => a - b);
  let position = 0;
  for (;;) {
    const now = clock.now();
    for (const tick of table.get(now) ?? []) {
      await services.queue.send(tick.queue, [messageOfTick(tick, now)]);
    }
    if (options.drain === undefined) await drain(queue, services);
    else await options.drain(home);
    options.onInstant?.(now);
    while ((instants[position] ?? Infinity) <= now) position += 1;
    const waiting = queue.waiting();
    if (waiting.length > 0) throw new Error(`nobody works on what waits in ${waiting.join(", ")}: time cannot go on`);
    const next = Math.min(instants[position] ?? Infinity, queue.nextVisibleAt() ?? Infinity);
    if (next > options.until) return;
    clock.advanceTo(next);
  }
}
