/** Kalshi's times are RFC 3339, with up to nanoseconds; we keep milliseconds. */

/** `"2026-06-02T14:00:00.449686Z"` → epoch ms UTC, cut to the millisecond. @throws for anything else. */
export function parseInstant(text: unknown): number {
  const form = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;
  const day = typeof text === "string" ? form.exec(text)?.[1] : undefined;
  const midnight = Date.parse(`${day}T00:00:00Z`);
  // `Date` makes 2 March of 30 February.
  const exists = !Number.isNaN(midnight) && new Date(midnight).toISOString().slice(0, 10) === day;
  const instant = exists ? Date.parse(text as string) : Number.NaN;
  if (Number.isNaN(instant)) throw new Error(`${JSON.stringify(text) ?? "nothing"} is not an RFC 3339 time`);
  return instant;
}
