/** How often an event is planned, by the time that is left until it closes. */
import type { BetweenMinutes, Pace } from "../desk.ts";

const minuteMs = 60_000;

/**
 * A quarter of an hour is as small a part of an afternoon as a minute is of the last half hour. An event that trades for a
 * day, as those of 17:00 in New York do, has 38 jobs before the sixty of its last hour; by the minute it would have 1,380
 * (docs/architecture.md).
 */
export const cryptoPaces: readonly Pace[] = [
  { withinMinutes: 60, everyMinutes: 1 },
  { withinMinutes: 6 * 60, everyMinutes: 15 },
  { withinMinutes: 24 * 60, everyMinutes: 60 },
];

/** In the last minute each print is a sixtieth of the outcome. */
export const betweenMinutes: BetweenMinutes = { everySeconds: 10, beforeCloseSeconds: 120, stream: "stream-kalshi" };

/**
 * Whether an event that closes at `closeTime` is planned at `now`: at the minutes of the clock, not of its own life; between
 * the minutes, when another event may be what is asked for, only near its own close.
 */
export function isDue(now: number, closeTime: number): boolean {
  const left = closeTime - now;
  if (now % minuteMs !== 0) return left > 0 && left <= betweenMinutes.beforeCloseSeconds * 1000;
  const pace = left > 0 ? cryptoPaces.find(({ withinMinutes }) => left <= withinMinutes * minuteMs) : undefined;
  return pace !== undefined && (now / minuteMs) % pace.everyMinutes === 0;
}

/** No event is planned longer than this before its close, ms. */
export const plannedWithin: number = Math.max(...cryptoPaces.map(({ withinMinutes }) => withinMinutes)) * minuteMs;
