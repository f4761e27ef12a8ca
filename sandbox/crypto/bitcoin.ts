/**
 * The price of a bitcoin in this world: a function of time that is continuous over the years, with volatility that
 * clusters. It stands for the index (BRTI); the venues deviate from it.
 *
 * Daily closes are a stationary AR(1) around a fixed level, so that any instant can be asked for without adding up all
 * days before it; between two of them the path is a Brownian bridge, built by halving (Lévy's construction): the middle
 * of each interval is the mean of its ends plus a normal of variance length/4, scaled by the volatility of that time.
 */
import { day, hour, minute } from "../calendar.ts";
import { hashText, type Noise } from "../noise.ts";

const streams = {
  close: hashText("bitcoin close"),
  middle: hashText("bitcoin middle"),
  slow: hashText("bitcoin slow volatility"),
  fast: hashText("bitcoin fast volatility"),
};

/** Dollars; what the path comes back to in the long run. */
const level = 84_000;
/** Of the logarithm of one day's close to the next; 0.028 a day is about 53 % a year. */
const dailySd = 0.028;
const persistence = 0.96;
/** Days after which its memory is below 1e-3. */
const memory = 170;
/** Intervals are halved until they are shorter than a second. */
const halvings = 17;

export interface Bitcoin {
  /** The index at an instant, dollars, unrounded. */
  priceAt(at: number): number;
  /** Standard deviation of the log price per square root of a second around that instant. */
  volatilityAt(at: number): number;
  /** The index print of a whole second, dollars to the cent. */
  print(second: number): number;
  /**
   * What Kalshi settles by: the mean of the sixty prints of [closeAt - 60 s, closeAt), to the cent
   * (crypto-and-trading.md §2.3). `closeAt` in epoch ms.
   */
  settlement(closeAt: number): number;
}

export function createBitcoin(noise: Noise): Bitcoin {
  const closes = new Map<number, number>();
  const settlements = new Map<number, number>();

  /** Logarithm of the level at the UTC midnight that ends day `number`. */
  const close = (number: number): number => {
    const known = closes.get(number);
    if (known !== undefined) return known;
    let sum = 0;
    let weight = dailySd;
    for (let back = 0; back < memory; back += 1) {
      sum += weight * noise.normal(streams.close, number - back);
      weight *= persistence;
    }
    const value = Math.log(level) + sum;
    closes.set(number, value);
    return value;
  };

  /** Factor on the usual volatility: hours of calm and of storm, and minutes within them. */
  const cluster = (at: number) =>
    Math.exp(
      0.45 * noise.drift(streams.slow, at / (3 * hour)) + 0.3 * noise.drift(streams.fast, at / (12 * minute)) - 0.15,
    );

  const logPrice = (at: number): number => {
    const number = Math.floor(at / day);
    let [from, until] = [number * day, (number + 1) * day];
    let [low, high] = [close(number - 1), close(number)];
    // The node's address: its level and its place on that level.
    let place = 0;
    for (let halving = 0; halving < halvings; halving += 1) {
      const middle = (from + until) / 2;
      const sd = dailySd * Math.sqrt((until - from) / day / 4) * cluster(middle);
      const value = (low + high) / 2 + sd * noise.normal(streams.middle, number, halving, place);
      place *= 2;
      if (at < middle) [until, high] = [middle, value];
      else {
        [from, low] = [middle, value];
        place += 1;
      }
    }
    return low + ((high - low) * (at - from)) / (until - from);
  };

  const priceAt = (at: number) => Math.exp(logPrice(at));
  const print = (second: number) => Math.round(priceAt(second * 1000) * 100) / 100;

  return {
    priceAt,
    volatilityAt: (at) => (dailySd / Math.sqrt(86_400)) * cluster(at),
    print,
    settlement(closeAt) {
      const known = settlements.get(closeAt);
      if (known !== undefined) return known;
      const end = Math.round(closeAt / 1000);
      let cents = 0;
      for (let second = end - 60; second < end; second += 1) cents += Math.round(print(second) * 100);
      const value = Math.round(cents / 60) / 100;
      settlements.set(closeAt, value);
      return value;
    },
  };
}
