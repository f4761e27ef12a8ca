/**
 * Hours before a close: thresholds and ranges of hourly closes of a captured history, forecast as the desk does it. Whether
 * a price goes up is a coin there; what is asked is how far it may go.
 */
import type { Interval } from "../../stats/bootstrap.ts";
import { normalCdf } from "../../stats/normal.ts";
import { brierScore, logLoss } from "../../stats/scoring.ts";
import { type DistributionParameters, distributionParameters } from "../parameters.ts";
import { settlementDistribution, survival } from "../pricing.ts";
import { averageOutlook, type AverageOutlook } from "../settlement-average.ts";
import { type Bar, barAverage } from "./bars.ts";
import { type Case, knownAt } from "./cases.ts";
import { byDay, splitByDay } from "./report.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** Seconds before the close. */
const hourHorizons = [1_800, 3_600, 21_600, 86_400] as const;
/** As the daily thresholds stand, and so many on each side of the price. */
const thresholdWidth = 250;
const thresholdsASide = 8;
/** As ranges stand, $. */
const rangeWidth = 100;
/** Central intervals, %. */
export const levels = [50, 90] as const;

export const hourMethods = {
  climate: "the changes over as many hours in the first part, as they were",
  sqrt: "Gaussian of variance σ²τ, one volatility for all: the first part's",
  gaussian: "the desk's distribution with a Gaussian in the place of Student's t",
  desk: "the desk's distribution, parameters in force",
  fitted: "the same, shape and variance chosen on the first part",
} as const;
export type HourMethod = keyof typeof hourMethods;
const methodNames = Object.keys(hourMethods) as HourMethod[];

export interface HourCase extends Pick<Case, "close" | "day" | "secondsToClose" | "price" | "sigma"> {
  outlook: AverageOutlook;
  /** Average of the last minute, $. */
  settled: number;
}

/** P(settlement ≥ value), value in $. */
type Survival = (value: number) => number;

/** Every whole hour of the bars at every horizon that has a day of history before it. */
export function hourCases(bars: readonly Bar[]): HourCase[] {
  const known = knownAt(bars);
  return bars.flatMap((bar): HourCase[] => {
    const close = bar.start + minuteMs;
    if (close % hourMs !== 0) return [];
    return hourHorizons.flatMap((secondsToClose) => {
      const now = close - secondsToClose * 1000;
      const then = known(now);
      if (then === undefined) return [];
      const { price, sigma } = then;
      return [
        {
          close,
          day: new Date(close).toISOString().slice(0, 10),
          secondsToClose,
          price,
          sigma,
          outlook: averageOutlook({ closeTime: close, observed: { at: now, value: price }, prints: [] }),
          settled: barAverage(bar),
        },
      ];
    });
  });
}

/** No momentum: its weight is 0 from half an hour on. */
function deskSurvival({ outlook, sigma, secondsToClose }: HourCase, parameters: DistributionParameters): Survival {
  const input = { outlook, sigma, noiseBps: 0, shift: 0, secondsToClose };
  const distribution = settlementDistribution(input, parameters);
  return (value) => survival(distribution, value);
}

/** Mean Brier score of the thresholds around the price. */
function thresholdBrier(above: Survival, { price, settled }: HourCase): number {
  const below = Math.floor(price / thresholdWidth);
  let sum = 0;
  for (let step = 1 - thresholdsASide; step <= thresholdsASide; step++) {
    const threshold = (below + step) * thresholdWidth;
    sum += brierScore(above(threshold), settled >= threshold ? 1 : 0);
  }
  return sum / (2 * thresholdsASide);
}

/** Log loss of the range in which it settled, nats. */
function rangeLogLoss(above: Survival, { settled }: HourCase): number {
  const from = Math.floor(settled / rangeWidth) * rangeWidth;
  return logLoss(Math.max(0, above(from) - above(from + rangeWidth)), 1);
}

/** Share of the central interval of that level that holds what came: 0 or 1. */
const covers = (above: Survival, { settled }: HourCase, level: number) =>
  Math.abs(above(settled) - 0.5) <= level / 200 ? 1 : 0;

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Shape and factor on the variance of least log loss; of equals the first, which is the Gaussian. */
function fitShape(cases: readonly HourCase[]): DistributionParameters {
  const candidates = [null, 8, 6, 4].flatMap((degreesOfFreedom) =>
    [1, 0.8, 1.2].map((varianceScale) => ({
      ...distributionParameters,
      varianceScale,
      ...(degreesOfFreedom === null ? { studentBeyondSeconds: Infinity } : { degreesOfFreedom }),
    })),
  );
  const loss = (parameters: DistributionParameters) =>
    mean(cases.map((one) => rangeLogLoss(deskSurvival(one, parameters), one)));
  const losses = candidates.map(loss);
  return candidates[losses.indexOf(Math.min(...losses))] ?? distributionParameters;
}

