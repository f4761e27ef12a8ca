/**
 * The day-ahead model's parameters of one station from its past: per lead bucket EMOS for each model, the mixture's weights
 * by expectation-maximisation of the likelihood of the whole degree that came (Raftery et al. 2005, MWR 133), the factor on
 * the spread by the same likelihood. All are drawn to the prior, which a few weeks outweigh and a few days do not.
 */
import { normalCdf } from "../../stats/normal.ts";
import { crps } from "../../stats/scoring.ts";
import { bucketOf, blendName, componentKernels, mixtureKernels, type ModelHigh } from "../day-ahead.ts";
import { fitEmos } from "../emos.ts";
import { type Kernel, kernelPmf } from "../high-pmf.ts";
import type { ComponentParameters, DayAheadBucket, DayAheadParameters } from "../parameters.ts";
import type { Dated } from "./held-out.ts";

export interface DayAheadCase extends Dated {
  leadHours: number;
  /** What the models said at that lead; not empty. */
  highs: readonly ModelHigh[];
  /** Last corrected report, whole °F. */
  officialF: number;
}

/** Climate days that the scored fit needs. */
export const minDays = 10;
/** Newest days that count: 40 to 60 in the literature (Gneiting et al. 2005); longer windows mix seasons. */
const windowDays = 60;

/** Days that the prior's weights count for. */
const WEIGHT_DAYS = 20;
/** Standard deviation of the prior of ln spread. */
const SPREAD_TOLERANCE = 0.15;
const MAX_ITERATIONS = 200;

/**
 * Days on which a model became another: cases of before are not carried over to after, and those within belong to neither.
 * The blend's version 5.0 came in April and May 2026.
 */
const breaks: readonly { model: string; from: string; until: string }[] = [
  { model: blendName, from: "2026-04-01", until: "2026-06-01" },
];

function isOtherSide(model: string, date: string, newest: string): boolean {
  return breaks.some((one) => one.model === model && date < one.until && newest >= one.from);
}

/** P(whole °F = value). */
function massAt(kernels: readonly Kernel[], value: number): number {
  return kernels.reduce((sum, { centre, sd, weight }) => {
    // Seen from the nearer tail, where the cdf keeps its digits.
    const distance = Math.abs(value - centre);
    return sum + weight * (normalCdf((0.5 - distance) / sd) - normalCdf((-0.5 - distance) / sd));
  }, 0);
}

/** EMOS on what the prior makes of the forecast: its corrections are those to the prior's. */
function fitComponent(cases: readonly DayAheadCase[], model: string, prior: ComponentParameters): ComponentParameters {
  const own = cases.flatMap(({ highs, officialF }) =>
    highs
      .filter((high) => high.model === model)
      .map(({ mean, variance }) => ({
        forecast: prior.a + prior.b * mean,
        variance: prior.d * variance,
        observed: officialF,
      })),
  );
  const { a, b, c, d } = fitEmos(own, { sd: Math.sqrt(prior.c) });
  return { a: a + b * prior.a, b: b * prior.b, c, d: d * prior.d, weight: prior.weight };
}

