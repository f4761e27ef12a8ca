/** Whether the maximum that the feed shows rose within an hour: what a forecast of a new maximum is held against. */

const HOUR_MS = 3_600_000;
/** A longer hole can hide a rise, and the maximum before it. */
const LONGEST_HOLE_MS = 35 * 60_000;

/** Place of the first reading at an instant or after it. */
function firstFrom(readings: readonly { at: number }[], instant: number): number {
  let [low, high] = [0, readings.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((readings[middle]?.at ?? Infinity) < instant) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The official maximum has no minute; the feed's has, in whole °C. So a rise of one whole °F that does not change the °C
 * is not seen, and one of the °C is one or two °F: the comparison is rougher than the forecast.
 * @param readings of the station, in order of time
 * @returns undefined when the feed has a hole around the hour, or nothing of the day before it.
 */
export function hazardOutcome(
  readings: readonly { at: number; tenthsC: number }[],
  { at, dayEnd }: { at: number; dayEnd: number },
): boolean | undefined {
  const dayStart = dayEnd - 24 * HOUR_MS;
  const until = Math.min(at + HOUR_MS, dayEnd);
  let before = Number.NEGATIVE_INFINITY;
  let after = Number.NEGATIVE_INFINITY;
  let last = at - HOUR_MS;
  let hole = 0;
  for (let index = firstFrom(readings, dayStart); index < readings.length; index++) {
    const reading = readings[index];
    if (reading === undefined || reading.at > until) break;
    if (reading.at <= at) before = Math.max(before, reading.tenthsC);
    else after = Math.max(after, reading.tenthsC);
    if (reading.at > at - HOUR_MS) {
      hole = Math.max(hole, reading.at - last);
      last = reading.at;
    }
  }
  if (Math.max(hole, until - last) > LONGEST_HOLE_MS) return undefined;
  if (before === Number.NEGATIVE_INFINITY || after === Number.NEGATIVE_INFINITY) return undefined;
  return after > before;
}