export interface HourScore {
  brier: Interval;
  /** Null of the first part's changes: most ranges hold none of them. */
  rangeLogLoss: Interval | null;
  /** Share of outcomes inside the central interval of each level, in %. */
  coverage: Record<(typeof levels)[number], Interval>;
}

export interface HourReport {
  seconds: number;
  /** What was chosen on the first part. */
  fitted: Pick<DistributionParameters, "varianceScale"> & { degreesOfFreedom: number | null };
  /** Closes scored, and how many of them have no hour in common. */
  n: number;
  apart: number;
  scores: Record<HourMethod, HourScore>;
  /** Brier score of the desk minus that of the other, and log loss minus the Gaussian's; below 0 the desk is better. */
  differences: Record<Exclude<HourMethod, "desk">, Interval>;
  gaussianLogLoss: Interval;
}

/** Closes that lie a horizon apart. */
function apartOf(cases: readonly HourCase[], seconds: number): number {
  let [apart, last] = [0, -Infinity];
  for (const { close } of cases) {
    if (close - last < seconds * 1000) continue;
    apart += 1;
    last = close;
  }
  return apart;
}

const daysOf = (cases: readonly HourCase[]) => new Set(cases.map(({ day }) => day)).size;

/**
 * Scores of the second half of the days, by horizon; one without two days in each half is left out. What is forecast in
 * the first half and settles in the second belongs to neither.
 */
export function hourReports(cases: readonly HourCase[]): HourReport[] {
  const { first, second } = splitByDay(cases);
  const [earliest] = second;
  const begins = earliest === undefined ? Infinity : Date.parse(earliest.day);
  return hourHorizons.flatMap((seconds): HourReport[] => {
    const past = first.filter(({ secondsToClose }) => secondsToClose === seconds);
    const scored = second.filter(
      ({ secondsToClose, close }) => secondsToClose === seconds && close - seconds * 1000 >= begins,
    );
    if (daysOf(past) < 2 || daysOf(scored) < 2) return [];
    const changes = past.map(({ settled, price }) => settled / price);
    const volatility = Math.sqrt(mean(past.map(({ sigma }) => sigma ** 2)));
    const parameters = fitShape(past);
    const says: Record<HourMethod, (one: HourCase) => Survival> = {
      climate:
        ({ price }) =>
        (value) =>
          mean(changes.map((change) => (price * change >= value ? 1 : 0))),
      sqrt:
        ({ price }) =>
        (value) =>
          normalCdf(Math.log(price / value) / (volatility * Math.sqrt(seconds))),
      gaussian: (one) => deskSurvival(one, { ...distributionParameters, studentBeyondSeconds: Infinity }),
      desk: (one) => deskSurvival(one, distributionParameters),
      fitted: (one) => deskSurvival(one, parameters),
    };
    const of = (value: (one: HourCase) => number) => byDay(scored.map((one) => ({ day: one.day, value: value(one) })));
    const brierOf = (method: HourMethod, one: HourCase) => thresholdBrier(says[method](one), one);
    const scores = methodNames.map((method): [HourMethod, HourScore] => [
      method,
      {
        brier: of((one) => brierOf(method, one)),
        rangeLogLoss: method === "climate" ? null : of((one) => rangeLogLoss(says[method](one), one)),
        coverage: Object.fromEntries(
          levels.map((level) => [level, of((one) => 100 * covers(says[method](one), one, level))]),
        ) as HourScore["coverage"],
      },
    ]);
    const difference = (method: HourMethod) => of((one) => brierOf("desk", one) - brierOf(method, one));
    return [
      {
        seconds,
        fitted: {
          varianceScale: parameters.varianceScale,
          degreesOfFreedom: parameters.studentBeyondSeconds === Infinity ? null : parameters.degreesOfFreedom,
        },
        n: scored.length,
        apart: apartOf(scored, seconds),
        scores: Object.fromEntries(scores) as Record<HourMethod, HourScore>,
        differences: {
          climate: difference("climate"),
          sqrt: difference("sqrt"),
          gaussian: difference("gaussian"),
          fitted: difference("fitted"),
        },
        gaussianLogLoss: of((one) => rangeLogLoss(says.desk(one), one) - rangeLogLoss(says.gaussian(one), one)),
      },
    ];
  });
}
