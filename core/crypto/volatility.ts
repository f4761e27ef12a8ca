/**
 * How much the price moves: a blend of realised variances over several horizons (HAR-RV), from one-minute log returns.
 * Returns across a gap are left out, because after a reconnect they would pass for a jump.
 */
import { type VolatilityParameters, volatilityParameters } from "./parameters.ts";

const minuteMs = 60_000;
const yearSeconds = 365.25 * 86_400;

/** A price at the end of a minute. */
export interface MinutePrice {
  /** End of the minute, epoch ms, a whole minute. */
  at: number;
  /** $. */
  price: number;
}

export interface Volatility {
  /** Of log price, per √second. */
  sigma: number;
  /** Whether the floor decided. */
  floored: boolean;
  /** The windows that had a say: variance of log price per second from so many returns. */
  windows: { minutes: number; returns: number; variance: number }[];
}

/** The annualised share (0.5 = 50 %) as volatility per √second. */
export function perSecond(annual: number): number {
  return annual / Math.sqrt(yearSeconds);
}

function requireMinute({ at, price }: MinutePrice, after: MinutePrice | undefined): void {
  if (at % minuteMs !== 0) throw new RangeError(`a minute price at ${at}: expected the end of a whole minute`);
  if (!(price > 0) || !Number.isFinite(price)) throw new RangeError(`the price at ${at} is ${price}`);
  if (after !== undefined && after.at <= at) {
    throw new RangeError(`minute prices must rise in time: ${at}, then ${after.at}`);
  }
}

/**
 * @param prices In the order of time, each minute at most once; those after `now` are not looked at.
 * @returns why there is none when the short window has a gap or ended too long ago.
 */
export function realisedVolatility(
  prices: readonly MinutePrice[],
  now: number,
  parameters: VolatilityParameters = volatilityParameters,
): Volatility | { none: string } {
  const [short] = parameters.windows;
  if (short === undefined) throw new RangeError("the blend needs a window");
  if (parameters.windows.some(({ minutes }, index) => minutes <= (parameters.windows[index - 1]?.minutes ?? 0))) {
    throw new RangeError("the windows of the blend must grow");
  }
  const end = Math.floor(now / minuteMs) * minuteMs;
  const reach = parameters.windows.at(-1)?.minutes ?? 0;
  const sums = parameters.windows.map(() => ({ returns: 0, squares: 0 }));
  const shortStart = end - short.minutes * minuteMs;
  let widestGap = 0;
  let after: MinutePrice | undefined;
  let returns = 0;
  let squares = 0;
  let window = 0;
  // From the newest backwards: a day of minutes is all that is looked at, however long the history is.
  for (let index = prices.length - 1; index >= 0; index--) {
    const minute = prices[index];
    if (minute === undefined || minute.at > end) continue;
    if (minute.at < end - reach * minuteMs && after !== undefined && after.at <= shortStart) break;
    requireMinute(minute, after);
    const next = after?.at ?? now;
    if (next > shortStart) widestGap = Math.max(widestGap, next - minute.at);
    if (after !== undefined && after.at - minute.at === minuteMs) {
      // A return that ends before a window begins finds that window's sums complete.
      while (after.at <= end - (parameters.windows[window]?.minutes ?? Infinity) * minuteMs) {
        sums[window] = { returns, squares };
        window += 1;
      }
      returns += 1;
      squares += Math.log(after.price / minute.price) ** 2;
    }
    after = minute;
  }
  for (; window < sums.length; window++) sums[window] = { returns, squares };
  widestGap = Math.max(widestGap, (after?.at ?? now) - shortStart);
  if (after === undefined) return { none: "no minute price at all" };
  if (widestGap > parameters.maxGapMinutes * minuteMs) {
    return {
      none: `a gap of ${(widestGap / minuteMs).toFixed(1)} minutes within the last ${short.minutes}, at most ${parameters.maxGapMinutes} are allowed`,
    };
  }
  const windows = parameters.windows.flatMap(({ minutes, weight }, at) => {
    const sum = sums[at] ?? { returns: 0, squares: 0 };
    if (sum.returns === 0) return [];
    const share = Math.min(1, sum.returns / (parameters.fullCoverage * minutes));
    const variance = sum.squares / sum.returns / 60;
    return [{ minutes, weight: weight * share, whole: share === 1, returns: sum.returns, variance }];
  });
  const weights = windows.reduce((sum, { weight }) => sum + weight, 0);
  if (!windows.some(({ whole }) => whole)) {
    return { none: `fewer than ${parameters.fullCoverage * 100} % of the returns of every window` };
  }
  const sigma = Math.sqrt(windows.reduce((sum, { weight, variance }) => sum + weight * variance, 0) / weights);
  const floor = perSecond(parameters.floorAnnual);
  return {
    sigma: Math.max(sigma, floor),
    floored: sigma < floor,
    windows: windows.map(({ minutes, returns: known, variance }) => ({ minutes, returns: known, variance })),
  };
}
