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

  /** A feed at 60 °F that shows another temperature from minute 30 on, for so many readings. */
  const excursion = (readings: number, f: number) => [
    ...Array.from({ length: 6 }, (_, index) => at(5 * index, 60)),
    ...Array.from({ length: readings }, (_, index) => at(30 + 5 * index, f)),
  ];

  it("believes a jump once it has lasted twenty minutes, and its first readings then too", () => {
    for (const f of [48, 72]) {
      const four = screen(excursion(4, f));
      expect(minutes(four.unconfirmed)).toEqual([30, 35, 40, 45]);
      expect(four.taken).toHaveLength(6);
      expect(screen(excursion(5, f))).toEqual({ taken: excursion(5, f), unconfirmed: [], isolated: [] });
    }
  });

  it("sets an excursion aside that is back before that, however many readings agree in it", () => {
    for (const count of [1, 2, 3, 4]) {
      const back = [at(30 + 5 * count, 60), at(35 + 5 * count, 61)];
      const { taken, isolated } = screen([...excursion(count, 80), ...back]);
      expect(isolated).toHaveLength(count);
      expect(Math.max(...taken.map(({ mostF }) => mostF))).toBe(61);
    }
  });

  it("takes another kind of report at another minute for a witness, but not the same instant sent twice", () => {
    const calm = excursion(0, 60);
    expect(screen([...calm, at(30, 72), at(33, 72, "special")]).taken).toHaveLength(8);
    const twice = screen([...calm, at(30, 72), at(30, 72, "routine")]);
    expect(twice.taken).toEqual(calm);
    expect(minutes(twice.unconfirmed)).toEqual([30, 30]);
    expect(minutes(screen([...calm, at(30, 72), at(30, 72, "routine"), at(35, 60)]).isolated)).toEqual([30, 30]);
  });

  it("drops false first readings once others have agreed against them for longer, and keeps them until then", () => {
    expect(minutes(screen([at(0, 90)]).taken)).toEqual([0]);
    expect(screen([at(0, 90), at(5, 60)])).toMatchObject({ taken: [{ minute: 0 }], unconfirmed: [{ minute: 5 }] });
    expect(screen([at(0, 90), at(5, 60), at(10, 60)])).toMatchObject({
      taken: [{ minute: 5 }, { minute: 10 }],
      isolated: [{ minute: 0 }],
    });
    const two = [at(0, 90), at(5, 90), at(10, 60), at(15, 60)];
    expect(screen(two)).toMatchObject({ taken: two.slice(0, 2), unconfirmed: two.slice(2) });
    expect(minutes(screen([...two, at(20, 60)]).isolated)).toEqual([0, 5]);
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
    expect(minutes(screen([at(0, 82), at(5, 82), at(10, 89), at(15, 88)]).unconfirmed)).toEqual([10, 15]);
    // Two false readings that do not agree with each other either.
    expect(minutes(screen([at(0, 82), at(5, 82), at(10, 99), at(15, 60), at(20, 82)]).isolated)).toEqual([10, 15]);
  });
});
