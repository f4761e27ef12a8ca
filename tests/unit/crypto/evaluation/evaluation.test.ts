import { existsSync, readdirSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { barAverage, parseBars, quarterHours } from "../../../../core/crypto/evaluation/bars.ts";
import { type Case, casesOf, horizons } from "../../../../core/crypto/evaluation/cases.ts";
import {
  deskProbability,
  fitParameters,
  inForce,
  momentumOnly,
  withoutWindow,
} from "../../../../core/crypto/evaluation/methods.ts";
import { lastMinuteReports, secondPrices } from "../../../../core/crypto/evaluation/last-minute.ts";
import { feesByEpoch, parseOrders } from "../../../../core/crypto/evaluation/order-fees.ts";
import { reportOn, splitByDay } from "../../../../core/crypto/evaluation/report.ts";
import { normalCdf } from "../../../../core/stats/normal.ts";
import { seededUniform } from "../../../../core/stats/prng.ts";
import { walkCsv, walkStart } from "./walk.ts";

const captures = process.env["BRIER_CAPTURES"] ?? "../shared/captures";
const minute = 60_000;
const walk = parseBars(walkCsv(4 * 1_440));
const cases = casesOf(walk);

describe("bars", () => {
  const head = "timestamp,open,high,low,close,volume";
  it("are of the minute that ends at their time stamp", () => {
    const [bar] = parseBars(`${head}\n2026-03-01 00:01:00.000000,10.0,12.0,9.0,11.0,5\n`);
    expect(bar).toEqual({ start: walkStart, open: 10, high: 12, low: 9, close: 11 });
    expect(bar && barAverage(bar)).toBe(10.5);
  });

  it.each([
    ["another header", "time,open,high,low,close,volume", "header"],
    ["a bar within a minute", `${head}\n2026-03-01 00:00:30,10,12,9,11,5`, "line 2"],
    ["a low above the close", `${head}\n2026-03-01 00:01:00,10,12,11.5,11,5`, "line 2"],
    ["a price that is none", `${head}\n2026-03-01 00:01:00,10,12,,11,5`, "line 2"],
    [
      "bars out of order",
      `${head}\n2026-03-01 00:02:00,10,12,9,11,5\n2026-03-01 00:01:00,10,12,9,11,5`,
      "line 3 does not follow",
    ],
  ])("refuses %s", (_what, csv, message) => {
    expect(() => parseBars(csv)).toThrow(message);
  });

  it("decide quarter-hours by the averages of the minute before the open and the last one", () => {
    const [first] = quarterHours(walk, 1_440);
    const at = (start: number) => walk[(start - walkStart) / minute];
    const [before, end] = [at(walkStart + 1_439 * minute), at(walkStart + 1_454 * minute)];
    if (before === undefined || end === undefined) throw new Error("bars");
    expect(first).toMatchObject({
      open: walkStart + 1_440 * minute,
      close: walkStart + 1_455 * minute,
      target: barAverage(before),
      settled: barAverage(end),
      outcome: barAverage(end) >= barAverage(before) ? 1 : 0,
    });
    // A tie is a Yes.
    const flat = walk.map((bar) => ({ ...bar, open: 5, high: 5, low: 5, close: 5 }));
    expect(quarterHours(flat, 0)[0]?.outcome).toBe(1);
    // A quarter-hour with a hole is none.
    const holed = walk.filter(({ start }) => start !== walkStart + 1_445 * minute);
    expect(quarterHours(holed, 1_440)).toHaveLength(quarterHours(walk, 1_440).length - 1);
  });
});

describe("cases", () => {
  it("are made at every horizon, and know nothing of what comes after", () => {
    expect(cases).toHaveLength(3 * 96 * horizons.length);
    const now = walkStart + 2_000 * minute;
    const changed = walk.map((bar) =>
      bar.start >= now
        ? { ...bar, open: bar.open * 2, high: bar.high * 2, low: bar.low * 2, close: bar.close * 2 }
        : bar,
    );
    const known = ({ close, secondsToClose }: Case) => close - secondsToClose * 1000 <= now;
    const unresolved = (list: readonly Case[]) => list.filter(known).map(({ outcome: _outcome, ...one }) => one);
    expect(unresolved(casesOf(changed))).toEqual(unresolved(cases));
  });

  it("do not look at the minute of their own instant", () => {
    const one = cases.find(({ secondsToClose }) => secondsToClose === 60);
    const bar = walk.find(({ start }) => start + minute === (one?.close ?? 0) - 60_000);
    expect(one?.price).toBe(bar?.close);
    expect(one?.outlook.mean).toBeCloseTo(bar?.close ?? 0, 6);
    expect(one?.outlook.variance).toBeCloseTo(60 - 40.4972, 3);
  });
});

describe("methods", () => {
  const one: Case = {
    close: 900_000,
    day: "2026-03-02",
    secondsToClose: 300,
    price: 80_100,
    target: 80_000,
    sigma: 1e-4,
    logReturn: 0.002,
    outlook: { mean: 80_100, variance: 259.5, openShare: 1, known: 0 },
    outcome: 1,
  };
  it("by hand", () => {
    // 20 bps: 0.5 + 20.02 / 800.
    expect(momentumOnly(one)).toBeCloseTo(0.525, 4);
    expect(momentumOnly({ logReturn: 0.5 })).toBe(0.85);
    expect(momentumOnly({ logReturn: null })).toBe(0.5);
    expect(withoutWindow(one)).toBeCloseTo(normalCdf(Math.log(80_100 / 80_000) / (1e-4 * Math.sqrt(300))), 12);
    const plain = {
      distribution: { ...inForce.distribution, wideShare: 0, studentWithinSeconds: 0 },
      momentum: { ...inForce.momentum, weights: [] },
    };
    const sd = 1e-4 * Math.sqrt(259.5);
    expect(deskProbability(one, plain)).toBeCloseTo(normalCdf((Math.log(80_100 / 80_000) - sd ** 2 / 2) / sd), 9);
  });

  it("fit the first part only, and within bounds", () => {
    const { first, second } = splitByDay(cases);
    const days = new Set(first.map(({ day }) => day));
    expect(second.filter(({ day }) => days.has(day))).toEqual([]);
    const fitted = fitParameters(first, () => undefined);
    for (const { weight } of fitted.momentum.weights) expect(Math.abs(weight)).toBeLessThanOrEqual(0.1);
    // On a walk of known volatility the variance is about right: the bars' averages are not quite those of sixty prints.
    expect(fitted.distribution.varianceScale).toBeGreaterThanOrEqual(0.7);
    expect(fitted.distribution.varianceScale).toBeLessThanOrEqual(1.2);
  });
});

describe("report", () => {
  const { first, second } = splitByDay(cases);
  const report = reportOn(first, second, inForce);

  it("scores a walk about as well as a walk can be", () => {
    const brier = (seconds: number) => report.horizons.find((one) => one.seconds === seconds)?.scores.desk.brier;
    expect(brier(900)?.mean).toBeLessThan(0.26);
    expect(brier(300)?.mean).toBeLessThan(0.17);
    expect(brier(60)?.mean).toBeLessThan(0.08);
    for (const { scores, differences, n } of report.horizons) {
      expect(n).toBe(second.length / horizons.length);
      for (const { brier: score, logLoss } of Object.values(scores)) {
        expect(score.low).toBeLessThanOrEqual(score.mean);
        expect(logLoss.high).toBeGreaterThanOrEqual(logLoss.mean);
      }
      // The parameters are the same: no difference.
      expect(differences.desk.mean).toBe(0);
      expect(differences.momentum.mean).toBeCloseTo(scores.fitted.brier.mean - scores.momentum.brier.mean, 12);
    }
  });

  it("holds the desk to the better constant, and to its limits", () => {
    const verdict = report.verdicts.find(({ seconds }) => seconds === 900);
    const constant = report.horizons[0]?.scores.constant.brier.mean ?? 0;
    expect(verdict?.limit).toBe(Math.min(0.25, constant));
    expect(report.verdicts.map(({ seconds }) => seconds)).toEqual([900, 300, 120, 60]);
    for (const { brier, limit, holds } of report.verdicts) expect(holds).toBe(brier <= limit);
    // One who always says No misses every one of them.
    const wrong = { ...inForce, distribution: { ...inForce.distribution, varianceScale: 1e6 } };
    expect(reportOn(first, second, wrong).verdicts.filter(({ holds }) => holds)).toEqual([]);
  });

  it("says when there is too little to say anything", () => {
    expect(() => reportOn([], second, inForce)).toThrow("too few bars");
  });
});

describe("fees of captured orders", () => {
  const head = "created_time,fill_count_fp,taker_fill_cost_dollars,taker_fees_dollars";
  const epochs = (...lines: string[]) => feesByEpoch(parseOrders([head, ...lines].join("\n")));
  it("by hand, and by the epoch of the rounding rule", () => {
    // 4 x 0.50: model fee 0.07. As one fill 0.07; contract by contract 0.02 each, since each cost is brought to the cent.
    expect(
      epochs("2026-04-19T23:48:15Z,4.00,2.000000,0.070000", "2026-04-19T23:48:15Z,4.00,2.000000,0.080000"),
    ).toEqual([
      {
        from: "2026-03-01T00:00:00Z",
        orders: 2,
        byExplanation: { one_fill: 1, two_prices: 0, single_contracts: 1, unexplained: 0 },
        ceilToCent: 1,
      },
    ]);
    // 33 at 0.13 and 2 at 0.12 cost 4.53: fee 0.280, cost and fee a whole cent.
    expect(epochs("2026-04-15T13:32:59Z,35.00,4.530000,0.280000")[0]?.byExplanation.two_prices).toBe(1);
    const after = epochs("2026-06-01T00:00:00Z,1.00,0.040000,0.002700", "2026-06-01T00:00:00Z,1.00,0.040000,0.010000");
    expect(after[0]).toMatchObject({ from: "2026-05-28T17:00:00Z", ceilToCent: 1 });
    expect(after[0]?.byExplanation).toEqual({ one_fill: 1, two_prices: 0, single_contracts: 0, unexplained: 1 });
  });

  it("leaves makers' orders out, and names a line that is none", () => {
    expect(epochs("2026-06-01T00:00:00Z,1.00,0.000000,0.000000")).toEqual([]);
    expect(() => epochs("2026-06-01T00:00:00Z,1.00,,0.000000")).toThrow("line 2");
    expect(() => epochs("yesterday,1.00,0.5,0.02")).toThrow('line 2: "yesterday" is no time');
    expect(() => parseOrders("created_time\n")).toThrow("the header lacks fill_count_fp");
  });

  const file = `${captures}/crypto/kalshi/kxbtc15m_order_fees_every_second.csv`;
  it.skipIf(!existsSync(file))(
    "come out to the last digit: 96 % as one fill, the rest by fills that cost as much",
    () => {
      const found = feesByEpoch(parseOrders(readFileSync(file, "utf8")));
      const sum = (of: (epoch: (typeof found)[number]) => number) =>
        found.reduce((total, epoch) => total + of(epoch), 0);
      const orders = sum((epoch) => epoch.orders);
      expect(sum(({ byExplanation }) => byExplanation.one_fill) / orders).toBeGreaterThan(0.95);
      expect(sum(({ byExplanation }) => byExplanation.unexplained) / orders).toBeLessThan(0.01);
      // After the switch every order is exact as it stands.
      for (const epoch of found.filter(({ from }) => from > "2026-05")) {
        expect(epoch.byExplanation.one_fill).toBe(epoch.orders);
      }
    },
  );
});

describe("inside the last minute", () => {
  /** A trade every fourth second or so, on a walk of 60 % a year. */
  const uniform = seededUniform(3);
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  let price = 80_000;
  const csv = Array.from({ length: 86_400 }, (_, second) => {
    price *= Math.exp((0.6 / Math.sqrt(365.25 * 86_400)) * normal());
    const shown = price.toFixed(2);
    return second === 40 || uniform() < 0.25 ? [`${second * 1000},${shown},${shown},${shown},${shown},1`] : [];
  })
    .flat()
    .join("\n");

  it("known prints are worth what they are", () => {
    const reports = lastMinuteReports(secondPrices(csv), walkStart);
    expect(reports.map(({ seconds }) => seconds)).toEqual([60, 45, 30, 15, 5]);
    for (const { n, seconds, scores } of reports) {
      // The first hour has no volatility yet.
      expect(n).toBeGreaterThan(85);
      if (seconds <= 30) expect(scores.desk.brier.mean).toBeLessThan(scores.spot.brier.mean);
    }
    expect(reports.at(-1)?.scores.desk.brier.mean).toBeLessThan(0.01);
  });

  it("does not look at seconds to come", () => {
    const prices = secondPrices(csv);
    const outcomes = (of: Float64Array) => lastMinuteReports(of, walkStart).map(({ scores }) => scores.desk.brier.mean);
    // Another price in a quarter-hour's last five seconds changes its outcome at most, never a forecast before.
    const changed = prices.map((one, second) => (second >= 86_395 ? one * 1.0000001 : one));
    expect(outcomes(changed)).toEqual(outcomes(prices));
  });

  it("fills seconds without a trade from before, and refuses what is no trade", () => {
    const prices = secondPrices("2000,1,1,1,5,1\n4000,1,1,1,7,1\n");
    expect([...prices.subarray(0, 6)]).toEqual([Number.NaN, Number.NaN, 5, 5, 7, 7]);
    expect(() => secondPrices("2000,1,1,1,0,1")).toThrow("line 1");
    expect(() => secondPrices("86400000,1,1,1,5,1")).toThrow("line 1");
  });

  const file = `${captures}/crypto/candles/lean_coinbase_btcusd_second_20161007_trade.csv.gz`;
  it.skipIf(!existsSync(file))("on the captured day the known prints beat the newest price clearly", () => {
    const reports = lastMinuteReports(
      secondPrices(gunzipSync(readFileSync(file)).toString("utf8")),
      Date.parse("2016-10-07T00:00:00Z"),
    );
    for (const { seconds, scores } of reports) {
      expect(scores.desk.brier.mean).toBeLessThan(scores.spot.brier.mean);
      expect(scores.desk.logLoss.mean).toBeLessThan(scores.spot.logLoss.mean);
      if (seconds === 5) expect(scores.desk.logLoss.mean).toBeLessThan(scores.locked.logLoss.mean);
    }
  });
});

describe("the captured history", () => {
  const folder = `${captures}/crypto/candles`;
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => /^btc_perp_1m.*\.csv\.gz$/.test(name)) : [];
  it.skipIf(files.length === 0)(
    "keeps every target out of sample, and is worse without the variance of the window",
    () => {
      const bars = parseBars(gunzipSync(readFileSync(`${folder}/${files[0] ?? ""}`)).toString("utf8"));
      const { first, second } = splitByDay(casesOf(bars));
      const report = reportOn(
        first,
        second,
        fitParameters(first, () => undefined),
      );
      expect(report.verdicts.filter(({ holds }) => !holds)).toEqual([]);
      // The interval of the difference at 60 s lies wholly below 0.
      expect(report.horizons.find(({ seconds }) => seconds === 60)?.differences.no_window.high).toBeLessThan(0);
      expect(report.horizons.every(({ differences }) => differences.momentum.high < 0)).toBe(true);
    },
  );
});
