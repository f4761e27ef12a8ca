/** How many calls a service grants in a minute, an hour, a day, a month, and what is left of them. Pure. */

export type Period = "minute" | "hour" | "day" | "month";

export interface CallBudget {
  /** Name under which the spending is kept. */
  service: string;
  /** Hosts that draw on it together. */
  hosts: readonly string[];
  /** Calls a period, by the UTC calendar. */
  calls: Readonly<Record<Period, number>>;
}

/** What is kept of a budget: the period that was last spent in, from its first instant (epoch ms), and the calls in it. */
export type Spending = Readonly<Record<Period, { from: number; calls: number }>>;

export const periods: readonly Period[] = ["minute", "hour", "day", "month"];
const lengths = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;

function startOf(period: Period, at: number): number {
  if (period !== "month") return Math.floor(at / lengths[period]) * lengths[period];
  const date = new Date(at);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
}

/** What has been spent of each period that is running at `now`. */
export function spentAt(spending: Spending | undefined, now: number): Record<Period, number> {
  const spent = (period: Period) => {
    const kept = spending?.[period];
    // Another function's clock may be ahead: its period counts until ours has got there.
    return kept !== undefined && kept.from >= startOf(period, now) ? kept.calls : 0;
  };
  return { minute: spent("minute"), hour: spent("hour"), day: spent("day"), month: spent("month") };
}

/** @returns the spending with these calls in it, or why they must not be made now */
export function spend(
  { service, calls: granted }: CallBudget,
  spending: Spending | undefined,
  calls: number,
  now: number,
): { spending: Spending } | { refusal: string } {
  const spent = spentAt(spending, now);
  const short = periods.find((period) => spent[period] + calls > granted[period]);
  if (short !== undefined) {
    const left = Math.max(0, granted[short] - spent[short]);
    return {
      refusal: `the budget of ${service} has ${Math.floor(left)} of ${granted[short]} calls left this ${short}, the request counts for ${calls}: not sent`,
    };
  }
  const after = (period: Period) => ({
    from: Math.max(startOf(period, now), spending?.[period].from ?? 0),
    // Weights have one decimal; their sum is kept free of binary dust.
    calls: Math.round((spent[period] + calls) * 1000) / 1000,
  });
  return { spending: { minute: after("minute"), hour: after("hour"), day: after("day"), month: after("month") } };
}
