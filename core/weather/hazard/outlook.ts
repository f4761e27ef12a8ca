/**
 * What the day's readings so far say of its official high. The high is the larger of what has been and what is to come;
 * given the present residual the two are taken as independent:
 *
 *   P(high <= k) = P(official so far <= k) · P(nothing unseen went above) · P(no later step goes above)
 *
 * Later steps: the day's table, its levels moved by the peak offset's mean; the offset's spread, without the feed's
 * rounding, is given to them as −1, 0 or +1 °F with the same mean and variance, so that they need no levels of their own.
 */
import { normalCdf } from "../../stats/normal.ts";
import { ahead, type Coefficients, largestSpread, stepsPerDay } from "./coefficients.ts";
import type { DayTable, ResidualLaw } from "./day-table.ts";
import type { UnseenPaths } from "./killed-density.ts";
import { betweenReadingsSd, type PeakOffset } from "./peak-offset.ts";
import { heldReach } from "./residual-grid.ts";
import { dayTable } from "./table-memo.ts";

/** How many spreads of the residual around the baseline's peak the whole degrees go. */
const RANGE_SD = 4;
/** So far above what is certain of the past the whole degrees go at least, °F: the peak offset lies within. */
const ABOVE_CERTAIN_F = 8;
/**
 * Levels begin and end at multiples of this, °F, and tables at multiples of this, steps (six hours): jobs that know a
 * little more than the one before ask for the same table.
 */
const LEVEL_BLOCK = 4;
const STEP_BLOCK = 72;
/** A table for a residual out of the usual reach holds so many times as much, and again if need be. */
const WIDER = 1.5;
/** Whole degrees so improbable as the present high count for nothing in the hazard. */
const NEGLIGIBLE = 1e-4;
const HAZARD_STEPS = 12;

/** A path that goes above the lowest level before the table begins, and not after, is more improbable than this. */
const UNSEEN_BEFORE = 1e-6;

/** The path and the law that a day is followed with. */
export interface DayModel {
  /** °F by step. */
  baseline: Float64Array;
  coefficients: Coefficients;
  peakOffset: PeakOffset;
}

/** A day's model made ready for what is known: the day's table from about now on. */
export interface IntradayModel {
  table: DayTable;
  /** Whole °F of the table's first level. */
  lowestF: number;
  peakOffset: PeakOffset;
}

export interface Hazard {
  /** P(the official maximum rises within the next step). */
  newMaximumIn5: number;
  /** … within the next twelve. */
  newMaximumIn60: number;
}

/** @throws when the offset makes no sense. */
export function checkPeakOffset({ meanF, sdF }: PeakOffset): void {
  if (!(sdF > 0 && sdF <= 1 && Number.isFinite(meanF)))
    throw new RangeError(`peak offset: mean ${meanF}, sd ${sdF} °F; the sd must lie in (0, 1]`);
}

const down = (value: number) => Math.floor(value / LEVEL_BLOCK) * LEVEL_BLOCK;

/**
 * The last step before which the temperature stays below the lowest level as good as surely, from a law of the residual
 * on: in the small hours the afternoon's degrees are far, and a day need not be solved there. By the union bound.
 */
function firstCut({ baseline, coefficients: { phi, sigma } }: DayModel, law: ResidualLaw, level: number): number {
  let { mean } = law;
  let variance = law.sd ** 2;
  let above = 0;
  let step = law.step;
  for (; step < stepsPerDay - 1; step++) {
    above += normalCdf((mean + (baseline[step] ?? 0) - level) / Math.sqrt(variance));
    if (above > UNSEEN_BEFORE) break;
    mean *= phi[step] ?? 0;
    variance = (phi[step] ?? 0) ** 2 * variance + (sigma[step] ?? 0) ** 2;
  }
  return step;
}

/**
 * Everything below is a function of what is known alone, so that an answer does not depend on who asked before.
 * @param known the law at the next step that is not seen yet, what is certain of the past (°F), and the largest residual
 * of either sign that the table must hold
 * @throws what `buildDayTable` throws
 */
