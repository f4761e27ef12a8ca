import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  bound,
  buildIntradayModel,
  type DaySoFar,
  type FeedReading,
  observe,
  outlook,
  startOfDay,
} from "../../../core/weather/hazard/outlook.ts";
import { shares, simulateMaxima, syntheticDay } from "./hazard-monte-carlo.ts";
import { present } from "./present.ts";

const day = syntheticDay();
const peakOffset = { meanF: 0.4, sdF: 0.6 };
const model = buildIntradayModel({ ...day, peakOffset });
const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
const reading = (step: number, temperatureF: number): FeedReading => ({
  step,
  temperatureF,
  leastF: Math.ceil(temperatureF - 0.9),
  mostF: Math.floor(temperatureF + 0.9),
});
/** A feed that follows the baseline, `above` it, from midnight to the step. */
function follow(to: number, above = 0): DaySoFar {
  let soFar = startOfDay(model);
  for (let step = 0; step <= to; step++)
    soFar = observe(model, soFar, reading(step, present(day.baseline[step]) + above));
  return soFar;
}
const massBelow = ({ pmfLow, pmf }: { pmfLow: number; pmf: number[] }, k: number) =>
  total(pmf.slice(0, Math.max(0, k - pmfLow)));

describe("the outlook", () => {
  it("is a distribution whatever was read, with nothing below what is certain", () => {
    const feed = fc.array(fc.tuple(fc.integer({ min: 0, max: 287 }), fc.double({ min: -7, max: 7, noNaN: true })), {
      minLength: 0,
      maxLength: 4,
    });
    fc.assert(
      fc.property(feed, (given) => {
        const readings = given.toSorted(([a], [b]) => a - b);
        const soFar = readings.reduce(
          (state, [step, residual]) => observe(model, state, reading(step, present(day.baseline[step]) + residual)),
          startOfDay(model),
        );
        const found = outlook(model, soFar, readings.at(-1)?.[0] ?? 0);
        expect(Math.min(...found.pmf)).toBeGreaterThanOrEqual(0);
        expect(total(found.pmf)).toBeCloseTo(1, 12);
        expect(massBelow(found, soFar.leastF)).toBe(0);
        const [five, sixty] = [found.newMaximumIn5 ?? 0, found.newMaximumIn60 ?? 0];
        expect(five).toBeGreaterThanOrEqual(0);
        expect(sixty).toBeGreaterThanOrEqual(five - 1e-9);
        expect(sixty).toBeLessThanOrEqual(1);
      }),
      { numRuns: 40 },
    );
  });

  it("agrees with drawn paths, whose highest value gets the offset", () => {
    // In the small hours what has been plays no part: the high is that of the rest of the day.
    const soFar = follow(50);
    const { pmfLow, pmf } = outlook(model, soFar, 50);
    const paths = 20_000;
    const maxima = simulateMaxima(day, { step: 50, residual: 0 }, paths, 9);
    // The offset's spread as the model has it: one degree down or up, each with half its variance.
    const side = peakOffset.sdF ** 2 / 2;
    for (const k of [84, 86, 88, 90]) {
      const [down, here, up] = shares(
        maxima,
        Float64Array.of(k - 0.5, k + 0.5, k + 1.5).map((c) => c - peakOffset.meanF),
      );
      const drawn = side * present(down) + (1 - 2 * side) * present(here) + side * present(up);
      expect(Math.abs(massBelow({ pmfLow, pmf }, k + 1) - drawn)).toBeLessThan(5 * Math.sqrt(0.25 / paths));
    }
  });

  it("narrows through the day and ends in the feed's maximum with the offset", () => {
    const spreads = [20, 120, 180, 220, 287].map((step) => {
      const { pmfLow, pmf } = outlook(model, follow(step), step);
      const mean = total(pmf.map((p, index) => p * (pmfLow + index)));
      return Math.sqrt(total(pmf.map((p, index) => p * (pmfLow + index - mean) ** 2)));
    });
    expect(spreads).toEqual(spreads.toSorted((a, b) => b - a));
    const { pmfLow, pmf } = outlook(model, follow(287), 287);
    // 85.0 + N(0.4, 0.6²), not below 85: Φ(0.1/0.6)… by hand from the standard normal's table.
    expect(pmf[85 - pmfLow]).toBeCloseTo((0.566184 - 0.066807) / (1 - 0.066807), 4);
  });

  it("holds the official maximum within what another source is certain of", () => {
    const end = follow(287);
    const exact = outlook(model, bound(end, { leastF: 86, mostF: 86 }), 287);
    expect(exact.pmf[86 - exact.pmfLow]).toBeCloseTo(1, 12);
    const atMost = outlook(model, bound(end, { mostF: 85 }), 287);
    expect(atMost.pmf[85 - atMost.pmfLow]).toBeCloseTo(1, 12);
    expect(() => bound(bound(end, { leastF: 86 }), { mostF: 85 })).toThrow(/at least 86 and at most 85/);
    // Far from the feed, the interval decides alone.
    const far = outlook(model, bound(end, { leastF: 92, mostF: 93 }), 287);
    expect(far.pmf[92 - far.pmfLow]).toBeCloseTo(1, 6);
  });

  it("lets a bound go when the feed rises past it", () => {
    const early = bound(follow(100), { mostF: 76 });
    const later = observe(model, early, reading(101, 90));
    expect(later.mostF).toBe(90);
    expect(later.leastF).toBe(90);
  });

  it("counts what may have gone unseen in a gap", () => {
    const seen = follow(130);
    const whole = follow(240);
    const torn = observe(model, seen, reading(240, present(day.baseline[240])));
    // The feed's highest value is the one before the gap, the peak lay in it.
    expect(torn.feedMaxF).toBeLessThan(82);
    const below85 = (soFar: DaySoFar) => massBelow(outlook(model, soFar, 240), 85);
    expect(below85(torn)).toBeLessThan(0.25);
    expect(below85({ ...torn, unseen: seen.unseen })).toBeGreaterThan(0.5);
    expect(Math.abs(below85(torn) - below85(whole))).toBeLessThan(0.25);
  });

  it("says no hazard before the first reading and half an hour after the last", () => {
    expect(outlook(model, startOfDay(model), 40)).toMatchObject({ newMaximumIn5: null, newMaximumIn60: null });
    const soFar = follow(100);
    expect(outlook(model, soFar, 105).newMaximumIn60).toBeGreaterThan(0);
    expect(outlook(model, soFar, 106).newMaximumIn60).toBeNull();
    expect(outlook(model, follow(287), 287)).toMatchObject({ newMaximumIn5: 0, newMaximumIn60: 0 });
  });

  it("refuses readings out of order, of no step and of no temperature; one said twice changes nothing", () => {
    const soFar = follow(100);
    expect(() => observe(model, soFar, reading(99, 70))).toThrow(/step 99 after one at step 100/);
    expect(() => observe(model, soFar, reading(288, 70))).toThrow(/step 288/);
    expect(() => observe(model, soFar, reading(101, Number.NaN))).toThrow(/NaN °F/);
    expect(() => outlook(model, soFar, 99)).toThrow(/outlook at step 99/);
    expect(observe(model, soFar, reading(100, present(day.baseline[100])))).toEqual(soFar);
  });

  it("refuses an offset that its three points cannot hold", () => {
    expect(() => buildIntradayModel({ ...day, peakOffset: { meanF: 0, sdF: 1.2 } })).toThrow(/\(0, 1\]/);
    expect(() => buildIntradayModel({ ...day, peakOffset: { meanF: Number.NaN, sdF: 0.5 } })).toThrow(/mean NaN/);
  });
});
