/** Market and model as one forecast. */

/** Weights of a log-linear pool. They sum to 1, which makes the pool externally Bayesian. */
export interface PoolWeights {
  version: string;
  market: number;
  model: number;
}

/** In force. The market is the better forecaster until the grades say otherwise. */
export const poolWeights: PoolWeights = { version: "pool-1", market: 0.8, model: 0.2 };

function requirePmf(name: string, pmf: readonly number[]): void {
  const sum = pmf.reduce((total, p) => total + p, 0);
  if (pmf.some((p) => !(p >= 0)) || !(Math.abs(sum - 1) < 1e-6)) {
    throw new Error(`${name} is no probability distribution: ${JSON.stringify(pmf)} sums to ${sum}`);
  }
}

/**
 * Log-linear (geometric) pool over the markets of one event: p ∝ market^w x model^(1 - w), normalised. Both inputs are
 * distributions over the same markets in the same order. Source: Genest (1984), externally Bayesian pooling.
 * @throws when an input is no distribution, or no market has a positive probability in both.
 */
export function logLinearPool(
  market: readonly number[],
  model: readonly number[],
  weights: PoolWeights = poolWeights,
): number[] {
  if (market.length !== model.length) {
    throw new Error(
      `the market has ${market.length} probabilities, the model ${model.length}: they must be of the same markets`,
    );
  }
  if (!(weights.market > 0 && weights.model > 0) || Math.abs(weights.market + weights.model - 1) > 1e-12) {
    throw new Error(
      `pool ${weights.version}: weights ${weights.market} and ${weights.model} must be positive and sum to 1`,
    );
  }
  requirePmf("the market", market);
  requirePmf("the model", model);
  const products = market.map((p, index) => p ** weights.market * (model[index] ?? 0) ** weights.model);
  const sum = products.reduce((total, product) => total + product, 0);
  if (sum === 0) throw new Error("market and model exclude each other: no market has a positive probability in both");
  return products.map((product) => product / sum);
}
