/**
 * The market and one model as one forecast: the log-linear pool of fusion.ts for a desk that has a single model. Markets
 * that exclude each other are pooled as one distribution; where each asks for itself, each with its complement.
 */
import { logLinearProduct } from "./fusion.ts";

export interface MarketModelPool {
  scheme: "market-model";
  /** The market's weight by seconds to the close, rising from 0; the model has the rest. */
  market: readonly { fromSeconds: number; weight: number }[];
}

export interface MarketModelPooled {
  scheme: "market-model";
  weights: { market: number; model: number };
  /** Before they were made to sum to 1, over the event or with the complement. */
  raw: number[];
  probabilities: number[];
}

function marketWeight({ market }: MarketModelPool, secondsToClose: number): number {
  const bucket = market.findLast(({ fromSeconds }) => fromSeconds <= Math.max(0, secondsToClose));
  if (bucket === undefined || !(bucket.weight >= 0 && bucket.weight <= 1)) {
    throw new RangeError(`pool: no weight in [0, 1] for ${secondsToClose} seconds to the close`);
  }
  return bucket.weight;
}

/**
 * @param given P(Yes) of each market, in the same order.
 * @param exclusive Whether exactly one of the markets wins.
 * @throws when exclusive probabilities are no distribution, or the two are of different markets.
 */
export function poolMarketModel(
  given: { market: readonly number[]; model: readonly number[] },
  parameters: MarketModelPool,
  secondsToClose: number,
  exclusive: boolean,
): MarketModelPooled {
  const market = marketWeight(parameters, secondsToClose);
  const weights = { market, model: 1 - market };
  const pooled = (marketPmf: readonly number[], modelPmf: readonly number[]) => {
    const raw = logLinearProduct([
      { name: "market", pmf: marketPmf, weight: weights.market },
      { name: "model", pmf: modelPmf, weight: weights.model },
    ]);
    const sum = raw.reduce((total, p) => total + p, 0);
    return { raw, probabilities: raw.map((p) => p / sum) };
  };
  if (exclusive) return { scheme: parameters.scheme, weights, ...pooled(given.market, given.model) };
  if (given.market.length !== given.model.length) {
    throw new Error(`market has ${given.market.length} probabilities, model ${given.model.length}`);
  }
  const each = given.market.map((p, index) => {
    const q = given.model[index] ?? 0;
    const { raw, probabilities } = pooled([p, 1 - p], [q, 1 - q]);
    return { raw: raw[0] ?? 0, probability: probabilities[0] ?? 0 };
  });
  return {
    scheme: parameters.scheme,
    weights,
    raw: each.map(({ raw }) => raw),
    probabilities: each.map(({ probability }) => probability),
  };
}
