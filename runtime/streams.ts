/** The live feeds, held in the process that owns the home. */
import type { Desk } from "../core/desk.ts";
import type { Clock } from "../core/ports.ts";
import type { Feed, RowBatch } from "../core/stream/feed.ts";
import { openFeeds, type SkippedFeed } from "../functions/stream/feeds.ts";
import { holdStreams } from "../functions/stream/hold.ts";
import type { Home } from "./home.ts";

export interface HomeStreams {
  /** Aborted = write what there is and return. */
  signal: AbortSignal;
  /** Asked to plan between the minutes, where they have a rule for that. */
  desks: readonly Desk[];
  /** Default: until the signal. */
  minutes?: number;
  /** A feed that cannot be held, once. */
  onSkipped(skipped: SkippedFeed): void;
  onHeld?(feeds: readonly Feed[]): void;
  onPhase(feed: Feed, phase: string, reason: string | null): void;
  onBatch?: (batch: RowBatch) => void;
}

const minuteMs = 60_000;

/** @param ids of `feedIds`. @returns the feeds that were held, as they stood at the end. */
export async function holdHomeStreams(
  home: Home,
  ids: readonly string[],
  { signal, desks, minutes = Number.POSITIVE_INFINITY, onSkipped, onHeld, onPhase, onBatch }: HomeStreams,
): Promise<readonly Feed[]> {
  const { services, sockets, simulated } = home;
  const now = services.clock.now();
  const holder = `local-${process.pid}-${now.toString(36)}`;
  const { feeds, skipped, headers, refresh } = await openFeeds(ids, holder, services, simulated);
  for (const one of skipped) onSkipped(one);
  onHeld?.(feeds);
  if (feeds.length === 0) return feeds;
  const until = now + minutes * minuteMs;
  const common = { feeds, holder, desks, sockets, services, signal, until, headers, refresh, onPhase };
  // It is alone with its home: whoever is named there as the holder is gone.
  await holdStreams({ ...common, givesWay: false, ...(onBatch === undefined ? {} : { onBatch }) });
  return feeds;
}

/** Lines for whoever looks on. Every try would be one: each thing is said once until something changes. */
export function phaseTeller(clock: Clock) {
  const said = new Map<string, string>();
  return (feed: string, phase: string, reason: string | null): string | undefined => {
    const news = phase === "live" ? "live" : phase === "waiting" || phase === "disabled" ? (reason ?? "") : undefined;
    if (news === undefined || said.get(feed) === news) return undefined;
    said.set(feed, news);
    const time = new Date(clock.now()).toISOString().slice(11, 19);
    return `${time}  ${feed}  ${phase}${phase === "live" ? "" : `: ${news}`}`;
  };
}
