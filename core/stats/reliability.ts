/** Reliability: how often it came true, beside how often it was said (Murphy & Winkler 1977, Appl. Statist. 26). */

export interface ReliabilityBin {
  /** Probabilities in [from, to); the last bin holds 1, too. */
  from: number;
  to: number;
  n: number;
  /** Null in an empty bin. */
  meanProbability: number | null;
  /** Null in an empty bin. */
  meanOutcome: number | null;
}

/** Equal bins over [0, 1]. */
export function reliability(rows: readonly { probability: number; outcome: number }[], bins = 10): ReliabilityBin[] {
  const sums = Array.from({ length: bins }, () => ({ n: 0, probability: 0, outcome: 0 }));
  for (const { probability, outcome } of rows) {
    if (!(probability >= 0 && probability <= 1)) {
      throw new RangeError(`probability is ${probability}; it must lie in [0, 1]`);
    }
    const bin = sums[Math.min(bins - 1, Math.floor(probability * bins))];
    if (bin === undefined) continue;
    bin.n++;
    bin.probability += probability;
    bin.outcome += outcome;
  }
  return sums.map(({ n, probability, outcome }, index) => ({
    from: index / bins,
    to: (index + 1) / bins,
    n,
    meanProbability: n === 0 ? null : probability / n,
    meanOutcome: n === 0 ? null : outcome / n,
  }));
}
