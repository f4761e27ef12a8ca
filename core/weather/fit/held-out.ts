/**
 * What a fit is worth: its cases in order of days, fitted on the first and scored on the last. What is written is fitted on
 * all of them; its scores are those of the fit that had not seen the days.
 */
import { blockBootstrap, type Interval } from "../../stats/bootstrap.ts";

const REPLICATES = 1000;
const SEED = 20_261_120;
/** Of the days the last quarter is scored. */
const HELD_OUT_SHARE = 0.25;
const MIN_HELD_OUT_DAYS = 2;
/**
 * Left out between the two: the forecasts of a day begin on the day before, when the label of the day before that has just
 * come.
 */
const EMBARGO_DAYS = 1;

export interface Dated {
  /** Climate day, `YYYY-MM-DD`. */
  date: string;
  /** What is drawn as a whole: a day of a station, or an event. */
  block: string;
}

export interface Scored {
  /** First and last day. */
  from: string;
  until: string;
  blocks: number;
  /** Mean losses of the prior and of the fit, and fit minus prior with its 95 % interval. */
  before: number;
  after: number;
  difference: Interval;
}

export interface PartFit<P> {
  /** The prior's when the fit is not taken. */
  values: P;
  /** Days that `values` was fitted on; null when the fit is not taken. */
  trained: { from: string; until: string; days: number } | null;
  scored: Scored | null;
  /** Why the fit is not taken; null when it is. */
  reason: string | null;
}

/** Days to fit on and days to score, one order and nothing in common; undefined when there are too few. */
export function splitDays(
  days: readonly string[],
  minDays: number,
): { train: string[]; heldOut: string[] } | undefined {
  const sorted = [...new Set(days)].sort();
  const count = Math.max(MIN_HELD_OUT_DAYS, Math.floor(HELD_OUT_SHARE * sorted.length));
  const train = sorted.slice(0, Math.max(0, sorted.length - count - EMBARGO_DAYS));
  return train.length < minDays ? undefined : { train, heldOut: sorted.slice(-count) };
}

function meanBy(blocks: readonly { sum: number; n: number }[]): number {
  const n = blocks.reduce((total, block) => total + block.n, 0);
  return blocks.reduce((total, { sum }) => total + sum, 0) / n;
}

/** Losses of a case, one an instant; null where the forecast could not be made. Smaller is better. */
type LossesOf<P, C> = (values: P, one: C) => readonly (number | null)[];

/** @returns null when at no instant both could speak: what one alone says is no comparison */
function scoresOf<P, C extends Dated>(
  cases: readonly C[],
  prior: P,
  fitted: P,
  lossesOf: LossesOf<P, C>,
): Scored | null {
  const scored = cases.flatMap((one) => {
    const after = lossesOf(fitted, one);
    return lossesOf(prior, one).flatMap((before, instant) => {
      const late = after[instant] ?? null;
      return before === null || late === null ? [] : [{ ...one, before, after: late }];
    });
  });
  const dates = scored.map(({ date }) => date).sort();
  const blocks = [...Map.groupBy(scored, ({ block }) => block)].map(([id, own]) => {
    const total = (loss: "before" | "after") => own.reduce((sum, one) => sum + one[loss], 0);
    return { id, n: own.length, before: total("before"), after: total("after") };
  });
  const of = (valueOf: (block: (typeof blocks)[number]) => number) =>
    blocks.map((block) => ({ id: block.id, n: block.n, sum: valueOf(block) }));
  const difference = blockBootstrap({
    blocks: of(({ before, after }) => after - before),
    replicates: REPLICATES,
    seed: SEED,
  });
  const [from] = dates;
  const until = dates.at(-1);
  if (difference === undefined || from === undefined || until === undefined) return null;
  const [before, after] = [meanBy(of((block) => block.before)), meanBy(of((block) => block.after))];
  return { from, until, blocks: blocks.length, before, after, difference };
}

/**
 * One part, fitted and scored. The fit is not taken when the days are too few, when none of those held out can be scored,
 * and when it is no better than the prior on days that it has not seen.
 */
export function fitPart<P, C extends Dated>(input: {
  cases: readonly C[];
  prior: P;
  /** Days that the scored fit needs. */
  minDays: number;
  fit: (cases: readonly C[]) => P;
  lossesOf: LossesOf<P, C>;
}): PartFit<P> {
  const { cases, prior, minDays, fit, lossesOf } = input;
  const days = [...new Set(cases.map(({ date }) => date))].sort();
  const split = splitDays(days, minDays);
  const [from] = days;
  const until = days.at(-1);
  const stay = (reason: string, scored: Scored | null = null) => ({ values: prior, trained: null, scored, reason });
  if (split === undefined || from === undefined || until === undefined) {
    const needed = minDays + EMBARGO_DAYS + MIN_HELD_OUT_DAYS;
    return stay(
      `${days.length} days with forecasts and outcomes; it needs ${needed}: ${minDays} to be fitted on, ${EMBARGO_DAYS} between, ${MIN_HELD_OUT_DAYS} to be scored on`,
    );
  }
  const [train, heldOut] = [new Set(split.train), new Set(split.heldOut)];
  const early = fit(cases.filter(({ date }) => train.has(date)));
  const scored = scoresOf(
    cases.filter(({ date }) => heldOut.has(date)),
    prior,
    early,
    lossesOf,
  );
  if (scored === null)
    return stay(`on none of the ${split.heldOut.length} days to be scored on could a forecast have been made`);
  if (scored.difference.mean >= 0)
    return stay("on days that it had not seen the fit was no better than the prior", scored);
  return { values: fit(cases), trained: { from, until, days: days.length }, scored, reason: null };
}
