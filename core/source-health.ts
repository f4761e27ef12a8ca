/** How what is known of a source's health goes on when a window was dealt with. */
import type { EarlierRefusal, Refusal, SourceHealth } from "./source.ts";
import { watchSchedule } from "./watch-schedule.ts";

/** Whoever watches comes by once within this time, a late one too. */
const keptFor = 2 * watchSchedule.everyMinutes * 60_000;

/** The field that a refusal is about: thirty markets that lost the same field are one finding. */
export const fieldOf = ({ path }: Pick<Refusal, "path">) => path.replaceAll(/\[\d+\]/g, "[]");

const at = (window_at: number, refusals: readonly Refusal[]): EarlierRefusal[] =>
  refusals.map(({ kind, path, message }) => ({ window_at, kind, path, message }));

/**
 * The health with one more window. The newest window decides; what others refused shortly before is kept beside it, or a
 * source that runs between two watches would be healthy again before anybody looked.
 * @param stored undefined before the first window
 * @param window the window alone; one that was dealt with before takes the place of what it said then
 */
export function healthAfter(stored: SourceHealth | undefined, window: SourceHealth): SourceHealth {
  const isNewer = stored === undefined || window.window_at >= stored.window_at;
  const [head, other] = isNewer ? [window, stored] : [stored, window];
  const others = [
    ...(stored?.earlier ?? []).filter(({ window_at }) => window_at !== window.window_at),
    ...(other === undefined ? [] : at(other.window_at, other.refusals)),
  ].filter(({ window_at }) => window_at !== head.window_at && window_at > head.window_at - keptFor);
  // One a field, the newest: an item of the state store has its limit.
  const sorted = others.toSorted((a, b) => a.window_at - b.window_at);
  const earlier = [...new Map(sorted.map((refusal) => [fieldOf(refusal), refusal])).values()];
  const { status, window_at, refusals } = head;
  return { status, window_at, refusals, ...(earlier.length === 0 ? {} : { earlier }) };
}
