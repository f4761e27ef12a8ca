import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type FairValue, fairValue, smoothMedian, type VenuePrice } from "../../../core/crypto/fair-value.ts";
import { usualFeeds } from "../../../core/crypto/feeds.ts";
import { streamedVenues } from "../../../core/crypto/job-inputs.ts";
import { fairValueParameters } from "../../../core/crypto/parameters.ts";
import { venueTickers } from "../../../core/crypto/venues/rest.ts";
import { runs } from "../../runs.ts";

const polledVenues = venueTickers.map(({ venue }) => venue);
const numRuns = runs(1_000, 4_000);

const quote = (venue: string, price: number, ageSeconds = 0, origin: VenuePrice["origin"] = "stream"): VenuePrice => ({
  venue,
  origin,
  price,
  ageSeconds,
});

function priced(prices: readonly VenuePrice[], of: readonly string[] = streamedVenues): FairValue {
  const value = fairValue(prices, of);
  if ("none" in value) throw new Error(value.none);
  return value;
}

const confidenceOf = (prices: readonly VenuePrice[], of: readonly string[] = streamedVenues) => {
  const value = fairValue(prices, of);
  return "none" in value ? 0 : value.confidence;
};
const bps = (a: number, b: number) => Math.abs(a / b - 1) * 1e4;

const level = fc.double({ min: 1_000, max: 1_000_000, noNaN: true });
const origin = fc.constantFrom("stream" as const, "rest" as const);
const age = fc.double({ min: 0, max: 60, noNaN: true });
const statesOf = (venues: readonly string[]) =>
  fc.tuple(
    ...venues.map((venue) => fc.record({ venue: fc.constant(venue), origin, ageSeconds: age, present: fc.boolean() })),
  );
/** Deviations in basis points, some of them large. */
const deviation = fc.oneof(
  fc.double({ min: -5, max: 5, noNaN: true }),
  fc.double({ min: -300, max: 300, noNaN: true }),
);

describe.each([
  ["streamed", streamedVenues],
  ["polled", polledVenues],
])("fair value of the venues that are %s", (_how, asked) => {
  const states = statesOf(asked);
  const index = fc.nat(asked.length - 1);
  const each = (most: number) =>
    fc.array(fc.double({ min: -most, max: most, noNaN: true }), { minLength: asked.length, maxLength: asked.length });

  it("at equal prices, what ages or falls away never raises the confidence", () => {
    fc.assert(
      fc.property(level, states, index, fc.double({ min: 0, max: 60, noNaN: true }), (price, all, at, later) => {
        const prices = all.filter(({ present }) => present).map((venue) => ({ ...venue, price }));
        const before = confidenceOf(prices, asked);
        const aged = prices.map((one) =>
          one.venue === asked[at] ? { ...one, ageSeconds: one.ageSeconds + later } : one,
        );
        expect(confidenceOf(aged, asked)).toBeLessThanOrEqual(before);
        expect(
          confidenceOf(
            prices.filter(({ venue }) => venue !== asked[at]),
            asked,
          ),
        ).toBeLessThanOrEqual(before);
      }),
      { numRuns },
    );
  });

  it("venues that spread apart never raise the confidence", () => {
    fc.assert(
      fc.property(
        level,
        states,
        fc.array(deviation, { minLength: asked.length, maxLength: asked.length }),
        fc.double({ min: 1, max: 20, noNaN: true }),
        (price, all, deviations, factor) => {
          const at = (stretch: number, around: number) =>
            all.flatMap((venue, one) =>
              venue.present ? [{ ...venue, price: around + stretch * (deviations[one] ?? 0) * price * 1e-4 }] : [],
            );
          // Stretched around their own median, which stays where it is.
          const prices = at(1, price);
          if ("none" in fairValue(prices, asked)) return;
          const weighted = priced(prices, asked).venues.map(({ price: value, freshness, venue }) => ({
            value,
            weight: freshness * (fairValueParameters.weights[venue] ?? 0),
          }));
          const median = smoothMedian(weighted);
          const stretched = prices.map((one) => ({ ...one, price: median + factor * (one.price - median) }));
          if (stretched.some((one) => one.price <= 0)) return;
          expect(confidenceOf(stretched, asked)).toBeLessThanOrEqual(confidenceOf(prices, asked) * (1 + 1e-9));
        },
      ),
      { numRuns },
    );
  });

  it("garbage from one of them moves the price by less than a basis point", () => {
    const off = fc
      .tuple(fc.constantFrom(-1, 1), fc.double({ min: Math.log(3e-4), max: Math.log(0.8), noNaN: true }))
      .map(([sign, size]) => sign * Math.exp(size));
    fc.assert(
      fc.property(level, index, off, each(0.5), (price, bad, garbage, noise) => {
        const clean = asked.map((venue, at) => quote(venue, price * (1 + (noise[at] ?? 0) * 1e-4)));
        const dirty = clean.map((one, at) => (at === bad ? { ...one, price: one.price * (1 + garbage) } : one));
        const others = clean.filter((_one, at) => at !== bad);
        expect(bps(priced(dirty, asked).price, priced(others, asked).price)).toBeLessThan(1);
      }),
      { numRuns },
    );
  });

  it.each([
    ["10 bps", 10, 0.15],
    ["1 %", 100, 1.5],
  ])(
    "has no steps: of venues within %s, ten milliseconds of age move the price by next to nothing",
    (_apart, most, limit) => {
      fc.assert(
        fc.property(level, states, each(most), index, (price, all, deviations, older) => {
          const prices = all
            .map((venue, at) => ({ ...venue, price: price * (1 + (deviations[at] ?? 0) * 1e-4) }))
            .filter(({ present }) => present);
          const aged = prices.map((one) =>
            one.venue === asked[older] ? { ...one, ageSeconds: one.ageSeconds + 0.01 } : one,
          );
          const [before, after] = [fairValue(prices, asked), fairValue(aged, asked)];
          if ("none" in before || "none" in after) return;
          expect(bps(after.price, before.price)).toBeLessThan(limit);
          expect(Math.abs(after.confidence - before.confidence)).toBeLessThan(0.005);
        }),
        { numRuns },
      );
    },
  );
});

