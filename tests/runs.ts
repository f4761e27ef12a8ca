/**
 * How often a property is tried. A few dozen tries find a plain mistake at once, and these are what every change waits for;
 * the rare one is left to the deep run, which takes each file that asks here with all its tries (vitest.config.ts).
 */
export const runs = (quick: number, deep: number): number => (process.env["BRIER_RUNS"] === "deep" ? deep : quick);
