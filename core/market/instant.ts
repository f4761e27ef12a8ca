/** Kalshi's times are RFC 3339, with up to nanoseconds; we keep milliseconds. */

const form = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;

/** `"2026-06-02T14:00:00.449686Z"` → epoch ms UTC, cut to the millisecond. @throws for anything else. */
export function parseInstant(text: unknown): number {
  if (typeof text === "string" && form.test(text)) {
    const midnight = Date.parse(`${text.slice(0, 10)}T00:00:00Z`);
    // `Date` makes 2 March of 30 February.
    const exists = new Date(midnight).getUTCDate() === Number(text.slice(8, 10));
    const instant = exists ? Date.parse(text) : Number.NaN;
    if (!Number.isNaN(instant)) return instant;
  }
  throw new Error(`${JSON.stringify(text) ?? "nothing"} is not an RFC 3339 time`);
}
