import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  centsOf,
  probabilityOf,
  settlementDistribution,
  type SettlementDistribution,
  survival,
} from "../../../core/crypto/pricing.ts";
import { averageOutlook, type AverageOutlook } from "../../../core/crypto/settlement-average.ts";
import { partitionFault, type Strike, type StrikeInterval } from "../../../core/market/strikes.ts";
import { normalCdf } from "../../../core/stats/normal.ts";
import { runs } from "../../runs.ts";

const captures = process.env["BRIER_CAPTURES"] ?? "../shared/captures";
const numRuns = runs(500, 2_000);
const strike = (strike_type: string, floor_strike: number | null, cap_strike: number | null = null): Strike => ({
  strike_type,
  floor_strike,
  cap_strike,
});
function cents(series: string, of: Strike): StrikeInterval {
  const interval = centsOf(series, of);
  if ("unpriceable" in interval) throw new Error(interval.unpriceable);
  return interval;
}

const anyDistribution = fc
  .record({
    mean: fc.double({ min: 10_000, max: 200_000, noNaN: true }),
    sigma: fc.double({ min: 3e-5, max: 1e-3, noNaN: true }),
    secondsToClose: fc.integer({ min: 0, max: 604_800 }),
    noiseBps: fc.double({ min: 0, max: 30, noNaN: true }),
    shift: fc.double({ min: -0.005, max: 0.005, noNaN: true }),
  })
  .map(({ mean, secondsToClose, ...rest }) => {
    const closeTime = 1_790_000_000_000;
    const observed = { at: closeTime - secondsToClose * 1000, value: mean };
    return settlementDistribution({
      outlook: averageOutlook({ closeTime, observed, prints: [] }),
      secondsToClose,
      ...rest,
    });
  });

/** As KXBTC lists: a tail below, ranges of equal width, a tail above; and as KXBTCD: their lower ends as thresholds. */
function ladder(lowest: number, width: number, count: number) {
  const ranges = Array.from({ length: count }, (_, index) =>
    strike("between", lowest + index * width, lowest + (index + 1) * width - 0.01),
  );
  const top = lowest + count * width;
  return {
    ranges: [strike("less", null, lowest), ...ranges, strike("greater", top - 0.01)],
    thresholds: Array.from({ length: count + 1 }, (_, index) => strike("greater", lowest + index * width - 0.01)),
  };
}

