import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  coherenceOf,
  impliedFloor,
  impliedProbabilities,
  marketProbabilities,
  midOf,
} from "../../../core/market/implied.ts";
import { dollar } from "../../../core/market/price.ts";

describe("implied probabilities", () => {
  it("takes an empty side as 0 or 1 for the mid only", () => {
    expect(midOf({ bid: 250_000, ask: 260_000 })).toBe(0.255);
    expect(midOf({ bid: null, ask: 10_000 })).toBe(0.005);
    expect(midOf({ bid: 990_000, ask: null })).toBe(0.995);
    expect(midOf({ bid: null, ask: null })).toBeUndefined();
  });

  it("has no quote for the event when one market has none on either side", () => {
    expect(
      impliedProbabilities([
        { bid: 250_000, ask: 260_000 },
        { bid: null, ask: null },
      ]),
    ).toBeUndefined();
    expect(impliedProbabilities([])).toBeUndefined();
  });

  it("divides mids by their sum", () => {
    const implied = impliedProbabilities([
      { bid: 400_000, ask: 600_000 },
      { bid: 600_000, ask: 800_000 },
    ]);
    expect(implied?.[0]).toBeCloseTo(0.5 / 1.2, 15);
  });

  it("floors before it divides", () => {
    // Mid of 0.00005 counts as 0.0001.
    expect(
      impliedProbabilities([
        { bid: null, ask: 100 },
        { bid: null, ask: 200 },
      ]),
    ).toStrictEqual([0.5, 0.5]);
  });

  it("is a distribution in which no market falls below the floor over the sum", () => {
    const quote = fc
      .tuple(fc.option(fc.integer({ min: 1, max: 500_000 })), fc.option(fc.integer({ min: 500_001, max: 999_999 })))
      .filter(([bid, ask]) => bid !== null || ask !== null)
      .map(([bid, ask]) => ({ bid, ask }));
    fc.assert(
      fc.property(fc.array(quote, { minLength: 1, maxLength: 12 }), (quotes) => {
        const implied = impliedProbabilities(quotes) ?? [];
        expect(implied).toHaveLength(quotes.length);
        expect(implied.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
        const sum = quotes.reduce(
          (total, { bid, ask }) => total + Math.max(((bid ?? 0) + (ask ?? dollar)) / 2 / dollar, impliedFloor),
          0,
        );
        for (const p of implied) expect(p).toBeGreaterThanOrEqual(impliedFloor / sum - 1e-15);
      }),
    );
  });
});

describe("an event with long tails", () => {
  const tailAsk = 20_000;
  const quotes = [
    ...Array.from({ length: 50 }, () => ({ bid: null, ask: 10_000 })),
    { bid: 480_000, ask: 500_000 },
    { bid: 490_000, ask: 510_000 },
  ];

  it("gives the tails what the others leave of a dollar, not half of fifty asks", () => {
    const implied = impliedProbabilities(quotes, tailAsk) ?? [];
    // 1 − 0.49 − 0.5 = one cent for all fifty.
    for (const p of implied.slice(0, 50)) expect(p).toBeCloseTo(0.01 / 50, 12);
    expect(implied.at(-1)).toBeCloseTo(0.5, 12);
    expect(coherenceOf(quotes, { kind: "exclusive", intervals: [], tailAsk })).toEqual({
      kind: "sum",
      sum: expect.closeTo(1, 12),
    });
    expect(coherenceOf(quotes, { kind: "exclusive", intervals: [] })).toEqual({
      kind: "sum",
      sum: expect.closeTo(1.24, 12),
    });
  });

  it("never gives one of them more than its ask, nor less than the floor: then the sum is off", () => {
    const lacking = [...quotes.slice(0, 5), { bid: 380_000, ask: 400_000 }];
    expect(coherenceOf(lacking, { kind: "exclusive", intervals: [], tailAsk })).toEqual({
      kind: "sum",
      sum: expect.closeTo(0.44, 12),
    });
    const dear = [...quotes.slice(0, 5), { bid: 980_000, ask: null }, { bid: 280_000, ask: 300_000 }];
    const implied = impliedProbabilities(dear, tailAsk) ?? [];
    const sum = 0.99 + 0.29 + 5 * impliedFloor;
    expect(implied[0]).toBeCloseTo(impliedFloor / sum, 12);
  });

  it("leaves a market with a bid, or a dear ask, to its mid", () => {
    const [first, second] =
      impliedProbabilities(
        [
          { bid: null, ask: 30_000 },
          { bid: 970_000, ask: null },
        ],
        tailAsk,
      ) ?? [];
    expect(first).toBeCloseTo(0.015 / 1, 12);
    expect(second).toBeCloseTo(0.985, 12);
  });
});

describe("thresholds", () => {
  const above = (lowest: number) => ({ lowest, highest: null });
  const outcomes = { kind: "nested" as const, intervals: [above(300), above(100), above(200)] };
  const at = (price: number) => ({ bid: price - 10_000, ask: price + 10_000 });

  it("have their own mids, and none where nobody quotes", () => {
    expect(marketProbabilities([at(200_000), at(900_000), { bid: null, ask: null }], outcomes)).toEqual([
      0.2,
      0.9,
      undefined,
    ]);
  });

  it("agree when they fall as they rise, and are off by the largest inversion otherwise", () => {
    const inversion = (...prices: number[]) => coherenceOf(prices.map(at), outcomes);
    expect(inversion(200_000, 900_000, 500_000)).toEqual({ kind: "inversion", inversion: 0 });
    // The one at 300 is dearer than the one at 200, and than the one at 100.
    expect(inversion(800_000, 700_000, 500_000)).toEqual({ kind: "inversion", inversion: expect.closeTo(0.3, 12) });
  });

  it("say nothing when none is quoted, and leave out one whose strike is not set", () => {
    expect(coherenceOf([{ bid: null, ask: null }], { kind: "nested", intervals: [above(1)] })).toBeUndefined();
    expect(coherenceOf([at(500_000)], { kind: "nested", intervals: [undefined] })).toEqual({
      kind: "inversion",
      inversion: 0,
    });
  });
});
