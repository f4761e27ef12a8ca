/** Runs the desk by the clock on the wall until it is told to stop. */
import { setTimeout as wait } from "node:timers/promises";
import type { Desk } from "../core/desk.ts";
import type { Delivery, QueueName, Services } from "../core/ports.ts";
import { firesBetween } from "../core/schedule.ts";
import { sourcesOf } from "../core/sources.ts";
import { messageOfTick, type Tick } from "../core/tick.ts";
import { ticksOf } from "../core/ticks.ts";
import type { Disposition } from "../functions/deliver.ts";
import { beginWatch } from "../functions/facts.ts";
import { queueNames } from "../functions/steps.ts";
import { firstPlanAt } from "./first-plan.ts";
import type { Home } from "./home.ts";
import { work } from "./workers.ts";

const minute = 60_000;
const day = 1_440 * minute;
/** Longest wait between two looks at the queues. */
const lookEveryMs = 1_000;
/** In minutes: ticks that come so often need no start. */
const often = 5;
/** Where alerts are decided or sent, one message is worked on at a time. One window of bitcoin's venues takes a minute. */
const together: Record<QueueName, number> = {
  ingest: 4,
  coordinate: 1,
  predict: 2,
  enrich: 1,
  notify: 1,
  settle: 1,
  watch: 1,
};

export interface LiveOptions {
  /** Those that run. */
  desks: readonly Desk[];
  /** Aborted = finish what is in hand and return. */
  signal: AbortSignal;
  /** Called when a message was worked on, with what became of it. */
  onWorked?: (queue: QueueName, delivery: Delivery, disposition: Disposition) => void;
}

/** @returns the message's id. */
async function fire(home: Home, tick: Tick, at: number): Promise<string> {
  const message = messageOfTick(tick, at);
  await home.services.queue.send(tick.queue, [message]);
  return message.id;
}

/**
 * What fired between two instants. After a pause (a closed laptop) only the newest of each tick is sent: a window of the
 * past would be answered with the present.
 */
async function fireDue(home: Home, ticks: readonly Tick[], from: number, to: number): Promise<void> {
  for (const tick of ticks) {
    const latest = firesBetween(tick.schedule, Math.max(from, to - day), to).at(-1);
    if (latest !== undefined) await fire(home, tick, latest);
  }
}

/**
 * Sleeps until it is time, or time to stop: a step that paces itself then ends with what it has, instead of holding the
 * end up for a minute.
 */
async function sleepUnless(signal: AbortSignal, ms: number): Promise<void> {
  try {
    await wait(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** One worker of a queue: takes message after message. A window that takes its minute holds up no other worker. */
async function workOn(
  name: QueueName,
  home: Home,
  services: Services,
  { signal, onWorked }: Pick<LiveOptions, "signal" | "onWorked">,
): Promise<void> {
  while (!signal.aborted) {
    const [delivery] = await home.queue.receive(name, 1);
    if (delivery === undefined) {
      await sleepUnless(signal, lookEveryMs);
      continue;
    }
    const disposition = await work(name, delivery, home.queue, services);
    onWorked?.(name, delivery, disposition);
  }
}

/**
 * Fetches every source's newest window at once and plans a first tick at the whole minute after that, so that there is something to
 * see before the next full hour; from then on everything follows its schedule.
 */
export async function runLive(home: Home, options: LiveOptions): Promise<void> {
  const { clock, queue } = home;
  const { desks, signal } = options;
  const ticks = ticksOf(desks);
  const read = sourcesOf(desks.map(({ id }) => id));
  const askedAtStart: ReadonlySet<string | undefined> = new Set(
    read.filter((source) => source.askedAtStart).map(({ id }) => id),
  );
  queue.releaseInFlight();
  let fired = clock.now();
  await beginWatch(home.services.state, fired);
  /** Windows without which the first plan would know nothing. What comes every few minutes comes by itself. */
  const awaited = new Set<string>();
  let landedAt = fired;
  for (const tick of ticks.filter(({ queue: name, schedule }) => name === "ingest" && schedule.everyMinutes > often)) {
    const latest = firesBetween(tick.schedule, fired - day, fired).at(-1);
    const begun = askedAtStart.has(tick.input.source) ? Math.floor(fired / minute) * minute : latest;
    for (const at of new Set([latest, begun])) if (at !== undefined) awaited.add(await fire(home, tick, at));
  }
  const services: Services = {
    ...home.services,
    clock: { now: () => clock.now(), sleep: (ms) => sleepUnless(signal, ms) },
  };
  const worked: Pick<LiveOptions, "signal" | "onWorked"> = {
    signal,
    onWorked(name, delivery, disposition) {
      if (awaited.delete(delivery.id)) landedAt = clock.now();
      options.onWorked?.(name, delivery, disposition);
    },
  };
  const workers = queueNames.flatMap((name) =>
    Array.from({ length: together[name] }, () => workOn(name, home, services, worked)),
  );
  const fires = async () => {
    let planned = false;
    while (!signal.aborted) {
      const firstAt = planned || awaited.size > 0 ? undefined : firstPlanAt(landedAt, clock.now());
      if (firstAt !== undefined) {
        planned = true;
        for (const tick of ticks.filter(({ queue: name }) => name === "coordinate" || name === "watch")) {
          await fire(home, tick, firstAt);
        }
      }
      const now = clock.now();
      await fireDue(home, ticks, fired, now);
      fired = now;
      await sleepUnless(signal, lookEveryMs);
    }
  };
  await Promise.all([...workers, fires()]);
}
