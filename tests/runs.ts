/** Whether this is the deep run, which also does again what must come out the same. */
export const isDeep = process.env["BRIER_RUNS"] === "deep";

/**
 * How often a property is tried. A few dozen tries find a plain mistake at once, and these are what every change waits for;
 * the rare one is left to the deep run, which takes each file that asks here with all its tries (vitest.config.ts).
 */
export const runs = (quick: number, deep: number): number => (isDeep ? deep : quick);
