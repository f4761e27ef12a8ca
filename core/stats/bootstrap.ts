/**
 * How sure a mean is when its rows are not independent: the brackets of one climate day share one temperature, so whole
 * days are drawn, not rows. Percentile interval of the block bootstrap (Efron & Tibshirani 1993, ch. 8 and 13).
 */
import { seededUniform } from "./prng.ts";

export interface Block {
  /** For example a climate date. Each id once. */
  id: string;
  /** Sum of the block's values. */
  sum: number;
  /** How many there are; more than 0. */
  n: number;
}

export interface Interval {
  mean: number;
  low: number;
  high: number;
}

/**
 * The mean over all rows with its interval (95 % unless told otherwise). The order of the blocks plays no part. For the
 * difference of two forecasts give the differences: the interval then says whether it can be told from noise.
 * @returns undefined without blocks; with a single one the interval has no width and says nothing.
 */
export function blockBootstrap(input: {
  blocks: readonly Block[];
  replicates: number;
  seed: number;
  level?: number;
}): Interval | undefined {
  const { replicates, seed, level = 0.95 } = input;
  const blocks = [...input.blocks].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  for (const [index, block] of blocks.entries()) {
    if (!(block.n > 0)) throw new RangeError(`block ${block.id}: n is ${block.n}; it must be above 0`);
    if (block.id === blocks[index + 1]?.id)
      throw new RangeError(`block ${block.id} is there twice; add its sums up first`);
  }
  if (!Number.isInteger(replicates) || replicates < 1)
    throw new RangeError(`replicates is ${replicates}; it must be 1 or more`);
  if (!(level > 0 && level < 1)) throw new RangeError(`level is ${level}; it must lie between 0 and 1`);
  if (blocks.length === 0) return undefined;

  const uniform = seededUniform(seed);
  const means = new Float64Array(replicates);
  const sums = Float64Array.from(blocks, ({ sum }) => sum);
  const counts = Float64Array.from(blocks, ({ n }) => n);
  for (let replicate = 0; replicate < replicates; replicate++) {
    let sum = 0;
    let n = 0;
    for (let draw = 0; draw < blocks.length; draw++) {
      const drawn = Math.floor(uniform() * blocks.length);
      sum += sums[drawn] ?? 0;
      n += counts[drawn] ?? 0;
    }
    means[replicate] = sum / n;
  }
  means.sort();
  const quantile = (share: number) => {
    const at = share * (replicates - 1);
    const below = means[Math.floor(at)] ?? Number.NaN;
    return below + (at - Math.floor(at)) * ((means[Math.ceil(at)] ?? below) - below);
  };
  const total = blocks.reduce((all, block) => ({ sum: all.sum + block.sum, n: all.n + block.n }), { sum: 0, n: 0 });
  return { mean: total.sum / total.n, low: quantile((1 - level) / 2), high: quantile((1 + level) / 2) };
}
