import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ahead } from "../../../core/weather/hazard/coefficients.ts";
import { buildDayTable } from "../../../core/weather/hazard/day-table.ts";
import { conditioned } from "../../../core/weather/hazard/filter.ts";
import type { Bound } from "../../../core/weather/hazard/bounds.ts";
import { officialCdf, officialSoFar } from "../../../core/weather/hazard/official-so-far.ts";
import { lookup } from "../../../core/weather/hazard/outlook.ts";
import type { FeedReading } from "../../../core/weather/hazard/readings.ts";
import { followDay, type Outlook } from "../../../core/weather/hazard/running-day.ts";
import { seededNormal, shares, simulateMaxima, syntheticDay } from "./hazard-monte-carlo.ts";
import { present } from "./present.ts";
import { runs } from "../../runs.ts";

const day = syntheticDay();
const peakOffset = { meanF: 0.4, sdF: 0.6 };
const model = { ...day, peakOffset };
const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
const reading = (step: number, temperatureF: number, kind = "five_minute"): FeedReading => ({
  minute: 5 * step,
  kind,
  temperatureF,
  leastF: Math.ceil(temperatureF - 0.9),
  mostF: Math.floor(temperatureF + 0.9),
});
/** A feed that follows the baseline, `above` it, from one step to another. */
const feed = (to: number, from = 0, above = 0) =>
  Array.from({ length: to - from + 1 }, (_, index) =>
    reading(from + index, present(day.baseline[from + index]) + above),
  );
const outlookOf = (step: number, readings: readonly FeedReading[], bounds: readonly Bound[] = []) =>
  followDay(model).at(step, { readings, bounds });
const span = (fromMinute: number, untilMinute: number, leastF: number, mostF = leastF): Bound => ({
  fromMinute,
  untilMinute,
  saidAtMinute: Math.min(untilMinute, 1436) + 3,
  leastF,
  mostF,
  name: "the six-hour maximum",
});
const atLeast = (leastF: number): Bound => span(-Infinity, Infinity, leastF, Infinity);
const massBelow = ({ pmfLow, pmf }: Pick<Outlook, "pmfLow" | "pmf">, k: number) =>
  total(pmf.slice(0, Math.max(0, k - pmfLow)));
const mass = ({ pmfLow, pmf }: Outlook, k: number) => pmf[k - pmfLow] ?? 0;

