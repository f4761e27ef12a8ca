/** Token buckets, one a host. */
import type { Clock } from "../../core/ports.ts";

export interface RateLimit {
  perSecond: number;
  /** How many requests may be sent at once after a pause. At least 1. */
  burst: number;
}

/**
 * The bucket is kept as one instant, the one at which it would be full again (the generic cell rate algorithm, ITU-T
 * I.371), and a turn is reserved before it is waited for: waiters keep their order, and the wait is one sleep.
 */
export function createRateLimiter(
  clock: Clock,
  limits: Readonly<Record<string, RateLimit>>,
  otherHosts: RateLimit,
): (host: string) => Promise<void> {
  for (const [host, { perSecond, burst }] of [...Object.entries(limits), ["other hosts", otherHosts] as const]) {
    if (!(perSecond > 0 && burst >= 1)) {
      throw new Error(`rate limit of ${host}: perSecond ${perSecond} must be above 0 and burst ${burst} at least 1`);
    }
  }
  const fullAt = new Map<string, number>();
  return async (host) => {
    const { perSecond, burst } = limits[host] ?? otherHosts;
    const interval = 1_000 / perSecond;
    const now = clock.now();
    const full = Math.max(fullAt.get(host) ?? now, now) + interval;
    fullAt.set(host, full);
    const waitMs = full - burst * interval - now;
    if (waitMs > 0) await clock.sleep(waitMs);
  };
}
