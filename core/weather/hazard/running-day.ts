/** A day as it runs: what is known at a step, screened, filtered and looked up. */
import { type Bound, contradicting, contradiction, covers, weigh } from "./bounds.ts";
import { ahead, checkCoefficients, stepMinutes } from "./coefficients.ts";
import type { DayTable, ResidualLaw } from "./day-table.ts";
import { conditioned } from "./filter.ts";
import { survivalOfGap, UnseenPaths } from "./killed-density.ts";
import { officialCdf, officialSoFar } from "./official-so-far.ts";
import { checkPeakOffset, type DayModel, hazard, lookup, modelFor } from "./outlook.ts";
import { type FeedReading, stepOf } from "./readings.ts";
import { screen } from "./screening.ts";

/** Half an hour. What goes unseen in shorter gaps is part of the peak offset. */
const GAP_STEPS = 6;
/** Farther from the baseline than this, °F, the readings or the forecast are of another place. */
const MAX_RESIDUAL_F = 60;

/** What is known at some instant, in any order. */
export interface Evidence {
  /** Of the day, and of the hour before it: those are witnesses only. */
  readings: readonly FeedReading[];
  bounds: readonly Bound[];
}

export interface Outlook {
  /** Whole °F of pmf[0], in which everything colder is counted. */
  pmfLow: number;
  /** Of the official high; in the last one everything warmer is counted. Sums to 1. */
  pmf: number[];
  /** P(the official maximum rises within the step after the present one); null before the first reading. */
  newMaximumIn5: number | null;
  /** … within the next twelve. */
  newMaximumIn60: number | null;
  /** The reading that the outlook goes on from. */
  last: FeedReading | null;
  /** The feed's highest value, °F; null before the first reading. */
  feedMaxF: number | null;
  /**
   * The official maximum so far, whole °F: certainly at least this, and the highest that what was seen can stand for (a
   * peak between readings may lie above); null before anything is known.
   */
  observedLeastF: number | null;
  observedMostF: number | null;
  setAside: { reading: FeedReading; reason: string }[];
  /** Groups and messages that do not count. */
  boundsSetAside: { bound: Bound; reason: string }[];
}

export interface RunningDay {
  /**
   * The outlook at a step, of what is known then. Steps that only go on from the one asked for last are cheap.
   * @throws RangeError when two sources exclude each other, when the readings lie absurdly far from the baseline, or
   * when `buildDayTable` does
   */
  at(step: number, evidence: Evidence): Outlook;
}

/** Steps without a reading: the law at the first of them, and where the next reading found the residual. */
interface Gap {
  start: ResidualLaw;
  end: { step: number; residual: number };
}

/** The readings taken, folded into one law. */
interface Followed {
  taken: readonly FeedReading[];
  law: ResidualLaw | null;
  gaps: readonly Gap[];
}

const nothing: Followed = { taken: [], law: null, gaps: [] };

const byTime = (a: FeedReading, b: FeedReading) =>
  a.minute - b.minute || (a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : 0);

function nextLaw({ coefficients }: DayModel, law: ResidualLaw | null): ResidualLaw {
  return law === null ? { step: 0, mean: 0, sd: coefficients.startSd } : ahead(coefficients, law, law.step + 1);
}

const sameGrid = ({ grid: a }: Pick<DayTable, "grid">, { grid: b }: Pick<DayTable, "grid">) =>
  a.reach === b.reach && a.nodes === b.nodes;
const sameLaw = (a: ResidualLaw, b: ResidualLaw) => a.step === b.step && a.mean === b.mean && a.sd === b.sd;

function follow(model: DayModel, { law, gaps, taken }: Followed, reading: FeedReading): Followed {
  const step = stepOf(reading.minute);
  const unseen = nextLaw(model, law);
  const expected = law !== null && law.step === step ? law : ahead(model.coefficients, unseen, step);
  const found = conditioned(expected, model.baseline[step] ?? Number.NaN, reading);
  return {
    taken: [...taken, reading],
    law: found,
    gaps: step - unseen.step < GAP_STEPS ? gaps : [...gaps, { start: unseen, end: { step, residual: found.mean } }],
  };
}

const reasons = {
  isolated: "jumps up or down and back: no lasting readings or other report show the same",
  unconfirmed: "jumps away from the readings before it: not yet shown for long, nor by another kind of report",
};

