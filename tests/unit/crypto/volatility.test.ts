import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { momentumShift, recentReturn } from "../../../core/crypto/momentum.ts";
import { type MinutePrice, perSecond, realisedVolatility } from "../../../core/crypto/volatility.ts";

const minute = 60_000;
const now = Date.parse("2026-09-25T13:30:00Z");

/** Prices of the last `count` minutes whose log returns alternate between +size and −size. */
function zigzag(count: number, size: number, end = now): MinutePrice[] {
  return Array.from({ length: count }, (_, index) => ({
    at: end - (count - 1 - index) * minute,
    price: 80_000 * Math.exp(index % 2 === 0 ? 0 : size),
  }));
}

function volatilityOf(prices: readonly MinutePrice[], at = now) {
  const found = realisedVolatility(prices, at);
  if ("none" in found) throw new Error(found.none);
  return found;
}

describe("realised volatility", () => {
  it("of returns of one size, by hand", () => {
    // 10 bps a minute: variance 1e-6 / 60 a second, whatever the weights are.
    const found = volatilityOf(zigzag(1441, 0.001));
    expect(found.sigma).toBeCloseTo(0.001 / Math.sqrt(60), 12);
    expect(found.windows.map(({ minutes, returns }) => [minutes, returns])).toEqual([
      [15, 15],
      [60, 60],
      [240, 240],
      [1440, 1440],
    ]);
    expect(found.floored).toBe(false);
  });

  it("blends the windows by their weights", () => {
    // Fifteen minutes of 20 bps after a day of 10 bps: 4e-6 in the short window, mixtures in the others.
    const calm = zigzag(1426, 0.001, now - 15 * minute);
    const last = calm.at(-1)?.price ?? 0;
    const wild = Array.from({ length: 15 }, (_, index) => ({
      at: now - (14 - index) * minute,
      price: last * Math.exp(index % 2 === 0 ? 0.002 : 0),
    }));
    const per = (minutes: number) => (15 * 4e-6 + (minutes - 15) * 1e-6) / minutes / 60;
    const expected = 0.35 * per(15) + 0.3 * per(60) + 0.2 * per(240) + 0.15 * per(1440);
    expect(volatilityOf([...calm, ...wild]).sigma ** 2).toBeCloseTo(expected, 15);
  });

  /** A wild history of `count` minutes whose last `calm` are calm: the windows disagree as much as they can. */
  function calmed(count: number, calm: number): MinutePrice[] {
    const wild = zigzag(count - calm, 0.002, now - calm * minute);
    const last = wild.at(-1)?.price ?? 0;
    const quiet = Array.from({ length: calm }, (_, index) => ({
      at: now - (calm - 1 - index) * minute,
      price: last * Math.exp(index % 2 === 0 ? 0.0003 : 0),
    }));
    return [...wild, ...quiet];
  }

  it("does not jump when one minute more or less is known, as after a refresh of the candles", () => {
    // Kraken gives 720 candles, of which one may still be running: 718 to 730 returns of a day's 1,440.
    const sigma = (returns: number) => volatilityOf(calmed(returns + 1, 240)).sigma;
    for (let returns = 710; returns < 730; returns++) expect(sigma(returns + 1) / sigma(returns)).toBeCloseTo(1, 2);
    expect(Math.abs(sigma(720) / sigma(719) - 1)).toBeLessThan(0.002);
    // Nor anywhere else, once the short window is whole.
    for (let returns = 60; returns < 240; returns++) {
      const step = volatilityOf(calmed(returns + 2, 15)).sigma / volatilityOf(calmed(returns + 1, 15)).sigma;
      expect(Math.abs(step - 1)).toBeLessThan(0.05);
    }
  });

  it("gives what has too few returns less of a say, by hand", () => {
    // 39 returns: 15 and 60 minutes count in full, 240 by 39 of 120, a day by 39 of 720. 24 are wild, 15 calm.
    const [wild, calm] = [0.002 ** 2, 0.0003 ** 2];
    const found = volatilityOf(calmed(40, 16));
    const all = found.windows[1]?.variance ?? 0;
    expect(found.windows.map(({ minutes, returns }) => [minutes, returns])).toEqual([
      [15, 15],
      [60, 39],
      [240, 39],
      [1440, 39],
    ]);
    expect(found.windows[0]?.variance).toBeCloseTo(calm / 60, 15);
    expect(all).toBeGreaterThan((23 * wild) / 39 / 60);
    const weights = [0.35, 0.3, (0.2 * 39) / 120, (0.15 * 39) / 720] as const;
    const rest = weights[1] + weights[2] + weights[3];
    expect(found.sigma ** 2).toBeCloseTo((weights[0] * (calm / 60) + rest * all) / (weights[0] + rest), 15);
  });

  it("refuses where no window has half of its returns", () => {
    // Every other minute: no gap is too long, and there is no return.
    const halves = zigzag(1441, 0.001).filter((_, index) => index % 2 === 0);
    expect(realisedVolatility(halves, now)).toEqual({ none: "fewer than 50 % of the returns of every window" });
    // Two returns of fifteen are no volatility either.
    const few = zigzag(1441, 0.001).filter((_, index) => index % 2 === 0 || index === 1439);
    expect(realisedVolatility(few, now)).toHaveProperty("none");
  });

  it("has a floor, and says when it decided", () => {
    const found = volatilityOf(zigzag(1441, 1e-7));
    expect(found).toMatchObject({ floored: true, sigma: perSecond(0.2) });
    // 20 % a year are 0.356 bps a second.
    expect(perSecond(0.2) * 1e4).toBeCloseTo(0.356, 3);
  });

  it.each([
    ["a gap within the short window", zigzag(1441, 0.001).filter((_, index) => index < 1430 || index > 1431)],
    ["prices that ended too long ago", zigzag(1441, 0.001, now - 3 * minute)],
    ["a history that has just begun", zigzag(12, 0.001)],
    ["nothing", []],
  ])("refuses %s", (_what, prices) => {
    expect(realisedVolatility(prices, now)).toHaveProperty("none");
  });

  it("bears one missing minute, and skips the return across it", () => {
    const prices = zigzag(1441, 0.001).filter((_, index) => index !== 1433);
    // A jump in the gap must not count: raise everything after it.
    const jumped = prices.map((one) => (one.at > now - 7 * minute ? { ...one, price: one.price * 1.05 } : one));
    expect(volatilityOf(jumped).sigma).toBeCloseTo(0.001 / Math.sqrt(60), 12);
    expect(volatilityOf(jumped).windows[0]?.returns).toBe(13);
  });

  it("does not look past its instant, nor further back than its longest window", () => {
    const walk = fc.array(fc.double({ min: -0.01, max: 0.01, noNaN: true }), { minLength: 1500, maxLength: 1500 });
    fc.assert(
      fc.property(walk, fc.double({ min: 0.1, max: 10, noNaN: true }), (steps, factor) => {
        let price = 80_000;
        const prices = steps.map((step, index) => {
          price *= Math.exp(step);
          return { at: now + (index - 1469) * minute, price };
        });
        const changed = prices.map((one) =>
          one.at > now || one.at < now - 1440 * minute ? { ...one, price: one.price * factor } : one,
        );
        expect(realisedVolatility(changed, now)).toEqual(realisedVolatility(prices, now));
      }),
      { numRuns: 200 },
    );
  });

  it("refuses prices that are none, or out of order", () => {
    const prices = zigzag(30, 0.001);
    expect(() => realisedVolatility([...prices].toReversed(), now)).toThrow("rise in time");
    expect(() =>
      realisedVolatility(
        prices.map((one, at) => (at === 20 ? { ...one, price: 0 } : one)),
        now,
      ),
    ).toThrow("is 0");
    expect(() => realisedVolatility([{ at: now - 1, price: 1 }], now)).toThrow("whole minute");
  });
});

