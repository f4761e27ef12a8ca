/** Everything that happens by the clock, read from the lists: both homes fire exactly these. */
import { desks } from "./desks.ts";
import type { OutgoingMessage, QueueName } from "./ports.ts";
import type { Schedule } from "./source.ts";
import { sources } from "./sources.ts";
import { watchSchedule } from "./watch-schedule.ts";

export interface Tick {
  /** Unique among the ticks, for example ingest-kalshi-markets. */
  id: string;
  queue: QueueName;
  schedule: Schedule;
  /** The message's members besides the scheduled instant `at`. */
  input: Record<string, string>;
}

export const ticks: readonly Tick[] = [
  ...sources.map(({ id, schedule }) => ({
    id: `ingest-${id}`,
    queue: "ingest" as const,
    schedule,
    input: { source: id },
  })),
  ...desks.map(({ id, schedule }) => ({
    id: `coordinate-${id}`,
    queue: "coordinate" as const,
    schedule,
    input: { desk: id },
  })),
  ...desks.map(({ id, settleSchedule }) => ({
    id: `settle-${id}`,
    queue: "settle" as const,
    schedule: settleSchedule,
    input: { desk: id },
  })),
  { id: "watch", queue: "watch", schedule: watchSchedule, input: {} },
];

/** What the tick sends for an instant (epoch ms): whoever fires it, and however often, it asks for the same thing. */
export function messageOfTick(tick: Tick, at: number): OutgoingMessage {
  const instant = new Date(at).toISOString();
  return { id: `${tick.id}@${instant}`, body: { ...tick.input, at: instant } };
}
