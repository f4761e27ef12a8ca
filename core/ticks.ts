/** Everything that happens by the clock, read from the lists: both homes fire exactly these, of the desks that they run. */
import type { Desk } from "./desk.ts";
import { desks } from "./desks.ts";
import type { OutgoingMessage, QueueName } from "./ports.ts";
import type { Schedule } from "./source.ts";
import { sourcesOf } from "./sources.ts";
import { watchSchedule } from "./watch-schedule.ts";

export interface Tick {
  /** Unique among the ticks, for example ingest-kalshi-markets. */
  id: string;
  queue: QueueName;
  schedule: Schedule;
  /** The message's members besides the scheduled instant `at`: whom the tick is about. */
  input: { source?: string; desk?: string; desks?: readonly string[] };
}

export function ticksOf(run: readonly Desk[]): readonly Tick[] {
  const ids = run.map(({ id }) => id);
  return [
    ...sourcesOf(ids).map(({ id, schedule }) => ({
      id: `ingest-${id}`,
      queue: "ingest" as const,
      schedule,
      input: { source: id },
    })),
    ...run.map(({ id, schedule }) => ({
      id: `coordinate-${id}`,
      queue: "coordinate" as const,
      schedule,
      input: { desk: id },
    })),
    ...run.map(({ id, settleSchedule }) => ({
      id: `settle-${id}`,
      queue: "settle" as const,
      schedule: settleSchedule,
      input: { desk: id },
    })),
    // What fires and what is looked after are said together: a desk that is left out is not missed.
    { id: "watch", queue: "watch", schedule: watchSchedule, input: { desks: ids } },
  ];
}

/** Of all desks. */
export const ticks = ticksOf(desks);

/** What the tick sends for an instant (epoch ms): whoever fires it, and however often, it asks for the same thing. */
export function messageOfTick(tick: Tick, at: number): OutgoingMessage {
  const instant = new Date(at).toISOString();
  return { id: `${tick.id}@${instant}`, body: { ...tick.input, at: instant } };
}
