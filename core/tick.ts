/** What the clock fires, and what is sent then: whoever asks for the same instant sends the same message. */
import type { Desk } from "./desk.ts";
import type { OutgoingMessage, QueueName } from "./ports.ts";
import type { Schedule } from "./source.ts";

export interface Tick {
  /** Unique among the ticks, for example ingest-kalshi-markets. */
  id: string;
  queue: QueueName;
  schedule: Schedule;
  /** The message's members besides the scheduled instant `at`: whom the tick is about. */
  input: { source?: string; desk?: string; desks?: readonly string[] };
}

/** Asks a desk to plan: by its schedule, and between the minutes where it has a rule for that. */
export function coordinateTick({ id, schedule }: Pick<Desk, "id" | "schedule">): Tick {
  return { id: `coordinate-${id}`, queue: "coordinate", schedule, input: { desk: id } };
}

/** What the tick sends for an instant (epoch ms): whoever fires it, and however often, it asks for the same thing. */
export function messageOfTick(tick: Tick, at: number): OutgoingMessage {
  const instant = new Date(at).toISOString();
  return { id: `${tick.id}@${instant}`, body: { ...tick.input, at: instant } };
}
