import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  averageOutlook,
  averageVariance,
  type IndexPrint,
  printsBySecond,
} from "../../../core/crypto/settlement-average.ts";
import { runs } from "../../runs.ts";

const closeTime = Date.parse("2026-09-25T13:30:00Z");
const at = (secondsBefore: number) => closeTime - secondsBefore * 1000;
const printsOf = (values: readonly number[], from = 60): IndexPrint[] =>
  values.map((value, index) => ({ at: at(from - index), value }));

/** Variance of Σ B(tᵢ) / 60 from the covariances min(tᵢ, tⱼ) themselves. */
function bruteForce(times: readonly number[]): number {
  let sum = 0;
  for (const a of times) for (const b of times) sum += Math.min(a, b);
  return sum / 3600;
}

describe("variance of the sixty-print average", () => {
  // r(r + 1)(2r + 1)/21600: what is left to vary with r prints to come, the next one in a second.
  it.each([
    [60, 20.502_778],
    [45, 8.720_833],
    [30, 2.626_389],
    [20, 0.797_222_2],
    [10, 0.106_944_4],
    [5, 0.015_277_78],
    [1, 0.000_277_777_8],
    [0, 0],
  ])("%d prints to come: %d s", (prints, seconds) => {
    expect(averageVariance({ prints, secondsToFirst: 1 })).toBeCloseTo(seconds, 6);
    expect(averageVariance({ prints, secondsToFirst: 1 })).toBeCloseTo(
      (prints * (prints + 1) * (2 * prints + 1)) / 21_600,
      12,
    );
  });

  it("before the window: τ − 39.50 when prints end windows of a second, one less when they begin them", () => {
    // Counted to a last print at the close itself: τ − 60 + 20.5028.
    for (const tau of [61, 120, 900]) {
      expect(averageVariance({ prints: 60, secondsToFirst: tau - 59 })).toBeCloseTo(tau - 39.4972, 3);
    }
    // The prints that count are those of [close − 60 s, close): the last one is a second before the close.
    const outlook = averageOutlook({ closeTime, observed: { at: at(900), value: 80_000 }, prints: [] });
    expect(outlook.variance).toBeCloseTo(900 - 40.4972, 3);
    expect(outlook).toMatchObject({ mean: 80_000, openShare: 1, known: 0 });
  });

  it("agrees with the covariances of a random walk, summed one by one", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60 }), fc.double({ min: 0, max: 5_000, noNaN: true }), (prints, first) => {
        const times = Array.from({ length: prints }, (_, index) => first + index);
        expect(averageVariance({ prints, secondsToFirst: first })).toBeCloseTo(bruteForce(times), 6);
      }),
      { numRuns: 500 },
    );
  });
});

/** Of g missing prints between two that are known: g(g + 1)(g + 2)/12, over 60². */
const bridgeVariance = (missing: number) => (missing * (missing + 1) * (missing + 2)) / 12 / 3600;