describe("momentum", () => {
  const parameters = {
    minutes: 5,
    maxDeviations: 3,
    maxWeight: 0.2,
    weights: [
      { seconds: 300, weight: 0.1 },
      { seconds: 900, weight: -0.1 },
    ],
  };
  const rise = (size: number) =>
    Array.from({ length: 6 }, (_, index) => ({
      at: now - (5 - index) * minute,
      price: 80_000 * Math.exp((size * index) / 5),
    }));
  const shift = (prices: readonly MinutePrice[], secondsToClose: number) =>
    momentumShift({ logReturn: recentReturn(prices, now), sigma: 1e-4, secondsToClose }, parameters);

  it("weighs the return by the time that is left", () => {
    expect(shift(rise(0.001), 300)).toBeCloseTo(0.0001, 12);
    expect(shift(rise(0.001), 60)).toBeCloseTo(0.0001, 12);
    expect(shift(rise(0.001), 600)).toBeCloseTo(0, 12);
    expect(shift(rise(0.001), 3_600)).toBeCloseTo(-0.0001, 12);
    expect(momentumShift({ logReturn: 0.001, sigma: 1e-4, secondsToClose: 60 }, { ...parameters, weights: [] })).toBe(
      0,
    );
  });

  it("is bounded whatever the return was", () => {
    fc.assert(
      fc.property(
        fc.double({ min: -5, max: 5, noNaN: true }),
        fc.integer({ min: 1, max: 100_000 }),
        fc.double({ min: 1e-6, max: 1e-2, noNaN: true }),
        (logReturn, secondsToClose, sigma) => {
          const moved = momentumShift({ logReturn, sigma, secondsToClose }, parameters);
          expect(Math.abs(moved)).toBeLessThanOrEqual(0.1 * 3 * sigma * Math.sqrt(300) * (1 + 1e-12));
          expect(Math.sign(moved) * Math.sign(logReturn) * Math.sign(600 - secondsToClose)).toBeGreaterThanOrEqual(0);
        },
      ),
      { numRuns: 10_000 },
    );
  });

  it("is nothing across a gap, and no weight may be large", () => {
    expect(shift(rise(0.001).slice(1), 300)).toBe(0);
    expect(shift(rise(0.001).slice(0, -1), 300)).toBe(0);
    const large = { ...parameters, weights: [{ seconds: 60, weight: 0.5 }] };
    expect(() => momentumShift({ logReturn: 0, sigma: 1e-4, secondsToClose: 60 }, large)).toThrow(
      "momentum weight 0.5",
    );
  });
});
