/**
 * Where the price was going, as a small part of where it goes. On captured history the last five minutes say next to
 * nothing (docs/evaluation.md), so the return is bounded first and shrunk then, by the time that is left.
 */
import { type MomentumParameters, momentumParameters } from "./parameters.ts";
import type { MinutePrice } from "./volatility.ts";

const minuteMs = 60_000;

/** Log return of the last `minutes` whole minutes before `now`; null when the minute at either end is missing. */
export function recentReturn(
  prices: readonly MinutePrice[],
  now: number,
  minutes: number = momentumParameters.minutes,
): number | null {
  const end = Math.floor(now / minuteMs) * minuteMs;
  const last = prices.findLast(({ at }) => at === end);
  const first = prices.findLast(({ at }) => at === end - minutes * minuteMs);
  return last === undefined || first === undefined ? null : Math.log(last.price / first.price);
}

/** The weight of the return with so many seconds left: linear between the knots, constant outside, 0 without any. */
function weightAt(secondsToClose: number, weights: MomentumParameters["weights"]): number {
  let before: MomentumParameters["weights"][number] | undefined;
  for (const knot of weights) {
    if (secondsToClose <= knot.seconds) {
      if (before === undefined) return knot.weight;
      const share = (secondsToClose - before.seconds) / (knot.seconds - before.seconds);
      return before.weight + share * (knot.weight - before.weight);
    }
    before = knot;
  }
  return before?.weight ?? 0;
}

/**
 * The shift of the expected log price.
 * @param input.logReturn As of `recentReturn`; a gap shifts nothing.
 * @param input.sigma Volatility of log price per √second.
 */
export function momentumShift(
  input: { logReturn: number | null; sigma: number; secondsToClose: number },
  parameters: MomentumParameters = momentumParameters,
): number {
  const { logReturn, sigma, secondsToClose } = input;
  const { weights, maxWeight, maxDeviations, minutes } = parameters;
  const large = weights.find(({ weight }) => !(Math.abs(weight) <= maxWeight));
  if (large !== undefined) throw new RangeError(`momentum weight ${large.weight}: at most ${maxWeight} is allowed`);
  if (logReturn === null) return 0;
  const bound = maxDeviations * sigma * Math.sqrt(minutes * 60);
  return weightAt(secondsToClose, weights) * Math.max(-bound, Math.min(bound, logReturn));
}
