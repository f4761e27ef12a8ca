/**
 * When rows were known. History that was fetched long after its day would make a panel in which nobody knew anything:
 * for it one may assume what a desk at work would have had, and the panel says that this was assumed.
 */

const MINUTE_MS = 60_000;

/** recorded: as it was fetched. assumed: rows fetched after their day count some minutes after they were made. */
export type Knowledge = "recorded" | "assumed";

/**
 * Minutes from the making of a row to a desk that asks all the time. Observations: those of api.weather.gov come up to
 * 20 minutes late. The blend: two hours after its nominal run, as for `brier weather fit`. Texts: the issue time is the one at which they are
 * sent.
 */
export const assumedDelayMinutes = { observation: 20, blend: 120, text: 5 } as const;

/** Rows of a day with the instant from which they count. Forecast paths are left alone: no archive has them as issued. */
export function asKnown<T extends { ingested_at: number }>(
  rows: readonly T[],
  knowledge: Knowledge,
  dayEnd: number,
  madeAt: (row: T) => number,
  delayMinutes: number,
): readonly T[] {
  if (knowledge === "recorded") return rows;
  return rows.map((row) =>
    row.ingested_at <= dayEnd ? row : { ...row, ingested_at: madeAt(row) + delayMinutes * MINUTE_MS },
  );
}
