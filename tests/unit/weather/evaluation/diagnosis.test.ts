import { describe, expect, it } from "vitest";
import {
  diagnose,
  type DiagnosedCase,
  type DiagnosticFigure,
  leadName,
} from "../../../../core/weather/evaluation/diagnosis.ts";
import { hazardOutcome } from "../../../../core/weather/evaluation/hazard-outcomes.ts";
import { bracketProbabilities } from "../../../../core/weather/high-pmf.ts";
import { crps } from "../../../../core/stats/scoring.ts";
import { present } from "../present.ts";

const intervals = [
  { lowest: null, highest: 69 },
  { lowest: 70, highest: 71 },
  { lowest: 72, highest: null },
];
const sharp = { pmfLow: 69, pmf: [0.1, 0.6, 0.2, 0.1] };
const flat = { pmfLow: 68, pmf: [0.2, 0.2, 0.2, 0.2, 0.2] };
const on = (pmf: typeof sharp) => ({ pmf, brackets: bracketProbabilities(pmf, intervals) });

/** Twenty days of one station, said at eighteen and at six hours; the high is 70 or, every fourth day, 72. */
const cases: DiagnosedCase[] = Array.from({ length: 20 }, (_, index) => index).flatMap((index) =>
  [18, 6].map((leadHours): DiagnosedCase => {
    const highF = index % 4 === 0 ? 72 : 70;
    return {
      station: "KMDW",
      climateDate: `2026-10-${String(index + 1).padStart(2, "0")}`,
      leadHours,
      highF,
      winner: highF === 72 ? 2 : 1,
      forecasts: { weather: on(sharp), nbm: on(flat), market: { brackets: [0.2, 0.6, 0.2] } },
    };
  }),
);
const figures = diagnose({ cases, hazards: [], replicates: 200 });
const find = (given: Partial<DiagnosticFigure>) =>
  figures.find((figure) =>
    Object.entries({ against: "", slice: "all", slice_value: "", ...given }).every(
      ([name, value]) => figure[name as keyof DiagnosticFigure] === value,
    ),
  );