/** @throws when the model makes no sense. */
export function followDay(model: DayModel): RunningDay {
  checkCoefficients(model.coefficients);
  checkPeakOffset(model.peakOffset);
  let followed = nothing;
  let unseen: UnseenPaths | undefined;
  const survivals = new Map<Gap, { reach: number; byLevel: Map<number, number> }>();

  /** P(nothing unseen in the gap went above the level), as it was found before if on the same grid. */
  const gapSurvival = (gap: Gap, table: Parameters<typeof survivalOfGap>[0], level: number): number => {
    const { reach } = table.grid;
    let known = survivals.get(gap);
    if (known === undefined || known.reach !== reach) survivals.set(gap, (known = { reach, byLevel: new Map() }));
    let found = known.byLevel.get(level);
    if (found === undefined) known.byLevel.set(level, (found = survivalOfGap(table, level, gap.start, gap.end)));
    return found;
  };

  return {
    at(step, { readings, bounds: said }) {
      const setAside: Outlook["setAside"] = [];
      const screened = screen(readings.toSorted(byTime));
      const { taken, unconfirmed, isolated } = screened;
      const { believed: bounds, setAside: boundsSetAside } = weigh(said, screened, model.peakOffset);
      const contradictory = contradiction(bounds);
      if (contradictory !== undefined) throw new RangeError(contradictory);
      for (const reading of isolated) setAside.push({ reading, reason: reasons.isolated });
      for (const reading of unconfirmed) setAside.push({ reading, reason: reasons.unconfirmed });
      const own = taken.filter((reading) => {
        if (reading.minute < 0) return false;
        const bound = contradicting(bounds, reading);
        if (bound === undefined) return true;
        setAside.push({
          reading,
          reason: `at least ${reading.leastF} °F, above the ${bound.mostF} °F of ${bound.name}`,
        });
        return false;
      });
      const goesOn = followed.taken.every((reading, index) => reading === own[index]);
      followed = own
        .slice(goesOn ? followed.taken.length : 0)
        .reduce((state, reading) => follow(model, state, reading), goesOn ? followed : nothing);
      const { law, gaps } = followed;

      const unseenGaps = gaps.filter(
        ({ start, end }) => !covers(bounds, start.step * stepMinutes, (end.step - 1) * stepMinutes),
      );
      const next = nextLaw(model, law);
      const residuals = [next.mean, ...unseenGaps.flatMap(({ start, end }) => [start.mean, end.residual])];
      const [coldest, warmest] = [Math.min(...residuals), Math.max(...residuals)];
      if (Math.max(-coldest, warmest) > MAX_RESIDUAL_F)
        throw new RangeError(
          `readings lie ${Math.max(-coldest, warmest).toFixed(0)} °F from the baseline, more than ${MAX_RESIDUAL_F}: one of them is of another place`,
        );
      const soFar = officialSoFar(own, bounds);
      const ready = modelFor(model, { law: next, leastF: soFar.leastF, coldest, warmest });
      const { table, lowestF } = ready;
      const official = Float64Array.from(table.levels, (level, index) => {
        const cdf = officialCdf(soFar, model.peakOffset, lowestF + index);
        return cdf === 0 ? 0 : unseenGaps.reduce((p, gap) => p * gapSurvival(gap, table, level), cdf);
      });
      const pmf = new Float64Array(table.levels.length + 1);
      lookup(ready, official, next)(pmf);

      // Carried on while no reading comes; a table on another grid begins anew.
      if (unseen === undefined || !sameGrid(unseen.day, table) || !sameLaw(unseen.law, next))
        unseen = new UnseenPaths(table, next);
      const last = own.at(-1) ?? null;
      const known = soFar.leastF > -Infinity;
      const jumped = unconfirmed.filter(
        (reading) => reading.minute >= 0 && contradicting(bounds, reading) === undefined,
      );
      return {
        pmfLow: lowestF,
        pmf: [...pmf],
        ...(law === null ? { newMaximumIn5: null, newMaximumIn60: null } : hazard(ready, official, unseen, step)),
        last,
        feedMaxF: last === null ? null : Math.max(...own.map(({ temperatureF }) => temperatureF)),
        observedLeastF: known ? soFar.leastF : null,
        observedMostF: known ? Math.max(soFar.mostF, ...jumped.map(({ mostF }) => mostF)) : null,
        setAside,
        boundsSetAside,
      };
    },
  };
}
