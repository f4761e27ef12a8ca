/** A mean over forecasts that are not independent: those of one city and day share their weather, so whole city-days are drawn. */
import { type Block, blockBootstrap, type Interval } from "../../stats/bootstrap.ts";

/** Values summed up by block: what the bootstrap draws. */
export function blocksBy<T>(rows: readonly T[], idOf: (row: T) => string, valueOf: (row: T) => number): Block[] {
  const blocks = new Map<string, Block>();
  for (const row of rows) {
    const id = idOf(row);
    const block = blocks.get(id) ?? { id, sum: 0, n: 0 };
    block.sum += valueOf(row);
    block.n++;
    blocks.set(id, block);
  }
  return [...blocks.values()];
}

/** The mean with its 95 % interval; undefined without rows. */
export function meanByBlock<T>(
  rows: readonly T[],
  idOf: (row: T) => string,
  valueOf: (row: T) => number,
  draws: { replicates: number; seed: number },
): Interval | undefined {
  return blockBootstrap({ blocks: blocksBy(rows, idOf, valueOf), ...draws });
}