describe("one distribution for every market of an event", () => {
  const event = fc.record({
    distribution: anyDistribution,
    width: fc.constantFrom(100, 250, 500),
    count: fc.integer({ min: 1, max: 40 }),
    offset: fc.integer({ min: -30, max: 10 }),
  });

  it("ranges and tails sum to 1", () => {
    fc.assert(
      fc.property(event, ({ distribution, width, count, offset }) => {
        const lowest = (Math.floor(distribution.mean / width) + offset) * width;
        fc.pre(lowest > 0);
        const intervals = ladder(lowest, width, count).ranges.map((range) => cents("KXBTC", range));
        expect(partitionFault(intervals)).toBeUndefined();
        const sum = intervals.reduce((total, interval) => total + probabilityOf(distribution, interval), 0);
        expect(Math.abs(sum - 1)).toBeLessThan(1e-12);
      }),
      { numRuns },
    );
  });

  it("thresholds never rise with the strike", () => {
    fc.assert(
      fc.property(event, ({ distribution, width, count, offset }) => {
        const lowest = (Math.floor(distribution.mean / width) + offset) * width;
        fc.pre(lowest > 0);
        const probabilities = ladder(lowest, width, count).thresholds.map((threshold) =>
          probabilityOf(distribution, cents("KXBTCD", threshold)),
        );
        for (const [index, p] of probabilities.entries()) {
          expect(p).toBeGreaterThanOrEqual(0);
          expect(p).toBeLessThanOrEqual((probabilities[index - 1] ?? 1) + 1e-15);
        }
      }),
      { numRuns },
    );
  });

  const listing = `${captures}/kalshi/crypto/kxbtckxbtc26jul1003.raw.json`;
  it.skipIf(!existsSync(listing))("every range and tail of a captured event has its price, to a sum of 1", () => {
    interface Listed {
      strike_type: string;
      floor_strike?: number;
      cap_strike?: number;
    }
    const listed = Object.values(JSON.parse(readFileSync(listing, "utf8")) as Record<string, Listed>);
    const intervals = listed.map(({ strike_type, floor_strike = null, cap_strike = null }) =>
      cents("KXBTC", { strike_type, floor_strike, cap_strike }),
    );
    expect(partitionFault(intervals)).toBeUndefined();
    for (const mean of [40_000, 64_127.91, 64_199.995, 90_000]) {
      const outlook = { mean, variance: 1_760, openShare: 1, known: 0 };
      const found = settlementDistribution({ outlook, sigma: 7e-5, noiseBps: 2, shift: 0, secondsToClose: 1_800 });
      const sum = intervals.reduce((total, interval) => total + probabilityOf(found, interval), 0);
      expect(Math.abs(sum - 1)).toBeLessThan(1e-12);
    }
  });

  it("noise pulls the probability towards one half", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3_600 }),
        fc.double({ min: -0.01, max: 0.01, noNaN: true }),
        fc.double({ min: 0, max: 50, noNaN: true }),
        fc.double({ min: 0, max: 50, noNaN: true }),
        (secondsToClose, distance, noise, more) => {
          const outlook = { mean: 80_000, variance: secondsToClose, openShare: 1, known: 0 };
          const away = (noiseBps: number) => {
            const input = { outlook, sigma: 1e-4, noiseBps, shift: 0, secondsToClose };
            return Math.abs(survival(settlementDistribution(input), 80_000 * Math.exp(distance)) - 0.5);
          };
          // To the asymmetry of a log-normal, which is what keeps its mean.
          expect(away(noise + more)).toBeLessThanOrEqual(away(noise) + 0.005);
        },
      ),
      { numRuns },
    );
  });

  it("a range is the difference of the thresholds at its ends", () => {
    fc.assert(
      fc.property(event, ({ distribution, width, offset }) => {
        const lowest = (Math.floor(distribution.mean / width) + offset) * width;
        fc.pre(lowest > 0);
        const [low, high] = ladder(lowest, width, 1).thresholds.map((threshold) =>
          probabilityOf(distribution, cents("KXBTCD", threshold)),
        );
        const range = probabilityOf(distribution, cents("KXBTC", strike("between", lowest, lowest + width - 0.01)));
        expect(range).toBeCloseTo((low ?? 0) - (high ?? 0), 12);
      }),
      { numRuns },
    );
  });

  it("a tie is a Yes where the series says at least, and a No where it says above", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1_000_000, max: 20_000_000 }), (target) => {
        // The official value is known to the cent.
        const known: SettlementDistribution = {
          mean: target / 100,
          logSd: 1e-12,
          degreesOfFreedom: null,
          wideShare: 0,
          wideLogSd: 1,
        };
        expect(probabilityOf(known, cents("KXBTC15M", strike("greater_or_equal", target / 100)))).toBe(1);
        expect(probabilityOf(known, cents("KXBTC15M", strike("greater_or_equal", (target + 1) / 100)))).toBe(0);
        expect(probabilityOf(known, cents("KXBTCD", strike("greater", target / 100)))).toBe(0);
        expect(probabilityOf(known, cents("KXBTCD", strike("greater", (target - 1) / 100)))).toBe(1);
      }),
      { numRuns },
    );
  });
});

describe("strikes of the series, as captured", () => {
  // Captured: KXBTC-26JUL1003 (July 2026), KXBTCD-26AUG2317, KXBTC15M-26AUG271930.
  it.each([
    ["KXBTC", strike("between", 53_200, 53_299.99), { lowest: 5_320_000, highest: 5_329_999 }],
    ["KXBTC", strike("less", null, 53_200), { lowest: null, highest: 5_319_999 }],
    ["KXBTC", strike("greater", 71_799.99), { lowest: 7_180_000, highest: null }],
    ["KXBTCD", strike("greater", 86_749.99), { lowest: 8_675_000, highest: null }],
    ["KXBTC15M", strike("greater_or_equal", 80_202.34), { lowest: 8_020_234, highest: null }],
  ])("%s %o", (series, of, expected) => {
    expect(centsOf(series, of)).toEqual(expected);
  });

  it("a quarter-hour without its target is not priceable yet", () => {
    for (const floor of [null, 0]) {
      for (const strike_type of ["greater_or_equal", null]) {
        expect(centsOf("KXBTC15M", { strike_type, floor_strike: floor, cap_strike: null })).toEqual({
          unpriceable: expect.stringContaining("not priceable yet"),
        });
      }
    }
  });

  it.each([
    ["another type than the series has", "KXBTC15M", strike("greater", 80_000)],
    ["a target without a type", "KXBTC15M", { strike_type: null, floor_strike: 80_000, cap_strike: null }],
    ["no type", "KXBTC", { strike_type: null, floor_strike: null, cap_strike: null }],
    ["a missing strike", "KXBTCD", strike("greater", null)],
    ["half a cent", "KXBTCD", strike("greater", 80_000.005)],
    ["a strike of nothing", "KXBTCD", strike("greater", 0)],
    ["a range upside down", "KXBTC", strike("between", 80_100, 80_000)],
    ["a series that settles by another rule", "KXBTCMAX", strike("greater", 80_000)],
  ])("refuses %s", (_what, series, of) => {
    expect(centsOf(series, of)).toHaveProperty("unpriceable");
  });
});

