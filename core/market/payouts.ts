/**
 * What a set of contracts pays at every value that its markets can settle on. Rules that round the value to a grid leave nothing
 * between two steps; others do not speak of rounding, and there a range ends at …99.99 and the next begins at …00. So a set
 * is looked at twice: on the steps, and before any rounding in quarters of a step, which tell a step, what lies on each side
 * of half a step, and the half step itself apart.
 */
import type { Price } from "./price.ts";
import type { StrikeInterval } from "./strikes.ts";

export type Side = "yes" | "no";

/** Of a step. */
export const quarters = 4;

export interface PayingLeg {
  side: Side;
  /** Values that make Yes win, in steps. */
  interval: StrikeInterval;
  /** The same before any rounding, in quarters of a step; undefined where the rules round to the nearest step. */
  unrounded: StrikeInterval | undefined;
}

/** Values between these two, in steps. A whole step is never in it; half a step at its end may be, as it is rounded up. */
export interface Gap {
  from: number;
  to: number;
}

export const lowestOf = ({ lowest }: StrikeInterval) => lowest ?? -Infinity;
export const highestOf = ({ highest }: StrikeInterval) => highest ?? Infinity;

/** Half a step rounds up. */
function beforeRounding({ interval: { lowest, highest }, unrounded }: PayingLeg): StrikeInterval {
  return (
    unrounded ?? {
      lowest: lowest === null ? null : lowest * quarters - quarters / 2,
      highest: highest === null ? null : highest * quarters + quarters / 2 - 1,
    }
  );
}

/** The lowest value of each region in which no leg changes what it pays, ascending. */
function regions(intervals: readonly StrikeInterval[]): number[] {
  const values = new Set<number>([Number.NEGATIVE_INFINITY]);
  for (const { lowest, highest } of intervals) {
    if (lowest !== null) values.add(lowest);
    if (highest !== null) values.add(highest + 1);
  }
  return [...values].sort((a, b) => a - b);
}

/** What one contract pays at a value, dollars. */
function pays(interval: StrikeInterval, side: Side, value: number): 0 | 1 {
  const inside = value >= lowestOf(interval) && value <= highestOf(interval);
  return inside === (side === "yes") ? 1 : 0;
}

/** Dollars that one contract of each leg pays together whatever step the value is on. */
export function guaranteed(legs: readonly PayingLeg[]): number {
  const paid = (value: number) => legs.reduce((sum, { interval, side }) => sum + pays(interval, side, value), 0);
  return Math.min(...regions(legs.map(({ interval }) => interval)).map(paid));
}

/** Where one contract of each leg pays less together than `units` dollars before any rounding, ascending. */
export function gapsOf(legs: readonly PayingLeg[], units: number): Gap[] {
  if (legs.every(({ unrounded }) => unrounded === undefined)) return [];
  const intervals = legs.map(beforeRounding);
  const gaps: Gap[] = [];
  let openSince: number | undefined;
  for (const start of regions(intervals)) {
    const paid = legs.reduce((sum, { side }, leg) => {
      const interval = intervals[leg];
      return sum + (interval === undefined ? 0 : pays(interval, side, start));
    }, 0);
    if (paid < units) {
      openSince ??= start;
      continue;
    }
    if (openSince === undefined) continue;
    const last = start - 1;
    // Odd quarters stand for what lies between a step and a half step.
    gaps.push({ from: (openSince - Math.abs(openSince % 2)) / quarters, to: (last + Math.abs(last % 2)) / quarters });
    openSince = undefined;
  }
  return gaps;
}

/**
 * The largest loss over all choices of filled legs and all values before rounding, micro-dollars: at each value the worst
 * choice is that of the legs that lose there. It is all of them only where the set has a gap.
 * @param unit What each leg pays where it wins, micro-dollars.
 */
export function worstPartialFill(legs: readonly { leg: PayingLeg; cost: Price }[], unit: Price): Price {
  const bought = legs.map(({ leg, cost }) => ({ interval: beforeRounding(leg), side: leg.side, cost }));
  return Math.max(
    ...regions(bought.map(({ interval }) => interval)).map((value) =>
      bought.reduce(
        (loss, { interval, side, cost }) => loss + Math.max(0, cost - unit * pays(interval, side, value)),
        0,
      ),
    ),
  );
}
