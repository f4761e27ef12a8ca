import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  intervalOf,
  outcomeOf,
  partitionFault,
  partitionOf,
  strikesFromTickers,
  type StrikeInterval,
} from "../../../core/market/strikes.ts";

const strike = (strike_type: string | null, floor_strike: number | null = null, cap_strike: number | null = null) => ({
  strike_type,
  floor_strike,
  cap_strike,
});

describe("intervalOf", () => {
  it.each([
    ["greater", 77, null, 78, null],
    ["greater", 77.5, null, 78, null],
    ["greater_or_equal", 77, null, 77, null],
    ["greater_or_equal", 77.5, null, 78, null],
    ["less", null, 70, null, 69],
    ["less", null, 70.5, null, 70],
    ["less_or_equal", null, 70, null, 70],
    ["less_or_equal", null, 70.5, null, 70],
    ["between", 70, 71, 70, 71],
    ["between", 69.5, 71.5, 70, 71],
    ["between", -5, -4, -5, -4],
    ["greater", -0.5, null, 0, null],
    ["greater", -1, null, 0, null],
  ])("%s %d %d", (type, floor, cap, lowest, highest) => {
    expect(intervalOf(strike(type, floor, cap))).toStrictEqual({ lowest, highest });
  });

  it.each(["functional", "custom", "structured", "something new", null])("%s is no interval", (type) => {
    expect(intervalOf(strike(type, 1, 2))).toBeUndefined();
  });

  it("refuses a strike that its type needs and the market lacks", () => {
    expect(() => intervalOf(strike("greater", null, 77))).toThrow("strike_type greater needs floor_strike, found null");
    expect(() => intervalOf(strike("between", 70))).toThrow("needs cap_strike");
    expect(() => intervalOf(strike("between", 70.1, 70.9))).toThrow("no whole number");
  });

  it("says yes exactly where the strike says so", () => {
    const half = fc.integer({ min: -200, max: 200 }).map((value) => value / 2);
    const integer = fc.integer({ min: -120, max: 120 });
    fc.assert(
      fc.property(half, integer, (at, value) => {
        const says = (type: string, floor: number | null, cap: number | null) => {
          const interval = intervalOf(strike(type, floor, cap));
          return interval !== undefined && outcomeOf(interval, value) === "yes";
        };
        expect(says("greater", at, null)).toBe(value > at);
        expect(says("greater_or_equal", at, null)).toBe(value >= at);
        expect(says("less", null, at)).toBe(value < at);
        expect(says("less_or_equal", null, at)).toBe(value <= at);
        expect(says("between", at, at + 1)).toBe(value >= at && value <= at + 1);
      }),
    );
  });

  it("judges whole numbers only", () => {
    expect(() => outcomeOf({ lowest: 70, highest: 71 }, 70.5)).toThrow("70.5");
  });
});

describe("partitionFault", () => {
  /** Intervals that hold every whole number once: cut points, shuffled. */
  const partition = fc
    .uniqueArray(fc.integer({ min: -100, max: 150 }), { minLength: 1, maxLength: 8 })
    .map((cuts): StrikeInterval[] => {
      const sorted = cuts.toSorted((a, b) => a - b);
      return [null, ...sorted].map((lowest, index) => {
        const next = sorted[index];
        return { lowest, highest: next === undefined ? null : next - 1 };
      });
    });

  it("finds none in a partition, in whatever order, and every whole number has one yes", () => {
    fc.assert(
      fc.property(partition, fc.integer({ min: -200, max: 200 }), fc.nat(), (intervals, value, turn) => {
        const by = turn % intervals.length;
        const turned = [...intervals.slice(by), ...intervals.slice(0, by)];
        expect(partitionFault(turned)).toBeUndefined();
        expect(turned.filter((interval) => outcomeOf(interval, value) === "yes")).toHaveLength(1);
      }),
    );
  });

  it("finds a missing interval and a widened one", () => {
    fc.assert(
      fc.property(partition, fc.nat(), (intervals, pick) => {
        const at = pick % intervals.length;
        expect(partitionFault(intervals.filter((_, index) => index !== at))).toBeTypeOf("string");
        const widened = intervals.map((interval, index) =>
          index !== at
            ? interval
            : interval.highest === null
              ? { ...interval, lowest: (interval.lowest ?? 0) - 1 }
              : { ...interval, highest: interval.highest + 1 },
        );
        expect(partitionFault(widened)).toMatch(/overlaps/);
      }),
    );
  });

  it("names what is wrong", () => {
    expect(partitionFault([])).toBe("there is no interval");
    expect(partitionFault([{ lowest: 5, highest: null }])).toBe("nothing covers values below 5");
    expect(partitionFault([{ lowest: null, highest: 5 }])).toBe("nothing covers values above 5");
    expect(
      partitionFault([
        { lowest: null, highest: 69 },
        { lowest: 72, highest: null },
      ]),
    ).toBe("nothing covers 70 to 71");
    expect(
      partitionFault([
        { lowest: null, highest: 70 },
        { lowest: 70, highest: null },
      ]),
    ).toBe("70 or above overlaps what lies below it");
  });
});

