/** The panel's grid: every minute of a climate day, from local standard midnight on. Minute m is the instant start + m minutes. */

export const minutesPerDay = 1440;
export const MINUTE_MS = 60_000;

export function newColumn(length = minutesPerDay): Float64Array {
  return new Float64Array(length).fill(Number.NaN);
}

/** Columns over one piece of memory: a year of days asks for tens of thousands of them. */
export function newColumns<N extends string>(names: readonly N[], length: number): Record<N, Float64Array> {
  const all = newColumn(names.length * length);
  return Object.fromEntries(
    names.map((name, index) => [name, all.subarray(index * length, (index + 1) * length)]),
  ) as Record<N, Float64Array>;
}

/** A panel's number as a table's: NaN is null. */
export function orNull(value: number | undefined): number | null {
  return value === undefined || Number.isNaN(value) ? null : value;
}