describe("the diagnosis", () => {
  it("scores each forecaster on what it said, in degrees and on brackets", () => {
    const mean = 0.75 * crps(sharp.pmfLow, sharp.pmf, 70) + 0.25 * crps(sharp.pmfLow, sharp.pmf, 72);
    expect(find({ forecaster: "weather", measure: "crps" })).toMatchObject({ n: 40, days: 20 });
    expect(find({ forecaster: "weather", measure: "crps" })?.value).toBeCloseTo(mean, 12);
    expect(find({ forecaster: "market", measure: "crps" })).toBeUndefined();
    const marketScore = -0.75 * Math.log(0.6) - 0.25 * Math.log(0.2);
    expect(find({ forecaster: "market", measure: "bracket_log_score" })?.value).toBeCloseTo(marketScore, 12);
    expect(present(find({ forecaster: "weather", measure: "pmf_sum_error" })?.value)).toBeLessThan(1e-12);
    expect(find({ forecaster: "weather", measure: "pit" })?.bins?.reduce((sum, bin) => sum + bin, 0)).toBeCloseTo(
      10,
      9,
    );
  });

  it("draws whole city-days: the two forecasts of a day are one block", () => {
    const twice = diagnose({ cases: cases.filter(({ leadHours }) => leadHours === 6), hazards: [], replicates: 200 });
    const once = twice.find(
      ({ forecaster, measure, slice }) => forecaster === "weather" && measure === "crps" && slice === "all",
    );
    const both = find({ forecaster: "weather", measure: "crps" });
    expect([both?.low, both?.high]).toEqual([once?.low, once?.high]);
  });

  it("compares on the forecasts that both have, and a reference with none", () => {
    const against = find({ forecaster: "weather", measure: "crps", against: "nbm" });
    const [own, other] = ["weather", "nbm"].map((forecaster) => find({ forecaster, measure: "crps" })?.value ?? 0);
    expect(against?.value).toBeCloseTo((own ?? 0) - (other ?? 0), 12);
    expect(figures.some(({ forecaster, against: whom }) => forecaster === "nbm" && whom !== "")).toBe(false);
    const partly = diagnose({
      cases: cases.map((one, index) =>
        index < 30 ? one : { ...one, forecasts: { weather: on(sharp), nbm: on(flat) } },
      ),
      hazards: [],
      replicates: 50,
    });
    const rps = partly.find(
      ({ slice, forecaster, measure, against: whom }) =>
        slice === "all" && forecaster === "weather" && measure === "rps" && whom === "market",
    );
    expect(rps).toMatchObject({ n: 30, days: 15 });
  });

  it("tells leads and hours of the day apart", () => {
    expect([0.5, 11.9, 12, 35, 40].map(leadName)).toEqual(["0–12 h", "0–12 h", "12–24 h", "24–36 h", "36 h and more"]);
    expect(find({ forecaster: "weather", measure: "crps", slice: "hour", slice_value: "06" })).toMatchObject({ n: 20 });
    expect(find({ forecaster: "weather", measure: "crps", slice: "hour", slice_value: "18" })).toMatchObject({ n: 20 });
    expect(find({ forecaster: "weather", measure: "crps", slice: "lead", slice_value: "12–24 h" })).toMatchObject({
      n: 20,
    });
  });

  it("leaves out what was settled by no number, and keeps its brackets", () => {
    const worded = diagnose({
      cases: cases.map((one) => ({ ...one, highF: null })),
      hazards: [],
      replicates: 10,
    });
    expect(worded.some(({ measure }) => measure === "crps")).toBe(false);
    expect(worded.some(({ measure }) => measure === "bracket_log_score")).toBe(true);
  });

  it("holds the hazard against what came", () => {
    const hazards = Array.from({ length: 40 }, (_, index) => ({
      station: "KMDW",
      climateDate: `2026-10-${String((index % 20) + 1).padStart(2, "0")}`,
      probability: index < 20 ? 0.05 : 0.95,
      came: index >= 20 || index === 0,
    }));
    const found = diagnose({ cases: [], hazards, replicates: 100 });
    expect(found.map(({ slice_value, n, value }) => ({ slice_value, n, value }))).toEqual([
      { slice_value: "0.0", n: 20, value: 0.05 },
      { slice_value: "0.9", n: 20, value: 1 },
    ]);
  });
});

describe("whether a new maximum came", () => {
  const dayEnd = Date.UTC(2026, 9, 2, 6);
  const at = dayEnd - 10 * 3_600_000;
  const readings = (values: readonly number[]) =>
    values.map((tenthsC, index) => ({ at: at + (index - 12) * 5 * 60_000, tenthsC }));
  const rising = Array.from({ length: 25 }, (_, index) => 200 + index);

  it("is told by the feed's own maximum before and after", () => {
    expect(hazardOutcome(readings(rising), { at, dayEnd })).toBe(true);
    expect(hazardOutcome(readings(rising.toReversed()), { at, dayEnd })).toBe(false);
    const morning = { at: at - 8 * 3_600_000, tenthsC: 300 };
    expect(hazardOutcome([morning, ...readings(rising)], { at, dayEnd })).toBe(false);
    const dayBefore = { at: at - 20 * 3_600_000, tenthsC: 300 };
    expect(hazardOutcome([dayBefore, ...readings(rising)], { at, dayEnd })).toBe(true);
  });

  it("is not told where the feed has a hole, or nothing yet", () => {
    expect(
      hazardOutcome(
        readings(rising).filter((_, index) => index < 12 || index > 20),
        { at, dayEnd },
      ),
    ).toBeUndefined();
    expect(hazardOutcome(readings(rising).slice(0, 14), { at, dayEnd })).toBeUndefined();
    expect(hazardOutcome([], { at, dayEnd })).toBeUndefined();
  });

  it("looks no further than the end of the day", () => {
    const late = dayEnd - 20 * 60_000;
    const shown = readings(rising).map(({ tenthsC }, index) => ({ at: late + (index - 20) * 5 * 60_000, tenthsC }));
    expect(hazardOutcome(shown, { at: late, dayEnd })).toBe(true);
    const after = shown.map((one) => (one.at > dayEnd ? { ...one, tenthsC: 999 } : { ...one, tenthsC: 200 }));
    expect(hazardOutcome(after, { at: late, dayEnd })).toBe(false);
  });
});