describe("the outlook", () => {
  it("is a distribution whatever was read, with nothing below what is certain", () => {
    const given = fc.array(fc.tuple(fc.integer({ min: 0, max: 287 }), fc.double({ min: -7, max: 7, noNaN: true })), {
      minLength: 0,
      maxLength: 4,
    });
    fc.assert(
      fc.property(given, (pairs) => {
        const readings = pairs.map(([step, above]) => reading(step, present(day.baseline[step]) + above));
        const found = outlookOf(Math.max(0, ...pairs.map(([step]) => step)), readings);
        expect(Math.min(...found.pmf)).toBeGreaterThanOrEqual(0);
        expect(total(found.pmf)).toBeCloseTo(1, 12);
        expect(massBelow(found, found.observedLeastF ?? -Infinity)).toBe(0);
        const [five, sixty] = [found.newMaximumIn5 ?? 0, found.newMaximumIn60 ?? 0];
        expect(five).toBeGreaterThanOrEqual(0);
        expect(sixty).toBeGreaterThanOrEqual(five - 1e-9);
        expect(sixty).toBeLessThanOrEqual(1);
      }),
      { numRuns: runs(15, 100) },
    );
  });

  it("agrees with drawn paths that begin where the readings leave the residual", () => {
    // In the small hours what has been plays no part: the high is that of the rest of the day.
    const readings = feed(50);
    const { pmfLow, pmf } = outlookOf(50, readings);
    let law = { step: 0, mean: 0, sd: day.coefficients.startSd };
    for (const [step, one] of readings.entries())
      law = conditioned(ahead(day.coefficients, law, step), present(day.baseline[step]), one);
    expect(law.sd).toBeGreaterThan(0.2);
    const paths = 20_000;
    const normal = seededNormal(9);
    const maxima = Float64Array.from({ length: paths }, (_, path) =>
      present(simulateMaxima(day, { step: 50, residual: law.mean + law.sd * normal() }, 1, 100 + path)[0]),
    );
    // The offset's spread as the model has it, without the rounding of the feed (1.8² / 12): one degree down or up, each
    // with half its variance.
    const side = (peakOffset.sdF ** 2 - 0.27) / 2;
    for (const k of [84, 86, 88, 90]) {
      const [down, here, up] = shares(
        maxima,
        Float64Array.of(k - 0.5, k + 0.5, k + 1.5).map((c) => c - peakOffset.meanF),
      );
      const drawn = side * present(down) + (1 - 2 * side) * present(here) + side * present(up);
      expect(Math.abs(massBelow({ pmfLow, pmf }, k + 1) - drawn)).toBeLessThan(5 * Math.sqrt(0.25 / paths));
    }
  });

  it.each([0.3, 4, 9])("leaves out no step that counts: a daily range of ±%d °F", (range) => {
    const baseline = day.baseline.map((value) => 80 + (range / 9) * (value - 76));
    const { pmfLow, pmf } = followDay({ ...model, baseline }).at(0, { readings: [], bounds: [] });
    const levels = Float64Array.from({ length: pmf.length - 1 }, (_, i) => pmfLow + i + 0.5 - peakOffset.meanF);
    const table = buildDayTable({ baseline, coefficients: day.coefficients, levels, spacings: [0.25] });
    const law = { step: 0, mean: 0, sd: day.coefficients.startSd };
    const ones = new Float64Array(levels.length).fill(1);
    const whole = new Float64Array(pmf.length);
    lookup({ table, lowestF: pmfLow, peakOffset }, ones, law)(whole);
    expect(Math.max(...whole.map((p, index) => Math.abs(p - present(pmf[index]))))).toBeLessThan(1e-4);
  });

  it("narrows through the day and ends in the feed's maximum with the offset", () => {
    const spreads = [20, 120, 180, 220, 287].map((step) => {
      const { pmfLow, pmf } = outlookOf(step, feed(step));
      const mean = total(pmf.map((p, index) => p * (pmfLow + index)));
      return Math.sqrt(total(pmf.map((p, index) => p * (pmfLow + index - mean) ** 2)));
    });
    expect(spreads).toEqual(spreads.toSorted((a, b) => b - a));
    // Evenly from 84.5 to 85.5, plus N(0.4, 0.3²), not below 84.5. With G(z) = zΦ(z) + φ(z), G(1/3 · 3) … by hand:
    // P(<= 85.5) = 0.3 (G(2) − G(−4/3)) = 0.3 (2.008491 − 0.042364), P(<= 84.5) = 0.3 (G(−4/3) − G(−14/3)).
    expect(mass(outlookOf(287, feed(287)), 85)).toBeCloseTo((0.589838 - 0.012709) / (1 - 0.012709), 4);
  });

  it("is the same asked step by step or at once, in any order of readings, whoever asked before", () => {
    const readings = [...feed(60), ...feed(150, 75), ...feed(230, 152, 3)];
    const running = followDay(model);
    const known = (step: number) => readings.filter(({ minute }) => minute <= 5 * step);
    for (const step of [0, 30, 61, 74, 90, 149, 151, 160, 200, 260]) {
      const once = outlookOf(step, known(step).toReversed());
      expect(running.at(step, { readings: known(step), bounds: [] })).toEqual(once);
    }
    // Back in time: what followed is forgotten.
    expect(running.at(90, { readings: known(90), bounds: [] })).toEqual(outlookOf(90, known(90)));
  });

  it("counts what may have gone unseen in a gap", () => {
    const whole = outlookOf(240, feed(240));
    const torn = outlookOf(240, [...feed(130), ...feed(240, 240)]);
    // The feed's highest value is the one before the gap, the peak lay in it.
    expect(torn.feedMaxF).toBeLessThan(82);
    expect(massBelow(torn, 85)).toBeLessThan(0.25);
    expect(Math.abs(massBelow(torn, 85) - massBelow(whole, 85))).toBeLessThan(0.25);
  });

  it("says no hazard before the first reading, and none when the day ends", () => {
    expect(outlookOf(40, [])).toMatchObject({ newMaximumIn5: null, newMaximumIn60: null, last: null });
    expect(outlookOf(287, feed(287))).toMatchObject({ newMaximumIn5: 0, newMaximumIn60: 0 });
    expect(outlookOf(287, feed(200))).toMatchObject({ newMaximumIn5: 0, newMaximumIn60: 0 });
  });

  it.each([171, 190, 240])("says the hazard at step %i of a feed that fell silent at 165, as drawn paths do", (now) => {
    const silent = followDay(model);
    const readings = feed(165);
    // Step by step as at once: what went unseen is carried on.
    for (let step = 165; step < now; step++) silent.at(step, { readings, bounds: [] });
    const found = silent.at(now, { readings, bounds: [] });
    expect(found).toEqual(outlookOf(now, readings));

    let law = { step: 0, mean: 0, sd: day.coefficients.startSd };
    for (const [step, one] of readings.entries())
      law = conditioned(ahead(day.coefficients, law, step), present(day.baseline[step]), one);
    const most = present(readings.at(-1)).mostF;
    // The official maximum at the last reading, drawn from what the outlook says at the end of a day that ended there.
    const normal = seededNormal(11);
    const paths = 40_000;
    const { phi, sigma } = day.coefficients;
    const seen = officialSoFar(readings, []);
    const draws = Array.from({ length: 12 }, (_, k) => officialCdf(seen, peakOffset, most - 6 + k));
    const official = (u: number) =>
      most -
      6 +
      Math.max(
        0,
        draws.findIndex((cdf) => cdf >= u),
      );
    let [rose5, rose60] = [0, 0];
    for (let path = 0; path < paths; path++) {
      const before = official((path + 0.5) / paths);
      let residual = law.mean + law.sd * normal();
      let [highest, later5, later60] = [before, -Infinity, -Infinity];
      for (let step = 165; step < Math.min(287, now + 12); step++) {
        residual = present(phi[step]) * residual + present(sigma[step]) * normal();
        const whole = Math.round(present(day.baseline[step + 1]) + residual + peakOffset.meanF);
        if (step + 1 <= now) highest = Math.max(highest, whole);
        else {
          if (step + 1 === now + 1) later5 = whole;
          later60 = Math.max(later60, whole);
        }
      }
      if (later5 > highest) rose5++;
      if (later60 > highest) rose60++;
    }
    for (const [p, rose] of [
      [found.newMaximumIn5, rose5],
      [found.newMaximumIn60, rose60],
    ] as const)
      expect(Math.abs((p ?? Number.NaN) - rose / paths)).toBeLessThan(5 * Math.sqrt(0.25 / paths));
  });

  it("holds the baseline against readings of another place", () => {
    expect(() => outlookOf(101, [reading(100, 0), reading(101, 0)])).toThrow(/°F from the baseline/);
  });

  it("refuses an offset that its three points cannot hold, and coefficients without sense", () => {
    expect(() => followDay({ ...model, peakOffset: { meanF: 0, sdF: 1.2 } })).toThrow(/\(0, 1\]/);
    expect(() => followDay({ ...model, peakOffset: { meanF: Number.NaN, sdF: 0.5 } })).toThrow(/mean NaN/);
    const coefficients = { ...day.coefficients, startSd: 0 };
    expect(() => followDay({ ...model, coefficients })).toThrow(/startSd is 0/);
  });
});

