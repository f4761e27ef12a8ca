/** Everything that happens by the clock, read from the lists: both homes fire exactly these, of the desks that they run. */
import type { Desk } from "./desk.ts";
import { desks } from "./desks.ts";
import { sourcesOf } from "./sources.ts";
import { coordinateTick, type Tick } from "./tick.ts";
import { watchSchedule } from "./watch-schedule.ts";

export function ticksOf(run: readonly Desk[]): readonly Tick[] {
  const ids = run.map(({ id }) => id);
  return [
    ...sourcesOf(ids).map(({ id, schedule }) => ({
      id: `ingest-${id}`,
      queue: "ingest" as const,
      schedule,
      input: { source: id },
    })),
    ...run.map(coordinateTick),
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