/** A day on which a model was missing says nothing of its weight: the model keeps its share there. */
function fitWeights(cases: readonly DayAheadCase[], bucket: DayAheadBucket): Record<string, number> {
  const names = Object.keys(bucket.models);
  const prior = names.map((name) => bucket.models[name]?.weight ?? 0);
  const masses = cases.map(({ highs, officialF }) =>
    names.map((name) => {
      const high = highs.find(({ model }) => model === name);
      const parameters = bucket.models[name];
      return high === undefined || parameters === undefined
        ? undefined
        : massAt(componentKernels(high, parameters, bucket.spread), officialF);
    }),
  );
  let weights = prior;
  for (let iteration = 0; iteration < MAX_ITERATIONS; iteration++) {
    const counts = prior.map((weight) => WEIGHT_DAYS * weight);
    for (const row of masses) {
      const there = row.reduce<number>((sum, mass, index) => sum + (mass === undefined ? 0 : (weights[index] ?? 0)), 0);
      const total = row.reduce<number>((sum, mass, index) => sum + (mass ?? 0) * (weights[index] ?? 0), 0);
      row.forEach((mass, index) => {
        const weight = weights[index] ?? 0;
        // Where no model gave the outcome any chance, the day says nothing of the weights.
        const part = mass === undefined || total === 0 ? weight : (there * mass * weight) / total;
        counts[index] = (counts[index] ?? 0) + part;
      });
    }
    const next = counts.map((count) => count / (WEIGHT_DAYS + masses.length));
    const moved = Math.max(...next.map((weight, index) => Math.abs(weight - (weights[index] ?? 0))));
    weights = next;
    if (moved < 1e-7) break;
  }
  return Object.fromEntries(names.map((name, index) => [name, weights[index] ?? 0]));
}

/** Golden section on ln spread. */
function fitSpread(cases: readonly DayAheadCase[], bucket: DayAheadBucket): number {
  const loss = (logSpread: number) => {
    const spread = Math.exp(logSpread);
    const surprise = cases.reduce((sum, { highs, officialF }) => {
      const mass = massAt(mixtureKernels(highs, { ...bucket, spread }), officialF);
      return sum - Math.log(Math.max(mass, 1e-12));
    }, 0);
    return surprise + 0.5 * ((logSpread - Math.log(bucket.spread)) / SPREAD_TOLERANCE) ** 2;
  };
  const golden = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [Math.log(0.5), Math.log(2)];
  while (high - low > 1e-4) {
    const [a, b] = [high - golden * (high - low), low + golden * (high - low)];
    if (loss(a) < loss(b)) high = b;
    else low = a;
  }
  return Math.exp((low + high) / 2);
}

function fitBucket(given: readonly DayAheadCase[], prior: DayAheadBucket): DayAheadBucket {
  const cases = given.filter(({ highs }) => highs.some(({ model }) => prior.models[model] !== undefined));
  if (cases.length === 0) return prior;
  const corrected = Object.fromEntries(
    Object.entries(prior.models).map(([name, parameters]) => [name, fitComponent(cases, name, parameters)]),
  );
  const weights = fitWeights(cases, { ...prior, models: corrected });
  const models = Object.fromEntries(
    Object.entries(corrected).map(([name, parameters]) => [name, { ...parameters, weight: weights[name] ?? 0 }]),
  );
  const weighed = { ...prior, models };
  return { ...weighed, spread: fitSpread(cases, weighed) };
}

/** @param cases of one station, any leads; the newest `windowDays` days count */
export function fitDayAhead(cases: readonly DayAheadCase[], prior: DayAheadParameters): DayAheadParameters {
  const days = [...new Set(cases.map(({ date }) => date))].sort();
  const newest = days.at(-1) ?? "";
  const first = days.at(-windowDays) ?? "";
  const usable = cases
    .filter(({ date }) => date >= first)
    .map((one) => ({ ...one, highs: one.highs.filter(({ model }) => !isOtherSide(model, one.date, newest)) }))
    .filter(({ highs }) => highs.length > 0);
  const byBucket = Map.groupBy(usable, ({ leadHours }) => bucketOf(prior, leadHours).fromHours);
  return { buckets: prior.buckets.map((bucket) => fitBucket(byBucket.get(bucket.fromHours) ?? [], bucket)) };
}

/** CRPS of the mixture, °F. */
export function dayAheadLosses(
  parameters: DayAheadParameters,
  { highs, leadHours, officialF }: DayAheadCase,
): [number] {
  const { pmfLow, pmf } = kernelPmf(mixtureKernels(highs, bucketOf(parameters, leadHours)));
  return [crps(pmfLow, pmf, officialF)];
}
