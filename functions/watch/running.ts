/** Which sources are looked after: those of the desks that run, each from when it began to. */
import type { Source } from "../../core/source.ts";
import { sourcesByDesk, sourcesOf, streamsByDesk } from "../../core/sources.ts";
import type { Watched } from "../facts.ts";

/** By the desk's id, the instant (epoch ms) after which its windows are due. */
type Desks = NonNullable<Watched["desks"]>;

/**
 * The desks that run now, and those that ran until the watch before and no longer do.
 * @param named ids of the desks that run.
 * @param watched undefined where nobody has watched yet. Of a desk that is new to the watch windows after `now` are due: nobody
 * knows when in between it began.
 */
export function runningDesks(
  named: readonly string[],
  watched: Watched | undefined,
  now: number,
): { running: Desks; left: Desks } {
  const all = Object.keys(sourcesByDesk);
  const before: Desks =
    watched === undefined ? {} : (watched.desks ?? Object.fromEntries(all.map((id) => [id, watched.since])));
  return {
    running: Object.fromEntries(named.map((id) => [id, before[id] ?? now])),
    // A desk that is no longer in the list has no sources to be missed.
    left: Object.fromEntries(Object.entries(before).filter(([id]) => all.includes(id) && !named.includes(id))),
  };
}

/** What the desks read, each source once, with the instant after which its windows are due. */
export function dueSources(desks: Desks): { source: Source; after: number }[] {
  const begun = Object.entries(desks);
  return sourcesOf(Object.keys(desks)).map((source) => ({
    source,
    after: Math.min(...begun.flatMap(([id, at]) => (sourcesByDesk[id]?.includes(source) === true ? [at] : []))),
  }));
}

/** Whether live feeds are of use to any of the desks: what one that was left out has left in the lake is nobody's. */
export const streamsRun = (desks: Desks): boolean =>
  Object.keys(desks).some((id) => (streamsByDesk[id] ?? []).length > 0);
