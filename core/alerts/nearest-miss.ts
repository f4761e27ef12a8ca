/** Which candidate came nearest to a signal, and what would have to be otherwise for it to pass the gate it ended in. */

/** A candidate's end, as the `gate_outcomes` row has it. Prices in micro-dollars, edges in dollars per contract. */
export interface CandidateEnd {
  market_ticker: string;
  side: string;
  gate: string;
  position: number;
  value: number | null;
  threshold: number | null;
  detail: string;
  edge: number | null;
}

/** The one that passed the most gates; among those the one with the largest edge. Signals are no misses. */
export function nearestMiss<C extends CandidateEnd>(candidates: readonly C[]): C | undefined {
  const order = (a: C, b: C) =>
    b.position - a.position ||
    (b.edge ?? -Infinity) - (a.edge ?? -Infinity) ||
    (a.market_ticker < b.market_ticker ? -1 : a.market_ticker > b.market_ticker ? 1 : a.side < b.side ? -1 : 1);
  // Infinity - Infinity is NaN, which the next criterion takes over.
  return candidates.filter(({ gate }) => gate !== "signal").toSorted(order)[0];
}

const cents = (dollars: number) => `${(dollars * 100).toFixed(1)}¢`;

/** One sentence; it says no more than the row's own numbers allow. */
export function wouldHaveToChange({ gate, side, value, threshold, detail }: CandidateEnd): string {
  const numbers = value !== null && threshold !== null ? { value, threshold } : undefined;
  switch (gate) {
    case "uncertified_settlement":
      return `the settlement must be certified first (${detail}); until the desk's certify.ts knows this text, nothing is priced`;
    case "no_partition":
      return `the event's strikes must divide up what it can settle on (${detail})`;
    case "source_blocked":
      return `a whole window of the source must decode again (${detail}); see brier quarantine list`;
    case "input_stale":
      return `a younger answer must land (${detail})`;
    case "no_prediction":
      return `the model must give a distribution (${detail})`;
    case "low_confidence":
      return `more venues must be heard, or fresher ones (${detail})`;
    case "unknown_fee":
      return `the fee rule must be one that core/market/fees.ts knows (${detail})`;
    case "no_quote":
      return `somebody must quote (${detail})`;
    case "incoherent_quotes":
      return `the event's quotes must agree with each other (${detail})`;
    case "wide_spread":
      return numbers === undefined
        ? `the spread must narrow (${detail})`
        : `the spread must narrow by ${cents(numbers.value - numbers.threshold)} to ${cents(numbers.threshold)} or less`;
    case "thin":
      return numbers === undefined
        ? `the offer's size must be known (${detail})`
        : `${(numbers.threshold - numbers.value).toFixed(2)} more contracts must be offered at the price`;
    case "small_edge":
      return numbers === undefined
        ? `the edge must be known (${detail})`
        : `${side} must cost ${cents(numbers.threshold - numbers.value)} less, or the pool think it that much more likely (the fee moves a little with the price)`;
    case "too_good_to_be_true":
      return `nothing: so large an edge is taken for an error until somebody finds out why (${detail})`;
    case "cooldown":
      return numbers === undefined
        ? `the cooldown must end (${detail})`
        : `${Math.ceil(numbers.threshold - numbers.value)} min more must pass since the last signal of this side`;
    default:
      return detail;
  }
}
