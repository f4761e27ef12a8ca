/** What a benchmark gives. */

export interface Figure {
  name: string;
  value: number;
  unit: string;
  /** The same work done by something simpler, in the same run and unit; null where there is none. */
  baseline: number | null;
}

/** Median of `repetitions` timings of `work`, milliseconds. The first runs, which compile, are not counted. */
export async function medianMs(repetitions: number, work: () => unknown): Promise<number> {
  const times: number[] = [];
  for (let repetition = -2; repetition < repetitions; repetition++) {
    const begun = performance.now();
    await work();
    if (repetition >= 0) times.push(performance.now() - begun);
  }
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;
}
