/** When a desk is asked to plan between whole minutes: near a close, where each second tells more than the minute before. */
import type { BetweenMinutes } from "../desk.ts";

const secondMs = 1_000;
const minuteMs = 60_000;

/** @throws when `everySeconds` is no divisor of a minute, or nothing lies before the close. */
function checked(rule: BetweenMinutes): BetweenMinutes {
  const { everySeconds, beforeCloseSeconds } = rule;
  if (!Number.isInteger(everySeconds) || everySeconds < 1 || everySeconds >= 60 || 60 % everySeconds !== 0) {
    throw new RangeError(
      `betweenMinutes: everySeconds is ${everySeconds}; it must be a whole number below 60 that divides 60`,
    );
  }
  if (!(beforeCloseSeconds > 0)) {
    throw new RangeError(`betweenMinutes: beforeCloseSeconds is ${beforeCloseSeconds}; it must be above 0`);
  }
  return rule;
}

/**
 * The instants (epoch ms, ascending) of the rule in the half-open span (from, to]. They lie on the seconds of the clock,
 * whoever asks: two holders of a stream name the same ones. Whole minutes belong to the desk's schedule.
 * @param closesOf Epoch ms, any order; the close itself is too late. Asked once, and only where the span holds an instant that
 * can be one: whoever looks several times a second rarely needs to know them.
 */
export function instantsBetween(
  rule: BetweenMinutes,
  closesOf: () => readonly number[],
  from: number,
  to: number,
): number[] {
  const { everySeconds, beforeCloseSeconds } = checked(rule);
  const step = everySeconds * secondMs;
  const instants: number[] = [];
  let closes: readonly number[] | undefined;
  for (let at = (Math.floor(from / step) + 1) * step; at <= to; at += step) {
    if (at % minuteMs === 0) continue;
    closes ??= closesOf();
    if (closes.some((close) => at < close && at >= close - beforeCloseSeconds * secondMs)) instants.push(at);
  }
  return instants;
}
