/** How the markets of an event divide up what it can settle on. */
import type { Price } from "./price.ts";
import { intervalOf, partitionOf, type Strike, type StrikeInterval } from "./strikes.ts";

/**
 * Intervals are in the order of the markets, on the grid of the settlement value (whole °F, whole cents); undefined for a
 * market whose strike is not known yet, or is no interval.
 *
 * exclusive: every value makes exactly one of them win. nested: each asks for itself (thresholds, a single question), so
 * that none or many may win. fault: exclusive markets that leave something out or overlap, or a strike that is no interval.
 */
export type EventOutcomes = {
  /**
   * Of each market whose rules state no rounding to the grid, what makes Yes win before any rounding, in quarters of its
   * step; absent where all of them state it.
   */
  unrounded?: (StrikeInterval | undefined)[];
} & (
  | {
      kind: "exclusive";
      intervals: StrikeInterval[];
      /**
       * Markets that nobody bids for and that are offered at this or less share what the others leave of a dollar. Where an
       * event has dozens of them, half of their asks would add up to as much as the others are worth. Absent where they
       * are few.
       */
      tailAsk?: Price;
    }
  | { kind: "nested"; intervals: (StrikeInterval | undefined)[] }
  | { fault: string; intervals: (StrikeInterval | undefined)[] }
);

/** Of markets that divide up the whole numbers. */
export function exclusiveOutcomes(strikes: readonly Strike[]): EventOutcomes {
  const partition = partitionOf(strikes);
  if (!("fault" in partition)) return { kind: "exclusive", intervals: partition.intervals };
  const intervals = strikes.map((strike) => {
    try {
      return intervalOf(strike);
    } catch {
      // The fault says which and why.
      return undefined;
    }
  });
  return { fault: partition.fault, intervals };
}