describe("strikesFromTickers", () => {
  const event = "KXHIGHNY-26JUL10";

  it("reads brackets by their centre and tails by their order, never by one ticker alone", () => {
    const strikes = strikesFromTickers([
      `${event}-T94`,
      `${event}-B87.5`,
      `${event}-B89.5`,
      `${event}-B91.5`,
      `${event}-B93.5`,
      `${event}-T87`,
    ]);
    expect(strikes.get(`${event}-T87`)).toStrictEqual(strike("less", null, 87));
    expect(strikes.get(`${event}-T94`)).toStrictEqual(strike("greater", 94));
    expect(strikes.get(`${event}-B87.5`)).toStrictEqual(strike("between", 87, 88));
    const intervals = [...strikes.values()]
      .map((value) => intervalOf(value))
      .filter((interval) => interval !== undefined);
    expect(partitionFault(intervals)).toBeUndefined();
  });

  it("reads values below zero", () => {
    const strikes = strikesFromTickers(["E-T-4", "E-B-3.5", "E-T-3"]);
    expect(strikes.get("E-B-3.5")).toStrictEqual(strike("between", -4, -3));
    expect(strikes.get("E-T-4")).toStrictEqual(strike("less", null, -4));
  });

  it("refuses what does not say both tails", () => {
    expect(() => strikesFromTickers([`${event}-T87`, `${event}-B87.5`])).toThrow("two -T tickers");
    expect(() => strikesFromTickers([`${event}-T87`, `${event}-T87`])).toThrow("two -T tickers");
    expect(() => strikesFromTickers([`${event}-B87.5`])).toThrow("found none");
    expect(() => strikesFromTickers([`${event}-X5`])).toThrow("-X5");
    expect(() => strikesFromTickers([`${event}-T87`, `${event}-B87`, `${event}-T94`])).toThrow("ends in .5");
    expect(() => strikesFromTickers([`${event}-T90`, `${event}-B87.5`, `${event}-T94`])).toThrow("both sides");
  });
});

describe("partitionOf", () => {
  const less = { strike_type: "less", floor_strike: null, cap_strike: 60 };
  const between = { strike_type: "between", floor_strike: 60, cap_strike: 61 };
  const greater = { strike_type: "greater", floor_strike: 61, cap_strike: null };

  it("gives the intervals in the order of the strikes", () => {
    expect(partitionOf([greater, less, between])).toEqual({
      intervals: [
        { lowest: 62, highest: null },
        { lowest: null, highest: 59 },
        { lowest: 60, highest: 61 },
      ],
    });
  });

  it.each([
    ["a gap", [less, { ...between, floor_strike: 61 }, greater], /nothing covers 60/],
    ["a strike without its number", [less, between, { ...greater, floor_strike: null }], /floor_strike/],
    ["a strike that is no interval", [less, between, { ...greater, strike_type: "custom" }], /custom/],
    ["nothing", [], /no interval/],
  ])("says what is wrong with %s", (_what, strikes, fault) => {
    expect(partitionOf(strikes)).toEqual({ fault: expect.stringMatching(fault) as string });
  });
});