describe("a sensor's spike", () => {
  const calm = feed(150);
  const before = outlookOf(150, calm);
  const spike = reading(151, 110);

  it("as the newest reading neither raises what is certain nor moves the distribution; it widens what may be", () => {
    const found = outlookOf(151, [...calm, spike]);
    expect(found.observedLeastF).toBe(before.observedLeastF);
    expect(found.observedMostF).toBe(110);
    expect(found.last?.minute).toBe(750);
    expect(found.pmf).toEqual(before.pmf);
    expect(found.setAside).toMatchObject([{ reading: { minute: 755 } }]);
    expect(found.setAside[0]?.reason).toMatch(/not yet shown for long/);
  });

  it("leaves no trace once the feed is back", () => {
    const after = feed(153, 152);
    const found = outlookOf(153, [...calm, spike, ...after]);
    const { setAside, ...clean } = outlookOf(153, [...calm, ...after]);
    expect(setAside).toEqual([]);
    expect(found).toMatchObject(clean);
    expect(found.setAside[0]?.reason).toMatch(/no lasting readings or other report show the same/);
  });

  it("locks nothing, wherever and however large: the pmf is that of the feed without it", () => {
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 149 }), fc.integer({ min: 8, max: 45 }), (step, size) => {
        const struck = calm.with(step, reading(step, present(day.baseline[step]) + size));
        const found = outlookOf(150, struck);
        const clean = outlookOf(150, calm.toSpliced(step, 1));
        expect(found.pmf).toEqual(clean.pmf);
        expect(found.observedLeastF).toBe(clean.observedLeastF);
      }),
      { numRuns: runs(10, 50) },
    );
  });

  it("is believed when it lasts or another kind of report shows it, and floors the high when another source does", () => {
    const short = [...calm, ...[151, 152, 153, 154].map((step) => reading(step, 110))];
    expect(outlookOf(154, short).observedLeastF).toBe(before.observedLeastF);
    expect(outlookOf(155, [...short, reading(155, 109)]).observedLeastF).toBe(110);
    const special = { ...reading(151, 109), minute: 758, kind: "special" };
    expect(outlookOf(152, [...calm, spike, special]).observedLeastF).toBe(110);
    const told = outlookOf(151, [...calm, spike], [span(400, 755, 110)]);
    expect(told.observedLeastF).toBe(110);
    expect(massBelow(told, 110)).toBe(0);
  });
});

