/** How long a service that was asked too often wants to be left alone. */

/** `Retry-After` in seconds or as a date (RFC 9110, 10.2.3), as ms from `now`; undefined when absent or not understood. */
export function retryAfterMs(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  const ms = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - now;
  return Number.isNaN(ms) ? undefined : Math.max(ms, 0);
}