describe("outlook on the average", () => {
  it("inside the window: known prints and the rest at the last one", () => {
    // Thirty prints of 80,000 and one of 80,060 at close − 30 s; 29 to come.
    const prints = printsOf([...Array.from({ length: 30 }, () => 80_000), 80_060]);
    const observed = { at: at(30), value: 80_060 };
    const outlook = averageOutlook({ closeTime, observed, prints });
    expect(outlook.known).toBe(31);
    expect(outlook.mean).toBeCloseTo((30 * 80_000 + 30 * 80_060) / 60, 9);
    expect(outlook.variance).toBeCloseTo((29 * 30 * 59) / 21_600, 12);
    expect(outlook.openShare).toBeCloseTo(29 / 60, 12);
  });

  it("knows the value when every print is there, whatever comes after", () => {
    const values = Array.from({ length: 60 }, (_, index) => 80_000 + index);
    const prints = [...printsOf(values), { at: closeTime, value: 1 }, { at: at(61), value: 1 }];
    const outlook = averageOutlook({ closeTime, observed: { at: closeTime + 500, value: 90_000 }, prints });
    expect(outlook).toEqual({ mean: 80_029.5, variance: 0, openShare: 0, known: 60 });
  });

  it("knows the prints that came after the observation, and goes on from the observation after them", () => {
    // A price of close − 30 s, and prints until close − 25 s that stood elsewhere.
    const prints = printsOf(Array.from({ length: 36 }, () => 80_000));
    const observed = { at: at(30), value: 80_100 };
    const outlook = averageOutlook({ closeTime, observed, prints });
    expect(outlook.known).toBe(36);
    expect(outlook.mean).toBeCloseTo((36 * 80_000 + 24 * 80_100) / 60, 9);
    expect(outlook.variance).toBeCloseTo(averageVariance({ prints: 24, secondsToFirst: 6 }), 12);
    // A hole between prints is theirs alone, wherever the observation is.
    const holed = prints.filter((print) => print.at < at(40) || print.at >= at(35));
    const bridged = averageOutlook({ closeTime, observed, prints: holed });
    expect(bridged.mean).toBeCloseTo(outlook.mean, 9);
    expect(bridged.variance - outlook.variance).toBeCloseTo(bridgeVariance(5), 12);
  });

  it("is never less sure of more prints at the same level", () => {
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { minLength: 90, maxLength: 90 }),
        fc.nat(89),
        fc.integer({ min: 0, max: 999 }),
        fc.integer({ min: 0, max: 40 }),
        (held, more, phaseMs, after) => {
          const prints = held.flatMap((one, index) => (one ? [{ at: at(90 - index) + phaseMs, value: 80_000 }] : []));
          const another = { at: at(90 - more) + phaseMs, value: 80_000 };
          // At or after the newest of them, as a level is.
          const newest = Math.max(another.at, ...prints.map((print) => print.at));
          const observed = { at: newest + after * 100, value: 80_000 };
          const fewer = averageOutlook({ closeTime, observed, prints });
          const richer = averageOutlook({ closeTime, observed, prints: [...prints, another] });
          // A single print or none says nothing of the phase.
          if (prints.length === 0) return;
          expect(richer.variance).toBeLessThanOrEqual(fewer.variance + 1e-9);
          expect(richer.openShare).toBeLessThanOrEqual(fewer.openShare);
        },
      ),
      { numRuns: runs(500, 2_000) },
    );
  });

  it("draws a hole between its neighbours and is less sure for it", () => {
    const full = printsOf(Array.from({ length: 31 }, (_, index) => 80_000 + 10 * index));
    const observed = { at: at(30), value: 80_300 };
    const whole = averageOutlook({ closeTime, observed, prints: full });
    const holed = averageOutlook({
      closeTime,
      observed,
      prints: full.filter(({ at: time }) => time < at(50) || time > at(46)),
    });
    expect(holed.mean).toBeCloseTo(whole.mean, 6);
    expect(holed.known).toBe(26);
    expect(holed.variance - whole.variance).toBeCloseTo(bridgeVariance(5), 12);
    // A stream that died inside the window: from its last print to the newest proxy.
    const dead = averageOutlook({
      closeTime,
      observed: { at: at(30), value: 80_000 },
      prints: printsOf([80_000, 80_000]),
    });
    expect(dead).toMatchObject({ known: 2, mean: 80_000 });
    expect(dead.openShare).toBeCloseTo(58 / 60, 12);
    // Without any print the walk is told from the observation both ways.
    const blind = averageOutlook({ closeTime, observed: { at: at(30), value: 80_000 }, prints: [] });
    expect(blind.variance).toBeGreaterThan(dead.variance);
  });

  it("takes a hole that begins before the window for what it is", () => {
    // Known at close − 70 s and at close − 58 s; of the window two prints are missing, 10 and 11 s into a bridge of 12.
    const prints = [
      { at: at(70), value: 80_000 },
      { at: at(58), value: 80_120 },
    ];
    const { mean, variance, known } = averageOutlook({ closeTime, observed: { at: at(58), value: 80_120 }, prints });
    expect(known).toBe(1);
    expect(mean).toBeCloseTo((80_100 + 80_110 + 58 * 80_120) / 60, 9);
    const bridge = (10 * 2) / 12 + (11 * 1) / 12 + (2 * 10 * 1) / 12;
    expect(variance).toBeCloseTo(bridge / 3600 + averageVariance({ prints: 57, secondsToFirst: 1 }), 12);
  });

  it("takes the first of several prints of a second, in whatever order they come", () => {
    const prints = [
      { at: at(60) + 400, value: 80_002 },
      { at: at(60), value: 80_000 },
      { at: at(60) + 200, value: 80_001 },
    ];
    const { mean } = averageOutlook({ closeTime, observed: { at: at(60) + 400, value: 80_000 }, prints });
    expect(mean).toBe(80_000);
  });

  it("never grows less sure as prints come in", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.double({ min: 0, max: 0.999, noNaN: true }), (before, part) => {
        const prints = printsOf(
          Array.from({ length: 200 }, () => 80_000),
          200,
        );
        const variance = (secondsBefore: number) =>
          averageOutlook({ closeTime, observed: { at: Math.round(at(secondsBefore)), value: 80_000 }, prints })
            .variance;
        expect(variance(before - part)).toBeLessThanOrEqual(variance(before) + 1e-12);
      }),
      { numRuns: runs(500, 2_000) },
    );
  });

  it("counts from the observation: an old price is a less sure one", () => {
    const variance = (secondsBefore: number) =>
      averageOutlook({ closeTime, observed: { at: at(secondsBefore), value: 80_000 }, prints: [] }).variance;
    expect(variance(310) - variance(300)).toBeCloseTo(10, 9);
  });

  it("waits a whole second for the next print, whatever the milliseconds are", () => {
    const shifted = (ms: number) => {
      const prints = printsOf(Array.from({ length: 31 }, () => 80_000)).map((print) => ({
        ...print,
        at: print.at + ms,
      }));
      return averageOutlook({ closeTime, observed: { at: at(30) + ms, value: 80_000 }, prints });
    };
    expect(shifted(0).known).toBe(31);
    for (const ms of [1, 123, 500, 999]) {
      expect(shifted(ms)).toMatchObject({ known: 31, variance: expect.closeTo(shifted(0).variance, 9) });
    }
  });

  it("refuses a close that is no whole second", () => {
    expect(() => averageOutlook({ closeTime: closeTime + 1, observed: { at: at(9), value: 1 }, prints: [] })).toThrow(
      "whole second",
    );
  });
});