describe("a garbled group or message", () => {
  const calm = feed(220);
  const clean = outlookOf(220, calm);
  const sumUp = ({ pmf, pmfLow, observedLeastF }: Outlook) => ({ pmf, pmfLow, observedLeastF });

  it("that two readings exceed is outvoted, with a remark", () => {
    const found = outlookOf(220, calm, [span(713, 1073, 40)]);
    expect(sumUp(found)).toEqual(sumUp(clean));
    expect(found.setAside).toEqual([]);
    expect(found.boundsSetAside).toHaveLength(1);
    expect(found.boundsSetAside[0]?.reason).toMatch(
      /^at most 40 °F by the six-hour maximum, but 72 readings show more, up to 85 °F at least$/,
    );
    // One reading alone is the one that is wrong; a second report of the same minute is no second reading.
    const odd = calm.with(180, reading(180, 89));
    const twice = [...odd, { ...reading(180, 89), kind: "routine" }];
    for (const readings of [odd, twice])
      expect(outlookOf(220, readings, [span(713, 1073, 85)]).boundsSetAside).toEqual([]);
  });

  it.each([
    ["group", span(713, 1073, 99)],
    ["message", { ...atLeast(99), saidAtMinute: 1090 }],
  ])("far above a feed without gaps neither floors nor closes: %s", (_what, bound) => {
    const found = outlookOf(220, calm, [bound]);
    expect(sumUp(found)).toEqual(sumUp(clean));
    expect(found.boundsSetAside[0]?.reason).toMatch(
      /at least 99 °F .* leave room for 91 °F: waits for a second source/,
    );
  });

  it("is believed with a second source: another message, or a reading that was set aside", () => {
    const [group, message] = [span(713, 1073, 99), { ...atLeast(98), saidAtMinute: 1090 }];
    expect(outlookOf(220, calm, [group, message])).toMatchObject({ observedLeastF: 99, boundsSetAside: [] });
    const spike = calm.with(180, reading(180, 99));
    expect(outlookOf(220, spike, [group])).toMatchObject({ observedLeastF: 99, boundsSetAside: [] });
    // Not by the temperature of its own report, which may be garbled as a whole, nor by a spike of elsewhere.
    const own = [...calm, { ...reading(215, 99), minute: group.saidAtMinute, kind: "routine" }];
    expect(outlookOf(220, own, [group]).boundsSetAside).toHaveLength(1);
    expect(outlookOf(220, calm.with(100, reading(100, 99)), [group]).boundsSetAside).toHaveLength(1);
  });

  it("is held against what the air can do in the feed's gaps, and in what the message saw", () => {
    const torn = [...feed(150), ...feed(220, 186)];
    // Three hours unseen leave room for 6 + 0.25 · 175 °F more.
    expect(outlookOf(220, torn, [span(713, 1073, 95)]).boundsSetAside).toEqual([]);
    expect(outlookOf(220, [], [atLeast(95)]).observedLeastF).toBe(95);
    // Said in the morning it cannot mean the afternoon's warmth.
    const morning = { ...atLeast(80), saidAtMinute: 400 };
    expect(outlookOf(220, calm, [morning]).boundsSetAside).toHaveLength(1);
  });

  it("contradicting another one is refused", () => {
    expect(() => outlookOf(220, calm, [span(0, 1440, 85), span(713, 1073, 87)])).toThrow(
      "at least 87 °F by the six-hour maximum, and at most 85 °F by the six-hour maximum",
    );
  });
});

