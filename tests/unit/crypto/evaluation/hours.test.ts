/** Forecasts of hourly closes, half an hour to a day ahead: what they know, and how far the price may go. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { type Bar, parseBars } from "../../../../core/crypto/evaluation/bars.ts";
import { type HourCase, hourCases, hourReports } from "../../../../core/crypto/evaluation/hours.ts";
import { walkCsv, walkStart } from "./walk.ts";

const captures = process.env["BRIER_CAPTURES"] ?? "../shared/captures";
const [hour, day] = [3_600_000, 86_400_000];
const walk = parseBars(walkCsv(9 * 1_440));
const cases = hourCases(walk);
const reports = hourReports(cases);

const doubled = (bars: readonly Bar[], from: number): Bar[] =>
  bars.map((bar) =>
    bar.start < from ? bar : { ...bar, open: 2 * bar.open, high: 2 * bar.high, low: 2 * bar.low, close: 2 * bar.close },
  );

describe("cases", () => {
  it("are of every whole hour with a day of history before the forecast", () => {
    for (const [seconds, first] of [
      [1_800, day + hour],
      [3_600, day + hour],
      [21_600, day + 6 * hour],
      [86_400, 2 * day],
    ] as const) {
      const closes = cases.filter(({ secondsToClose }) => secondsToClose === seconds).map(({ close }) => close);
      expect(closes[0]).toBe(walkStart + first);
      expect(closes).toHaveLength((9 * day - first) / hour + 1);
      expect(closes.every((close) => close % hour === 0)).toBe(true);
    }
  });

  it("know nothing of what comes after", () => {
    const now = walkStart + 3 * day;
    const forecasts = (bars: readonly Bar[]) =>
      hourCases(bars)
        .filter(({ close, secondsToClose }) => close - secondsToClose * 1000 <= now)
        .map(({ settled: _settled, ...one }) => one);
    expect(forecasts(doubled(walk, now))).toEqual(forecasts(walk));
  });
});

describe("reports", () => {
  it("cover what they say on a walk of one volatility, where half and nine of ten come out so", () => {
    expect(reports.map(({ seconds }) => seconds)).toEqual([1_800, 3_600, 21_600, 86_400]);
    for (const { seconds, n, apart, scores } of reports) {
      expect(apart).toBe(seconds <= 3_600 ? n : Math.ceil((n * 3_600) / seconds));
      if (seconds > 3_600) continue;
      expect(Math.abs(scores.sqrt.coverage[50].mean - 50)).toBeLessThan(12);
      expect(Math.abs(scores.gaussian.coverage[50].mean - 50)).toBeLessThan(12);
      expect(Math.abs(scores.gaussian.coverage[90].mean - 90)).toBeLessThan(6);
    }
  });

  it("have differences that are those of the scores", () => {
    for (const { scores, differences, gaussianLogLoss } of reports) {
      expect(differences.sqrt.mean).toBeCloseTo(scores.desk.brier.mean - scores.sqrt.brier.mean, 12);
      expect(differences.climate.mean).toBeCloseTo(scores.desk.brier.mean - scores.climate.brier.mean, 12);
      const [desk, gaussian] = [scores.desk.rangeLogLoss?.mean ?? 0, scores.gaussian.rangeLogLoss?.mean ?? 0];
      expect(gaussianLogLoss.mean).toBeCloseTo(desk - gaussian, 12);
    }
  });

  it("score no forecast of the first half, nor one that was made before the second half began", () => {
    const days = [...new Set(cases.map(({ day: of }) => of))];
    const from = cases[cases.length >> 1]?.day ?? "";
    expect(days).toContain(from);
    const begins = Date.parse(from);
    const tampered = (change: (one: HourCase) => boolean) =>
      hourReports(cases.map((one) => (change(one) ? { ...one, settled: 2 * one.settled } : one)));
    const across = ({ close, secondsToClose }: HourCase) => close >= begins && close - secondsToClose * 1000 < begins;
    expect(cases.filter(across).length).toBeGreaterThan(20);
    expect(tampered(across)).toEqual(reports);
    // The first half's outcomes teach the climate and the fit, and nobody else.
    const taught = tampered(({ close }) => close < begins);
    for (const [index, { scores }] of taught.entries()) {
      for (const method of ["sqrt", "gaussian", "desk"] as const)
        expect(scores[method]).toEqual(reports[index]?.scores[method]);
      expect(scores.climate).not.toEqual(reports[index]?.scores.climate);
    }
  });

  it("are left out where there are too few days", () => {
    expect(hourReports(hourCases(walk.slice(0, 4 * 1_440)))).toEqual([]);
    expect(hourReports([])).toEqual([]);
  });

  const folder = `${captures}/crypto/candles`;
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => /^btc_perp_1m.*\.gz$/.test(name)) : [];
  it.skipIf(files.length === 0)(
    "of the captured bars: Student's t covers nearer to what is said than a Gaussian",
    () => {
      const bars = files.flatMap((file) => parseBars(gunzipSync(readFileSync(`${folder}/${file}`)).toString("utf8")));
      for (const { scores, fitted, gaussianLogLoss, differences } of hourReports(hourCases(bars))) {
        const off = (method: "desk" | "gaussian") => Math.abs(scores[method].coverage[50].mean - 50);
        expect(off("desk")).toBeLessThan(off("gaussian"));
        expect(scores.desk.coverage[90].mean).toBeGreaterThan(85);
        expect(gaussianLogLoss.mean).toBeLessThan(0);
        for (const other of ["climate", "sqrt", "gaussian"] as const) expect(differences[other].mean).toBeLessThan(0);
        // What is in force is what the first half alone would have chosen, the width within a fifth.
        expect(fitted.degreesOfFreedom).toBe(4);
      }
    },
  );
});
