/** One-minute bars of a simulated walk, in the captured file's format. */
import { seededUniform } from "../../../../core/stats/prng.ts";

const minute = 60_000;
export const walkStart = Date.parse("2026-03-01T00:00:00Z");

/** Twelve steps a minute; volatility 60 % a year. The time stamp is of the end of the minute. */
export function walkCsv(minutes: number, seed = 7): string {
  const uniform = seededUniform(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const step = 0.6 / Math.sqrt((365.25 * 86_400) / 5);
  let price = 80_000;
  const lines = Array.from({ length: minutes }, (_, index) => {
    const path = [price, ...Array.from({ length: 12 }, () => (price *= Math.exp(step * normal())))];
    const time = new Date(walkStart + (index + 1) * minute).toISOString().replace("T", " ").replace("Z", "000");
    const shown = [path[0] ?? 0, Math.max(...path), Math.min(...path), price].map((value) => value.toFixed(4));
    return `${time},${shown.join(",")},1`;
  });
  return ["timestamp,open,high,low,close,volume", ...lines, ""].join("\n");
}
