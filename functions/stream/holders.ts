/**
 * Who holds which feed, as the state store keeps it under `stream/holder`. Each feed is handed over by itself: what one holder
 * cannot have (its handshake is refused, its key is missing) another may well hold.
 */
import type { State } from "../../core/ports.ts";
import { stateKeys, update } from "../facts.ts";

export interface Holder {
  holder: string;
  /** When it began by its own clock, epoch ms: who began later lives longer. */
  begun: number;
}

/** By feed: the newest holder that has shown it live for a whole minute, which lies in the lake. Whoever held it before may go. */
export interface Holders {
  feeds: Readonly<Record<string, Holder>>;
}

/** One that begins in our future has another clock than we: it is believed when our clock gets there, as by all others. */
const comesAfter = (other: Holder, own: Holder, now: number) => other.begun > own.begun && other.begun <= now;

/** An item from before feeds were handed over one by one names none. */
const holdersOf = (stored: Partial<Holders> | undefined): Holders["feeds"] => stored?.feeds ?? {};

/** A whole minute of the feed, live from its begin to its end, is in the lake: whoever held it before may go. */
export async function takeOver(state: State, feed: string, own: Holder, now: number): Promise<void> {
  await update<Partial<Holders>>(state, stateKeys.streamHolder(), (stored) => {
    const feeds = holdersOf(stored);
    const current = feeds[feed];
    return current !== undefined && comesAfter(current, own, now) ? undefined : { feeds: { ...feeds, [feed]: own } };
  });
}

/** @returns the feeds that one who came after us has taken over, each with who it is. */
export async function takenOver(state: State, own: Holder, now: number): Promise<Map<string, string>> {
  const stored = (await state.get<Partial<Holders>>(stateKeys.streamHolder()))?.value;
  const later = Object.entries(holdersOf(stored)).filter(([, one]) => comesAfter(one, own, now));
  return new Map(later.map(([feed, { holder }]) => [feed, holder]));
}
