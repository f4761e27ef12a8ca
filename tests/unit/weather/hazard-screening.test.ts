import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FeedReading } from "../../../core/weather/hazard/readings.ts";
import { screen } from "../../../core/weather/hazard/screening.ts";

const at = (minute: number, leastF: number, kind = "five_minute", mostF = leastF): FeedReading => ({
  minute,
  kind,
  temperatureF: (leastF + mostF) / 2,
  leastF,
  mostF,
});
const minutes = (readings: readonly FeedReading[]) => readings.map(({ minute }) => minute);

/** A feed that moves by at most two °F a reading, some of them missing. */
const feed = fc
  .array(fc.record({ by: fc.integer({ min: -2, max: 2 }), gap: fc.integer({ min: 1, max: 3 }) }), {
    minLength: 4,
    maxLength: 60,
  })
  .map((moves) => {
    let [minute, temperature] = [0, 70];
    return moves.map(({ by, gap }) => at((minute += 5 * gap), (temperature += by)));
  });

describe("the screening of readings", () => {
  it("takes every reading of a feed that moves as air does", () => {
    fc.assert(
      fc.property(feed, (readings) => {
        expect(screen(readings)).toEqual({ taken: readings, unconfirmed: [], isolated: [] });
      }),
    );
  });

  it("sets one false reading aside wherever it falls, up or down, and takes all others", () => {
    fc.assert(
      fc.property(feed, fc.nat(), fc.integer({ min: 12, max: 60 }), fc.boolean(), (readings, place, size, up) => {
        const index = place % readings.length;
        const struck = readings[index];
        if (struck === undefined) return;
        const by = up ? size : -size;
        const spike = { ...struck, leastF: struck.leastF + by, mostF: struck.mostF + by };
        const { taken, unconfirmed, isolated } = screen(readings.with(index, spike));
        expect(taken).toEqual(readings.toSpliced(index, 1));
        expect([...unconfirmed, ...isolated]).toEqual([spike]);
        // Only the newest may still be the first of many.
        expect(unconfirmed).toHaveLength(index === readings.length - 1 ? 1 : 0);
      }),
      { numRuns: 300 },
    );
  });

  it("believes a jump from the second reading on that shows it, and the one before it then too", () => {
    const calm = [at(0, 60), at(5, 60), at(10, 61)];
    expect(screen([...calm, at(15, 72)])).toMatchObject({ taken: calm, unconfirmed: [{ minute: 15 }] });
    const shown = screen([...calm, at(15, 72), at(20, 73)]);
    expect(minutes(shown.taken)).toEqual([0, 5, 10, 15, 20]);
    expect(shown.unconfirmed).toEqual([]);
  });

  it("takes another kind of report at another minute for a witness, but not the same instant sent twice", () => {
    const calm = [at(0, 60), at(5, 60)];
    expect(minutes(screen([...calm, at(10, 72), at(13, 72, "special")]).taken)).toEqual([0, 5, 10, 13]);
    const twice = screen([...calm, at(10, 72), at(10, 72, "routine")]);
    expect(minutes(twice.taken)).toEqual([0, 5]);
    expect(minutes(twice.unconfirmed)).toEqual([10, 10]);
    expect(minutes(screen([...calm, at(10, 72), at(10, 72, "routine"), at(15, 60)]).isolated)).toEqual([10, 10]);
    // Two of one kind three minutes apart may be of one five-minute mean.
    expect(minutes(screen([...calm, at(10, 72), at(13, 72)]).unconfirmed)).toEqual([10, 13]);
  });

  it("drops a false first reading once two others agree against it, and keeps it until then", () => {
    expect(minutes(screen([at(0, 90)]).taken)).toEqual([0]);
    expect(screen([at(0, 90), at(5, 60)])).toMatchObject({ taken: [{ minute: 0 }], unconfirmed: [{ minute: 5 }] });
    expect(screen([at(0, 90), at(5, 60), at(10, 60)])).toMatchObject({
      taken: [{ minute: 5 }, { minute: 10 }],
      isolated: [{ minute: 0 }],
    });
  });

  it("holds a jump against what the rounding leaves open and the time between", () => {
    const second = (gap: number, leastF: number, mostF = leastF) =>
      screen([at(0, 60, "five_minute", 61), at(5, 60, "five_minute", 61), at(5 + gap, leastF, "five_minute", mostF)])
        .unconfirmed.length;
    // From at most 61 to at least 67: six degrees in five minutes still need no witness.
    expect(second(5, 67)).toBe(0);
    expect(second(5, 68)).toBe(1);
    expect(second(60, 80)).toBe(0);
    expect(second(60, 81)).toBe(1);
    expect(second(5, 54)).toBe(0);
    expect(second(5, 53)).toBe(1);
  });

  it("tells a return from a stay where both are near enough: the nearer one is meant", () => {
    // 82, then 89, then 84: nearer to where it came from.
    expect(minutes(screen([at(0, 82), at(5, 82), at(10, 89), at(15, 84)]).isolated)).toEqual([10]);
    // 82, then 89, then 88: it stays.
    expect(minutes(screen([at(0, 82), at(5, 82), at(10, 89), at(15, 88)]).taken)).toEqual([0, 5, 10, 15]);
    // Two false readings that do not agree with each other either.
    expect(minutes(screen([at(0, 82), at(5, 82), at(10, 99), at(15, 60), at(20, 82)]).isolated)).toEqual([10, 15]);
  });
});