describe("what other sources are certain of", () => {
  it("a six-hour maximum decides its span: the feed's offset plays no part there", () => {
    const end = feed(287);
    const exact = outlookOf(287, end, [span(713, 1073, 86)]);
    expect(mass(exact, 86)).toBeCloseTo(1, 3);
    expect(exact.observedLeastF).toBe(86);
    // Without the peak's hours, the rest of the day has its own.
    const early = outlookOf(287, end, [span(353, 713, 78)]);
    expect(mass(early, 85)).toBeCloseTo(mass(outlookOf(287, end), 85), 6);
  });

  it("an interval far from the feed decides by its nearer end", () => {
    const far = outlookOf(287, feed(287), [span(-1, 1440, 90, 91)]);
    expect(mass(far, 90)).toBeCloseTo(1, 6);
  });

  it("closes a gap that it covers", () => {
    const torn = [...feed(130), ...feed(240, 240)];
    const told = outlookOf(240, torn, [span(600, 1200, 84)]);
    expect(mass(told, 84)).toBeGreaterThan(0.95);
    // A lower bound says nothing of what was above it.
    const least = outlookOf(240, torn, [atLeast(84)]);
    expect(massBelow(least, 84)).toBe(0);
    expect(mass(least, 84)).toBeLessThan(0.5);
  });

  it("a reading above it is set aside, with what it is against", () => {
    const odd = feed(240).with(180, reading(180, 89));
    const found = outlookOf(240, odd, [span(713, 1073, 85)]);
    expect(found.setAside).toMatchObject([{ reading: { minute: 900 } }]);
    expect(found.setAside[0]?.reason).toBe("at least 89 °F, above the 85 °F of the six-hour maximum");
    expect(found.observedLeastF).toBe(85);
    expect(found.observedMostF).toBe(85);
  });

  it("readings of the evening before witness the first of the day, and count for nothing else", () => {
    const [first, second] = [reading(0, 66), reading(1, 66)];
    const evening = [reading(-2, 95), reading(-1, 95)];
    // Against an evening at 95, one reading at 66 is a jump; three last longer than the evening did.
    expect(outlookOf(0, [...evening, first]).last).toBeNull();
    const three = [first, second, reading(2, 66)];
    const found = outlookOf(2, [...evening, ...three]);
    expect(found.observedMostF).toBe(66);
    expect(found.pmf).toEqual(outlookOf(2, three).pmf);
  });
});
