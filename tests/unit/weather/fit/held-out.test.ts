import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Dated, fitPart, splitDays } from "../../../../core/weather/fit/held-out.ts";

const dayAt = (index: number) => new Date(Date.UTC(2026, 7, 1 + index)).toISOString().slice(0, 10);
const daysOf = (count: number) => Array.from({ length: count }, (_, index) => dayAt(index));

interface Case extends Dated {
  value: number;
}
/** A part that is one number: the mean of what came, scored by its square. */
const fitMean = (cases: readonly Case[], prior = 0, minDays = 3) => {
  const seen: string[][] = [];
  const found = fitPart({
    cases,
    prior,
    minDays,
    fit: (own) => {
      seen.push(own.map(({ date }) => date));
      return own.reduce((sum, { value }) => sum + value / own.length, 0);
    },
    lossesOf: (mean, { value }) => [Number.isNaN(value) ? null : (value - mean) ** 2],
  });
  return { found, seen };
};
const casesOf = (values: readonly number[]): Case[] =>
  values.map((value, index) => ({ date: dayAt(index), block: dayAt(index), value }));

describe("splitDays", () => {
  it("fits on the first and scores on the last, with a day between, and uses no day twice", () => {
    expect(splitDays(daysOf(12), 3)).toEqual({ train: daysOf(8), heldOut: daysOf(12).slice(9) });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 1, max: 20 }), (count, minDays) => {
        const split = splitDays(daysOf(count).toReversed(), minDays);
        if (split === undefined) {
          expect(count).toBeLessThan(minDays + Math.max(2, Math.floor(count / 4)) + 1);
          return;
        }
        expect(split.train.length).toBeGreaterThanOrEqual(minDays);
        const last = split.train.at(-1) ?? "";
        const gap = Date.parse(split.heldOut[0] ?? "") - Date.parse(last);
        expect(gap).toBe(2 * 86_400_000);
        expect(split.heldOut.at(-1)).toBe(dayAt(count - 1));
      }),
    );
  });
});

describe("fitPart", () => {
  const calm = [5, 6, 5, 6, 5, 6, 5, 6, 5, 6, 5, 6];

  it("scores a fit that has not seen the days, and gives one of all days", () => {
    const { found, seen } = fitMean(casesOf(calm));
    expect(seen).toEqual([daysOf(8), daysOf(12)]);
    expect(found).toMatchObject({ values: 5.5, trained: { from: dayAt(0), until: dayAt(11), days: 12 }, reason: null });
    expect(found.scored).toMatchObject({ from: dayAt(9), until: dayAt(11), blocks: 3, after: 0.25 });
    expect(found.scored?.before).toBeCloseTo((36 + 25 + 36) / 3, 12);
    expect(found.scored?.difference.high).toBeLessThan(0);
  });

  it("gives the scored fit nothing of the days that it is scored on, whatever they are", () => {
    const shown = (last: readonly number[]) => {
      const fits: number[] = [];
      fitPart({
        cases: casesOf([...calm.slice(0, 9), ...last]),
        prior: 0,
        minDays: 3,
        fit: (own: readonly Case[]) => own.reduce((sum, { value }) => sum + value / own.length, 0),
        lossesOf: (mean, { date }) => {
          fits.push(mean);
          expect(date >= dayAt(9)).toBe(true);
          return [0];
        },
      });
      return new Set(fits);
    };
    expect(shown([1000, -1000, 1000])).toEqual(shown([6, 5, 6]));
  });

  it("scores only where both could speak, and takes no fit that cannot be scored", () => {
    // A loss that is not there is not 0: left out, the second and the third day held out are all there is.
    const { found } = fitMean(casesOf([...calm.slice(0, 9), Number.NaN, 5, 6]));
    expect(found.scored).toMatchObject({ from: dayAt(10), until: dayAt(11), blocks: 2, after: 0.25 });
    const none = fitMean(casesOf([...calm.slice(0, 9), Number.NaN, Number.NaN, Number.NaN])).found;
    expect(none).toMatchObject({ values: 0, trained: null, scored: null });
    expect(none.reason).toBe("on none of the 3 days to be scored on could a forecast have been made");
    const oneSided = fitPart({
      cases: casesOf(calm),
      prior: 0,
      minDays: 3,
      fit: () => 1,
      lossesOf: (mean, { value }) => [mean === 0 && value === 5 ? null : (value - mean) ** 2],
    });
    expect(oneSided.scored).toMatchObject({ blocks: 2, before: 36, after: 25 });
  });

  it("keeps the prior where the fit did no better on days it had not seen", () => {
    const { found } = fitMean(casesOf([...calm.slice(0, 8), 0, 0, 0, 0]));
    expect(found).toMatchObject({ values: 0, trained: null });
    expect(found.reason).toContain("no better than the prior");
    expect(found.scored?.difference.low).toBeGreaterThan(0);
    expect(fitMean(casesOf(calm.map(() => 0))).found.reason).toContain("no better than the prior");
  });

  it("keeps the prior where days are few, and says how many it needs", () => {
    const { found, seen } = fitMean(casesOf(calm.slice(0, 5)));
    expect(seen).toEqual([]);
    expect(found).toEqual({
      values: 0,
      trained: null,
      scored: null,
      reason: "5 days with forecasts and outcomes; it needs 6: 3 to be fitted on, 1 between, 2 to be scored on",
    });
    expect(fitMean([]).found.reason).toContain("0 days");
  });
});
