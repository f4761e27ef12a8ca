/**
 * When a schedule fires: as arithmetic, as EventBridge Scheduler's cron and as croner's pattern. Never `rate()`, which
 * counts from the moment of deployment and is not aligned.
 */
import type { Schedule } from "./source.ts";

const DAY_MINUTES = 1440;
const HOUR_MINUTES = 60;
const MINUTE_MS = 60_000;

/** @throws when the schedule is not a whole number of minutes that divides the day, or its offset is outside it. */
function checked(schedule: Schedule): Schedule {
  const { everyMinutes, offsetMinutes } = schedule;
  if (!Number.isInteger(everyMinutes) || everyMinutes < 1 || DAY_MINUTES % everyMinutes !== 0) {
    throw new RangeError(`schedule: everyMinutes is ${everyMinutes}; it must be a whole number that divides 1440`);
  }
  if (!Number.isInteger(offsetMinutes) || offsetMinutes < 0 || offsetMinutes >= everyMinutes) {
    throw new RangeError(
      `schedule: offsetMinutes is ${offsetMinutes}; it must be a whole number from 0 to ${everyMinutes - 1}, below everyMinutes`,
    );
  }
  return schedule;
}

/**
 * The cron fields minute and hour as plain lists, which every engine reads alike: steps (`3/5`) and ranges do not mean
 * the same everywhere.
 * @throws for a period such as 40 or 90 minutes, whose minutes differ from hour to hour: one cron cannot say that.
 */
function minuteAndHour(schedule: Schedule): { minute: string; hour: string } {
  const { everyMinutes, offsetMinutes } = checked(schedule);
  const upTo = (end: number, start: number, step: number) =>
    Array.from({ length: Math.ceil((end - start) / step) }, (_, index) => start + index * step).join(",");
  if (HOUR_MINUTES % everyMinutes === 0) {
    return { minute: upTo(HOUR_MINUTES, offsetMinutes, everyMinutes), hour: "*" };
  }
  if (everyMinutes % HOUR_MINUTES === 0) {
    return {
      minute: String(offsetMinutes % HOUR_MINUTES),
      hour: upTo(DAY_MINUTES / HOUR_MINUTES, Math.floor(offsetMinutes / HOUR_MINUTES), everyMinutes / HOUR_MINUTES),
    };
  }
  throw new RangeError(
    `schedule: everyMinutes is ${everyMinutes}; a cron needs a divisor of 60 or a multiple of 60 that divides 1440`,
  );
}

/** For EventBridge Scheduler, time zone UTC, for example `cron(0,15,30,45 * * * ? *)`. */
export function awsCron(schedule: Schedule): string {
  const { minute, hour } = minuteAndHour(schedule);
  return `cron(${minute} ${hour} * * ? *)`;
}

/** For croner with `timezone: "UTC"`, for example `0,15,30,45 * * * *`. */
export function cronerPattern(schedule: Schedule): string {
  const { minute, hour } = minuteAndHour(schedule);
  return `${minute} ${hour} * * *`;
}

/** The instants (epoch ms, ascending) at which the schedule fires in the half-open span (from, to]. */
export function firesBetween(schedule: Schedule, from: number, to: number): number[] {
  const { everyMinutes, offsetMinutes } = checked(schedule);
  // `everyMinutes` divides the day and the epoch begins on midnight UTC, so the pattern is periodic from there.
  const period = everyMinutes * MINUTE_MS;
  const offset = offsetMinutes * MINUTE_MS;
  const fires: number[] = [];
  for (let at = (Math.floor((from - offset) / period) + 1) * period + offset; at <= to; at += period) fires.push(at);
  return fires;
}
