/** How the markets of an event divide up what it can settle on. */
import type { Price } from "./price.ts";
import { partitionOf, type Strike, type StrikeInterval } from "./strikes.ts";

/**
 * Intervals are in the order of the markets, on the grid of the settlement value (whole °F, whole cents).
 *
 * exclusive: every value makes exactly one of them win. nested: each asks for itself (thresholds, a single question), so
 * that none or many may win.
 */
export type EventOutcomes =
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
  /** Undefined for a market whose strike is not known yet. */
  | { kind: "nested"; intervals: (StrikeInterval | undefined)[] }
  | { fault: string };

/** Of markets that divide up the whole numbers. */
export function exclusiveOutcomes(strikes: readonly Strike[]): EventOutcomes {
  const partition = partitionOf(strikes);
  return "fault" in partition ? partition : { kind: "exclusive", intervals: partition.intervals };
}
