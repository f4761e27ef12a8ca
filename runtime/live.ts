/** Runs the desk by the clock on the wall until it is told to stop. */
import type { Delivery, QueueName } from "../core/ports.ts";
import { firesBetween } from "../core/schedule.ts";
import { messageOfTick, type Tick, ticks } from "../core/ticks.ts";
import type { Disposition } from "../functions/deliver.ts";
import { queueNames } from "../functions/steps.ts";
import type { Home } from "./home.ts";
import { work } from "./workers.ts";

const minute = 60_000;
const day = 1_440 * minute;
/** Longest wait between two looks at the queues. */
const lookEveryMs = 1_000;
/** Where alerts are decided or sent, one message is worked on at a time. */
const together: Record<QueueName, number> = {
  ingest: 3,
  coordinate: 1,
  predict: 2,
  enrich: 1,
  notify: 1,
  settle: 1,
  watch: 1,
};

export interface LiveOptions {
  /** Aborted = finish what is in hand and return. */
  signal: AbortSignal;
  /** Called when a message was worked on, with what became of it. */
  onWorked?: (queue: QueueName, delivery: Delivery, disposition: Disposition) => void;
}

async function fire(home: Home, tick: Tick, at: number): Promise<void> {
  await home.services.queue.send(tick.queue, [messageOfTick(tick, at)]);
}

/**
 * What fired between two instants. After a pause (a closed laptop) only the newest of each tick is sent: a window of the
 * past would be answered with the present.
 */
async function fireDue(home: Home, from: number, to: number): Promise<void> {
  for (const tick of ticks) {
    const latest = firesBetween(tick.schedule, Math.max(from, to - day), to).at(-1);
    if (latest !== undefined) await fire(home, tick, latest);
  }
}

/** Works on what is visible. @returns how many messages were handled. */
async function workOnce(home: Home, { signal, onWorked }: LiveOptions): Promise<number> {
  const handled = await Promise.all(
    queueNames.map(async (name) => {
      if (signal.aborted) return 0;
      const deliveries = await home.queue.receive(name, together[name]);
      await Promise.all(
        deliveries.map(async (delivery) => {
          const disposition = await work(name, delivery, home.queue, home.services);
          onWorked?.(name, delivery, disposition);
        }),
      );
      return deliveries.length;
    }),
  );
  return handled.reduce((sum, n) => sum + n, 0);
}

async function workAll(home: Home, options: LiveOptions): Promise<void> {
  while (!options.signal.aborted && (await workOnce(home, options)) > 0);
}

/**
 * Fetches every source's newest window at once and plans a first tick, so that there is something to see before the next
 * full hour; from then on everything follows its schedule.
 */
export async function runLive(home: Home, options: LiveOptions): Promise<void> {
  const { clock, queue } = home;
  queue.releaseInFlight();
  let fired = clock.now();
  for (const tick of ticks.filter(({ queue: name }) => name === "ingest")) {
    const latest = firesBetween(tick.schedule, fired - day, fired).at(-1);
    if (latest !== undefined) await fire(home, tick, latest);
  }
  await workAll(home, options);
  for (const tick of ticks.filter(({ queue: name }) => name === "coordinate" || name === "watch")) {
    await fire(home, tick, Math.floor(clock.now() / minute) * minute);
  }
  while (!options.signal.aborted) {
    await workAll(home, options);
    const now = clock.now();
    await fireDue(home, fired, now);
    fired = now;
    if (queue.idle()) await clock.sleep(lookEveryMs);
  }
}
