/** Scores of the forecasts by time to the close, with intervals. */
import { blockBootstrap, type Interval } from "../../stats/bootstrap.ts";
import { brierScore, isClipped, logLoss } from "../../stats/scoring.ts";
import { reliability, type ReliabilityBin } from "../../stats/reliability.ts";
import { type Case, horizons } from "./cases.ts";
import { deskProbability, inForce, type ModelParameters, momentumOnly, withoutWindow } from "./methods.ts";

const replicates = 2_000;
const seed = 20_220_116;

export const methods = {
  constant: "the share of Yes in the first part",
  momentum: "0.5 + five-minute return in bps / 800, cut to ±0.35: knows neither target nor time",
  no_window: "Gaussian of the price at the close, variance σ²τ: the settlement is not taken for an average",
  desk: "the desk's distribution, parameters in force",
  fitted: "the same, parameters fitted on the first part",
} as const;
export type Method = keyof typeof methods;
const methodNames = Object.keys(methods) as Method[];

/** Brier scores that the desk is to reach; at 900 s no worse than the better one of the constants. */
const limits: Readonly<Record<number, number>> = { 300: 0.135, 120: 0.069, 60: 0.031 };

export interface Score {
  brier: Interval;
  logLoss: Interval;
  /** Forecasts that gave the outcome less than `logLossClip`, and were scored as that. */
  clipped: number;
}

export interface HorizonReport {
  seconds: number;
  n: number;
  scores: Record<Method, Score>;
  /** Brier of the fitted desk minus that of the other; below 0 the desk is better. */
  differences: Record<Exclude<Method, "fitted">, Interval>;
  reliability: ReliabilityBin[];
}

export interface Verdict {
  seconds: number;
  brier: number;
  limit: number;
  holds: boolean;
}

export interface Report {
  fittedOn: { quarters: number; from: number; until: number };
  scoredOn: { quarters: number; days: number; from: number; until: number };
  /** Share of Yes. */
  shareOfYes: { fittedOn: number; scoredOn: number };
  parameters: ModelParameters;
  horizons: HorizonReport[];
  verdicts: Verdict[];
}

/** The first whole days that hold about half of the cases, and the days after them. */
export function splitByDay<T extends Pick<Case, "day">>(cases: readonly T[]): { first: T[]; second: T[] } {
  const middle = cases[cases.length >> 1];
  if (middle === undefined) return { first: [], second: [] };
  return {
    first: cases.filter(({ day }) => day < middle.day),
    second: cases.filter(({ day }) => day >= middle.day),
  };
}

/** Whole days are drawn: what happens in one day is not independent. */
export function byDay(rows: readonly { day: string; value: number }[]): Interval {
  const blocks = [...Map.groupBy(rows, ({ day }) => day)].map(([id, of]) => ({
    id,
    sum: of.reduce((sum, { value }) => sum + value, 0),
    n: of.length,
  }));
  const interval = blockBootstrap({ blocks, replicates, seed });
  if (interval === undefined) throw new Error("there is nothing to score");
  return interval;
}

const shareOf = (cases: readonly Case[]) => cases.reduce((sum, { outcome }) => sum + outcome, 0) / cases.length;
const quartersOf = (cases: readonly Case[]) => new Set(cases.map(({ close }) => close)).size;
const spanOf = (cases: readonly Case[]) => ({
  quarters: quartersOf(cases),
  from: Math.min(...cases.map(({ close }) => close)),
  until: Math.max(...cases.map(({ close }) => close)),
});

export function reportOn(first: readonly Case[], second: readonly Case[], parameters: ModelParameters): Report {
  if (first.length === 0 || second.length === 0) {
    throw new Error("too few bars: two days beyond the first are needed, one to fit on and one to score on");
  }
  const share = shareOf(first);
  const forecast: Record<Method, (one: Case) => number> = {
    constant: () => share,
    momentum: momentumOnly,
    no_window: withoutWindow,
    desk: (one) => deskProbability(one, inForce),
    fitted: (one) => deskProbability(one, parameters),
  };
  const reports = horizons.map((seconds): HorizonReport => {
    const cases = second.filter(({ secondsToClose }) => secondsToClose === seconds);
    const said = Object.fromEntries(methodNames.map((method) => [method, cases.map(forecast[method])])) as Record<
      Method,
      number[]
    >;
    const mean = (value: (index: number, one: Case) => number) =>
      byDay(cases.map((one, index) => ({ day: one.day, value: value(index, one) })));
    const brierOf = (method: Method, index: number, { outcome }: Case) =>
      brierScore(said[method][index] ?? Number.NaN, outcome);
    const scores = Object.fromEntries(
      methodNames.map((method): [Method, Score] => [
        method,
        {
          brier: mean((index, one) => brierOf(method, index, one)),
          logLoss: mean((index, one) => logLoss(said[method][index] ?? Number.NaN, one.outcome)),
          clipped: cases.filter(({ outcome }, index) => isClipped(said[method][index] ?? Number.NaN, outcome)).length,
        },
      ]),
    ) as Record<Method, Score>;
    const difference = (method: Method) =>
      mean((index, one) => brierOf("fitted", index, one) - brierOf(method, index, one));
    return {
      seconds,
      n: cases.length,
      scores,
      differences: {
        constant: difference("constant"),
        momentum: difference("momentum"),
        no_window: difference("no_window"),
        desk: difference("desk"),
      },
      reliability: reliability(
        cases.map(({ outcome }, index) => ({ probability: said.fitted[index] ?? Number.NaN, outcome })),
      ),
    };
  });
  const verdicts = reports.flatMap(({ seconds, scores }): Verdict[] => {
    const brier = scores.fitted.brier.mean;
    // One half is a constant, too, and knows nothing of the first part.
    const limit = seconds === 900 ? Math.min(scores.constant.brier.mean, 0.25) : limits[seconds];
    return limit === undefined ? [] : [{ seconds, brier, limit, holds: brier <= limit }];
  });
  return {
    fittedOn: spanOf(first),
    scoredOn: { ...spanOf(second), days: new Set(second.map(({ day }) => day)).size },
    shareOfYes: { fittedOn: share, scoredOn: shareOf(second) },
    parameters,
    horizons: reports,
    verdicts,
  };
}
