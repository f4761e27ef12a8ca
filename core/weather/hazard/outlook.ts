/**
 * What the day's readings so far say of its official high. The high is the larger of what has been and what is to come;
 * given the last residual the two are taken as independent:
 *
 *   P(high <= k) = P(official so far <= k) · P(nothing unseen went above) · P(no later step goes above)
 *
 * Official so far: the feed's maximum plus the peak offset, held within the interval that is certain. Later steps: the
 * day's table, its levels moved by the offset's mean; the offset's spread is given to them as −1, 0 or +1 °F with the
 * same mean and variance, so that they need no levels of their own.
 */
import { normalCdf } from "../../stats/normal.ts";
import { ahead, type Coefficients, largestSpread, stepsPerDay } from "./coefficients.ts";
import { buildDayTable, type DayTable, type ResidualLaw } from "./day-table.ts";
import { survivalBySteps, survivalOfGap } from "./killed-density.ts";
import type { PeakOffset } from "./peak-offset.ts";

/** Half an hour. What goes unseen in shorter gaps is part of the peak offset. */
const GAP_STEPS = 6;
/** How many spreads of the residual around the baseline's peak the whole degrees go. */
const RANGE_SD = 4;
/** Whole degrees so improbable as the present high count for nothing in the hazard. */
const NEGLIGIBLE = 1e-4;
const HAZARD_STEPS = 12;

export interface IntradayModel {
  table: DayTable;
  /** Whole °F of the table's first level. */
  lowestF: number;
  peakOffset: PeakOffset;
}

/** One reading of the feed. */
export interface FeedReading {
  /** Step of the climate day, 0 … 287. */
  step: number;
  /** As the feed gives it, °F. */
  temperatureF: number;
  /** The whole °F that the sensor can have held: the smallest and the largest. */
  leastF: number;
  mostF: number;
}

/** All that the model keeps of a day's readings. */
export interface DaySoFar {
  last: { step: number; residual: number } | null;
  /** °F; -Infinity before the first reading. */
  feedMaxF: number;
  /** The official maximum so far is certainly at least this: of the readings, a six-hour group, a summary message. */
  leastF: number;
  /** … and at most this; Infinity when nothing bounds it: a feed with steps between its readings does not. */
  mostF: number;
  /** By level: P(nothing unseen in a gap went above it). */
  unseen: Float64Array;
}

export interface Outlook {
  /** Whole °F of pmf[0], in which everything colder is counted. */
  pmfLow: number;
  /** Of the official high; in the last one everything warmer is counted. Sums to 1. */
  pmf: number[];
  /**
   * P(the official maximum rises within the next step); null before the first reading and when the last one is half an
   * hour old: what there is to be exceeded is not known then.
   */
  newMaximumIn5: number | null;
  /** … within the next twelve. */
  newMaximumIn60: number | null;
}

/** @throws what `buildDayTable` throws, or when the offset makes no sense. */
export function buildIntradayModel(input: {
  baseline: Float64Array;
  coefficients: Coefficients;
  peakOffset: PeakOffset;
  mustReach?: number;
}): IntradayModel {
  const { baseline, coefficients, peakOffset, mustReach = 0 } = input;
  const { meanF, sdF } = peakOffset;
  if (!(sdF > 0 && sdF <= 1 && Number.isFinite(meanF)))
    throw new RangeError(`peak offset: mean ${meanF}, sd ${sdF} °F; the sd must lie in (0, 1]`);
  const reach = Math.max(RANGE_SD * largestSpread(coefficients), mustReach);
  const peak = Math.max(...baseline) + meanF;
  const lowestF = Math.floor(peak - reach);
  const count = Math.ceil(peak + reach) - lowestF + 1;
  const levels = Float64Array.from({ length: count }, (_, index) => lowestF + index + 0.5 - meanF);
  return { table: buildDayTable({ baseline, coefficients, levels, mustReach }), lowestF, peakOffset };
}

export function startOfDay({ table }: IntradayModel): DaySoFar {
  return {
    last: null,
    feedMaxF: -Infinity,
    leastF: -Infinity,
    mostF: Infinity,
    unseen: new Float64Array(table.levels.length).fill(1),
  };
}

/** The law of the residual at the first step after the last reading. */
function nextLaw({ coefficients }: DayTable, { last }: Pick<DaySoFar, "last">): ResidualLaw {
  if (last === null) return { step: 0, mean: 0, sd: coefficients.startSd };
  return ahead(coefficients, { step: last.step, mean: last.residual, sd: 0 }, last.step + 1);
}

/**
 * The day with one more reading. Steps that went unseen since the last one count with what may have happened there,
 * given both ends.
 * @throws when the reading is older than the last one, or no reading of that day.
 */
