const minute = 60_000;

/**
 * The whole minute that a desk which has just begun plans first: a job knows nothing of what reached us after its instant, so
 * it waits for the minute to be over in which the last window landed. Undefined until then.
 */
export function firstPlanAt(landedAt: number, now: number): number | undefined {
  const wholeMinute = Math.floor(now / minute) * minute;
  return wholeMinute >= landedAt ? wholeMinute : undefined;
}