describe("the distribution", () => {
  const certain: AverageOutlook = { mean: 80_000, variance: 860, openShare: 1, known: 0 };
  const base = { outlook: certain, sigma: 1e-4, noiseBps: 0, shift: 0, secondsToClose: 900 };
  const plain = {
    varianceScale: 1,
    studentWithinSeconds: 0,
    studentBeyondSeconds: Infinity,
    degreesOfFreedom: 4,
    wideShare: 0,
    wideFactor: 3,
    wideBps: 20,
    minSdBps: 0.02,
  };

  it("by hand: Φ of the distance in standard deviations", () => {
    const found = settlementDistribution(base, plain);
    const sd = 1e-4 * Math.sqrt(860);
    expect(found.logSd).toBeCloseTo(sd, 12);
    expect(survival(found, 80_100)).toBeCloseTo(normalCdf((Math.log(80_000 / 80_100) - sd ** 2 / 2) / sd), 12);
  });

  it("keeps its mean: no drift", () => {
    // E[A] = ∫ P(A ≥ x) dx.
    const found = settlementDistribution({ ...base, sigma: 1e-3 }, { ...plain, wideShare: 0.01 });
    let mean = 0;
    for (let x = 50; x < 400_000; x += 100) mean += survival(found, x) * 100;
    expect(mean).toBeCloseTo(80_000, 0);
  });

  it("widens with noise and disagreement, by the part that no print tells", () => {
    const wide = settlementDistribution({ ...base, noiseBps: 10 }, plain);
    expect(wide.logSd).toBeCloseTo(Math.hypot(1e-4 * Math.sqrt(860), 10e-4), 12);
    const half = { ...certain, variance: 2, openShare: 0.5 };
    const inside = settlementDistribution({ ...base, outlook: half, noiseBps: 10, shift: 0.001 }, plain);
    expect(inside.logSd).toBeCloseTo(Math.hypot(1e-4 * Math.SQRT2, 5e-4), 12);
    expect(inside.mean).toBeCloseTo(80_000 * Math.exp(0.0005), 6);
    const towardsHalf = (noiseBps: number) =>
      survival(settlementDistribution({ ...base, noiseBps }, plain), 79_800) - 0.5;
    expect(towardsHalf(20)).toBeLessThan(towardsHalf(5));
  });

  it("keeps away from certainty by its wide component, and knows the value no better than its floor", () => {
    const known = { mean: 80_000, variance: 0, openShare: 0, known: 60 };
    const found = settlementDistribution({ ...base, outlook: known, secondsToClose: 0 }, { ...plain, wideShare: 0.01 });
    expect(found.logSd).toBeCloseTo(2e-6, 12);
    expect(survival(found, 79_990)).toBeGreaterThan(0.99);
    expect(survival(found, 79_990)).toBeLessThan(0.997);
    expect(survival(found, 80_010)).toBeGreaterThan(0.003);
  });

  it("takes Student's t near the close and far from it only", () => {
    const parameters = { ...plain, studentWithinSeconds: 180, studentBeyondSeconds: 1_800 };
    const at = (secondsToClose: number) =>
      settlementDistribution({ ...base, secondsToClose }, parameters).degreesOfFreedom;
    expect([180, 181, 1_799, 1_800, 86_400].map(at)).toEqual([4, null, null, 4, 4]);
  });

  it.each([
    ["sigma 0", { sigma: 0 }],
    ["noise below 0", { noiseBps: -1 }],
    ["a shift that is none", { shift: Number.NaN }],
    ["a mean of 0", { outlook: { ...certain, mean: 0 } }],
  ])("refuses %s", (_what, wrong) => {
    expect(() => settlementDistribution({ ...base, ...wrong }, plain)).toThrow("make no distribution");
  });
});