describe("the second of a print", () => {
  const second = closeTime / 1000;
  const numbersOf = (prints: readonly IndexPrint[]) =>
    [...printsBySecond(prints).values.keys()].map((one) => one - second);

  it("is the one in which it was made, where each has its own", () => {
    for (const ms of [0, 123, 999]) {
      const prints = printsOf([1, 2, 3]).map((print) => ({ ...print, at: print.at + ms }));
      expect(numbersOf(prints)).toEqual([-60, -59, -58]);
      expect(printsBySecond(prints).phase).toBeCloseTo(ms / 1000, 6);
    }
    expect(printsBySecond([])).toEqual({ values: new Map(), phase: 0 });
  });

  it("is its own where it was made a little early, at the edge of the window, too", () => {
    const early = printsOf(
      Array.from({ length: 63 }, (_, index) => index),
      62,
    ).map((print, index) => ({
      ...print,
      at: print.at - (index % 7 === 2 ? 120 : 0),
    }));
    const { values } = printsBySecond(early);
    // That of close − 60 s, made 120 ms before it, is of the window; that of the close is not.
    expect(values.get(second - 60)).toBe(2);
    expect([...values.values()]).toEqual(early.map(({ value }) => value));
    expect([...values.keys()].at(-1)).toBe(second);
    const outlook = averageOutlook({ closeTime, observed: { at: closeTime, value: 62 }, prints: early });
    expect(outlook).toMatchObject({ known: 60, mean: (2 + 61) / 2, variance: 0 });
  });

  it("loses and doubles none, up to nearly half a second around any phase", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 999 }),
        fc.array(fc.integer({ min: -470, max: 470 }), { minLength: 90, maxLength: 90 }),
        (phaseMs, jitter) => {
          const prints = jitter.map((off, index) => ({ at: at(90 - index) + phaseMs + off, value: index + 1 }));
          const { values } = printsBySecond(prints);
          expect([...values.values()]).toEqual(prints.map(({ value }) => value));
          const seconds = [...values.keys()];
          // One a second: none is left out between the first and the last, but where the whole may be read a second on.
          expect((seconds.at(-1) ?? 0) - (seconds[0] ?? 0)).toBeLessThanOrEqual(91);
        },
      ),
      { numRuns: runs(300, 1_000) },
    );
  });
});