describe("fair value", () => {
  const asked = streamedVenues;

  it("is of the venues that the usual feeds bring, or that are polled", () => {
    expect(streamedVenues).toEqual(usualFeeds.filter((id) => id !== "kalshi"));
    expect(polledVenues).toEqual(expect.arrayContaining([...streamedVenues]));
  });

  it("two venues of different weight that cross make no step either", () => {
    const at = (kraken: number) =>
      priced([
        quote("coinbase", 100_000),
        quote("kraken", kraken),
        quote("binance", 100_010),
        quote("bitstamp", 99_980),
      ]).price;
    expect(bps(at(100_010.001), at(100_009.999))).toBeLessThan(1e-3);
  });

  it("is the same whoever else could be asked; one that is asked and silent costs confidence, by its weight", () => {
    const venues = Object.keys(fairValueParameters.weights);
    fc.assert(
      fc.property(level, fc.subarray(venues, { minLength: 2 }), (price, [optional = "", ...others]) => {
        const prices = others.map((venue) => quote(venue, price));
        const without = fairValue(prices, others);
        // A price of a venue that is not asked has no say.
        expect(fairValue([...prices, quote(optional, 1.1 * price)], others)).toEqual(without);
        const silent = fairValue(prices, [...others, optional]);
        if ("none" in without || "none" in silent) throw new Error("no price");
        const weightOf = (of: readonly string[]) =>
          of.reduce((sum, venue) => sum + (fairValueParameters.weights[venue] ?? Number.NaN), 0);
        const covered = weightOf(others) / weightOf([...others, optional]);
        expect(silent.confidence / without.confidence).toBeCloseTo(Math.sqrt(covered), 9);
        expect(silent.price).toBeCloseTo(without.price, 6);
      }),
    );
  });

  // By hand from the formula of docs/evaluation.md: √Σw · (1 − e^(−n/1.5)) / (1 + (d/10)²).
  it.each([
    ["four fresh", asked.map((venue) => quote(venue, 80_000)), 0.9305],
    ["three fresh", asked.slice(0, 3).map((venue) => quote(venue, 80_000)), 0.7972],
    ["one fresh", [quote("coinbase", 80_000)], 0.2665],
    [
      "the smallest of four 10 bps off",
      asked.map((venue) => quote(venue, venue === "binance" ? 80_080 : 80_000)),
      0.845,
    ],
    ["four of five seconds, by stream", asked.map((venue) => quote(venue, 80_000, 5)), Math.SQRT1_2 * 0.7364],
    ["four of twenty seconds, polled", asked.map((venue) => quote(venue, 80_000, 20, "rest")), Math.SQRT1_2 * 0.7364],
  ])("confidence: %s", (_what, prices, expected) => {
    expect(confidenceOf(prices)).toBeCloseTo(expected, 3);
  });

  it("says why there is no price, and never makes one up", () => {
    expect(fairValue([], asked)).toEqual({ none: expect.stringContaining("0 venues") });
    expect(fairValue([quote("coinbase", 80_000, 60)], asked)).toHaveProperty("none");
    // A venue that is not asked, or not known, has no say.
    expect(fairValue([quote("gemini", 80_000)], asked)).toHaveProperty("none");
    expect(fairValue([quote("mtgox", 80_000)], asked)).toHaveProperty("none");
  });

  it("refuses what is no price", () => {
    expect(() => fairValue([quote("coinbase", 0)], asked)).toThrow("coinbase: price is 0");
    expect(() => fairValue([quote("coinbase", Number.NaN)], asked)).toThrow("price is NaN");
    expect(() => fairValue([quote("coinbase", 80_000, Number.NaN)], asked)).toThrow("ageSeconds");
    expect(() => fairValue([quote("coinbase", 1), quote("coinbase", 2)], asked)).toThrow("there twice");
    expect(() => fairValue([], ["mtgox"])).toThrow("mtgox has no weight");
  });
});

describe("smooth median", () => {
  it("by hand", () => {
    const equal = (...values: number[]) => values.map((value) => ({ value, weight: 1 }));
    expect(smoothMedian(equal(7))).toBeCloseTo(7, 12);
    expect(smoothMedian(equal(1, 2))).toBeCloseTo(1.5, 12);
    expect(smoothMedian(equal(3, 1, 2))).toBeCloseTo(2, 12);
    // 55 % of the weight at 1: it holds three quarters of the ranks from 0.4 to 0.6.
    expect(
      smoothMedian([
        { value: 1, weight: 0.55 },
        { value: 2, weight: 0.45 },
      ]),
    ).toBeCloseTo(1.25, 12);
  });
});