export function observe(model: IntradayModel, soFar: DaySoFar, reading: FeedReading): DaySoFar {
  const { table } = model;
  const { step, temperatureF, leastF, mostF } = reading;
  if (!(Number.isInteger(step) && step >= 0 && step < stepsPerDay))
    throw new RangeError(`reading at step ${step}; a day has steps 0 to ${stepsPerDay - 1}`);
  if (!Number.isFinite(temperatureF))
    throw new RangeError(`reading at step ${step}: ${temperatureF} °F is no temperature`);
  if (soFar.last !== null && step < soFar.last.step)
    throw new RangeError(`reading at step ${step} after one at step ${soFar.last.step}: readings must come in order`);
  const residual = temperatureF - (table.baseline[step] ?? Number.NaN);
  const law = nextLaw(table, soFar);
  const unseen =
    step - law.step < GAP_STEPS
      ? soFar.unseen
      : soFar.unseen.map(
          (before, index) => before * survivalOfGap(table, table.levels[index] ?? 0, law, { step, residual }),
        );
  return {
    last: { step, residual },
    feedMaxF: Math.max(soFar.feedMaxF, temperatureF),
    leastF: Math.max(soFar.leastF, leastF),
    mostF: Math.max(soFar.mostF, mostF),
    unseen,
  };
}

/** Narrows the interval of the official maximum so far by what another source is certain of. @throws when nothing is left. */
export function bound(soFar: DaySoFar, by: { leastF?: number; mostF?: number }): DaySoFar {
  const leastF = Math.max(soFar.leastF, by.leastF ?? -Infinity);
  const mostF = Math.min(soFar.mostF, by.mostF ?? Infinity);
  if (leastF > mostF) throw new RangeError(`the official maximum so far is at least ${leastF} and at most ${mostF} °F`);
  return { ...soFar, leastF, mostF };
}

/** P(official maximum so far <= k), by level. */
function officialSoFar({ lowestF, peakOffset, table }: IntradayModel, soFar: DaySoFar): Float64Array {
  const { feedMaxF, leastF, mostF, unseen } = soFar;
  if (feedMaxF === -Infinity && leastF === -Infinity) return unseen.slice();
  const below = (k: number) => normalCdf((k + 0.5 - feedMaxF - peakOffset.meanF) / peakOffset.sdF);
  const [from, to] = [leastF === -Infinity ? 0 : below(leastF - 1), mostF === Infinity ? 1 : below(mostF)];
  return Float64Array.from(table.levels, (_, index) => {
    const k = lowestF + index;
    if (k < leastF) return 0;
    // An interval that the offset all but excludes: its end nearest to the feed.
    const within = k >= mostF ? 1 : to - from < 1e-9 ? (below(leastF) > 0.5 ? 1 : 0) : (below(k) - from) / (to - from);
    return Math.min(1, within) * (unseen[index] ?? 1);
  });
}

/** A day's model with the readings so far, made ready for lookups: at each instant until the next reading. */
export interface Lookup {
  /** The pmf of `Outlook`, into an array of one more than the levels. */
  pmf(into: Float64Array): void;
}

/** @throws when the present residual is out of the table's reach: build the model with a larger `mustReach`. */
export function lookup(model: IntradayModel, soFar: DaySoFar): Lookup {
  const { table, peakOffset } = model;
  const count = table.levels.length;
  const survival = new Float64Array(count);
  const official = officialSoFar(model, soFar);
  const law = nextLaw(table, soFar);
  const side = peakOffset.sdF ** 2 / 2;
  return {
    pmf(into) {
      table.survival(law, survival);
      let before = 0;
      let down = 0;
      for (let index = 0; index < count; index++) {
        const here = survival[index] as number;
        const up = index + 1 < count ? (survival[index + 1] as number) : 1;
        const later = here + side * (down - 2 * here + up);
        // Rounding may leave a cdf that falls by 1e-5 between two levels.
        const cdf = Math.min(1, Math.max(before, (official[index] as number) * later));
        into[index] = cdf - before;
        before = cdf;
        down = here;
      }
      into[count] = 1 - before;
    },
  };
}

/** @param step the present step: readings until then are in `soFar` */
export function outlook(model: IntradayModel, soFar: DaySoFar, step: number): Outlook {
  const { table, lowestF } = model;
  if (soFar.last !== null && step < soFar.last.step)
    throw new RangeError(`outlook at step ${step} with a reading of step ${soFar.last.step}`);
  const pmf = new Float64Array(table.levels.length + 1);
  lookup(model, soFar).pmf(pmf);

  const result = { pmfLow: lowestF, pmf: [...pmf] };
  if (soFar.last === null || step - soFar.last.step >= GAP_STEPS)
    return { ...result, newMaximumIn5: null, newMaximumIn60: null };
  let [newMaximumIn5, newMaximumIn60] = [0, 0];
  const law = ahead(table.coefficients, nextLaw(table, soFar), step + 1);
  const official = officialSoFar(model, soFar);
  for (const [index, level] of table.levels.entries()) {
    const probability = (official[index] ?? 0) - (official[index - 1] ?? 0);
    if (probability < NEGLIGIBLE) continue;
    const survived = survivalBySteps(table, level, law, HAZARD_STEPS);
    newMaximumIn5 += probability * (1 - (survived[0] ?? 1));
    newMaximumIn60 += probability * (1 - (survived.at(-1) ?? 1));
  }
  return { ...result, newMaximumIn5, newMaximumIn60 };
}