export function modelFor(
  model: DayModel,
  known: { law: ResidualLaw; leastF: number; coldest: number; warmest: number },
): IntradayModel {
  const { baseline, coefficients, peakOffset } = model;
  const spread = largestSpread(coefficients);
  const wide = (residual: number) => {
    let reach = heldReach(coefficients);
    if (residual <= reach) return 0;
    while (reach < residual) reach *= WIDER;
    return reach;
  };
  const [below, above] = [wide(-known.coldest), wide(known.warmest)];
  const peak = Math.max(...baseline) + peakOffset.meanF;
  // The first level lies below all that is possible: what it has no colder neighbour for is 0.
  const lowestF = Math.max(down(peak - Math.max(RANGE_SD * spread, below)), down(known.leastF - 1));
  const top = Math.max(peak + Math.max(RANGE_SD * spread, above), known.leastF + ABOVE_CERTAIN_F);
  const levels = Float64Array.from(
    { length: down(top) + LEVEL_BLOCK - lowestF },
    (_, index) => lowestF + index + 0.5 - peakOffset.meanF,
  );
  const needed = firstCut(model, known.law, levels[0] ?? Number.NaN);
  const fromStep = Math.floor(Math.min(needed, stepsPerDay - 1) / STEP_BLOCK) * STEP_BLOCK;
  const table = dayTable({ baseline, coefficients, levels, fromStep, mustReach: Math.max(below, above) });
  return { table, lowestF, peakOffset };
}

/** P(high = lowestF + i), into an array of one more than the levels, whose last one holds everything warmer. */
export type PmfLookup = (into: Float64Array) => void;

/**
 * The distribution of the day's high, made ready for lookups.
 * @param official P(so far <= k) by level
 * @param law of the residual at the next step
 */
export function lookup({ table, peakOffset }: IntradayModel, official: Float64Array, law: ResidualLaw): PmfLookup {
  const count = table.levels.length;
  const survival = new Float64Array(count);
  const side = betweenReadingsSd(peakOffset) ** 2 / 2;
  const from = law.step < table.fromStep ? ahead(table.coefficients, law, table.fromStep) : law;
  return (into) => {
    table.survival(from, survival);
    let before = 0;
    let colder = 0;
    for (let index = 0; index < count; index++) {
      const here = survival[index] as number;
      const warmer = index + 1 < count ? (survival[index + 1] as number) : 1;
      const later = here + side * (colder - 2 * here + warmer);
      // Rounding may leave a cdf that falls by 1e-5 between two levels.
      const cdf = Math.min(1, Math.max(before, (official[index] as number) * later));
      into[index] = cdf - before;
      before = cdf;
      colder = here;
    }
    into[count] = 1 - before;
  };
}

/**
 * The official maximum at the present step is k and stays k: the part that was seen is at most k, and what follows it
 * stays at or below k, less the paths on which all of it until now stays below k.
 * @param official P(so far <= k) by level, as far as it was seen
 * @param unseen the paths since then, on the table's grid
 * @param now the present step
 */
export function hazard({ table }: IntradayModel, official: Float64Array, unseen: UnseenPaths, now: number): Hazard {
  let [newMaximumIn5, newMaximumIn60] = [0, 0];
  const survivals = (until: number, later: number) => {
    const [unseenF, laterF] = [table.levels[until] ?? -Infinity, table.levels[later] ?? Infinity];
    const found = unseen.survival({ unseenF, laterF }, { now, steps: HAZARD_STEPS });
    return (steps: number) => found[steps] ?? found.at(-1) ?? 1;
  };
  for (const index of table.levels.keys()) {
    const [cdf, colder] = [official[index] ?? 0, official[index - 1] ?? 0];
    if (cdf < NEGLIGIBLE) continue;
    const here = survivals(index, index);
    // Without anything unseen the colder paths are the same ones.
    const under = unseen.law.step > now || colder === 0 ? here : survivals(index - 1, index);
    const stayed = (steps: number) => cdf * here(steps) - colder * under(steps);
    newMaximumIn5 += stayed(0) - stayed(1);
    newMaximumIn60 += stayed(0) - stayed(HAZARD_STEPS);
    if (cdf * here(0) > 1 - NEGLIGIBLE) break;
  }
  return { newMaximumIn5: Math.max(0, newMaximumIn5), newMaximumIn60: Math.max(0, newMaximumIn60) };
}
