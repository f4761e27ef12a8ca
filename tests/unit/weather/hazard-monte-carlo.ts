/** Paths of the intraday hazard model drawn one by one: the oracle of the recursion, and never more than that. */
import { seededUniform } from "../../../core/stats/prng.ts";
import { type Coefficients, stepMinutes, stepsPerDay } from "../../../core/weather/hazard/coefficients.ts";

/** Standard normals by Marsaglia's polar method (Marsaglia & Bray 1964, SIAM Review 6). */
export function seededNormal(seed: number): () => number {
  const uniform = seededUniform(seed);
  let spare = Number.NaN;
  return () => {
    if (!Number.isNaN(spare)) {
      const given = spare;
      spare = Number.NaN;
      return given;
    }
    for (;;) {
      const [x, y] = [2 * uniform() - 1, 2 * uniform() - 1];
      const square = x * x + y * y;
      if (square >= 1 || square === 0) continue;
      const scale = Math.sqrt((-2 * Math.log(square)) / square);
      spare = y * scale;
      return x * scale;
    }
  };
}

/**
 * A day like those of summer: a baseline with its peak at three in the afternoon and coefficients by the buckets of the
 * residual model. Made up; the residual's spread through the day is some six of its smallest innovations.
 */
export function syntheticDay(): { baseline: Float64Array; coefficients: Coefficients } {
  const minutes = Array.from({ length: stepsPerDay }, (_, step) => step * stepMinutes);
  const buckets = [
    { from: 0, phi: 0.985, sigma: 0.4 },
    { from: 60, phi: 0.985, sigma: 0.38 },
    { from: 180, phi: 0.984, sigma: 0.36 },
    { from: 360, phi: 0.982, sigma: 0.42 },
    { from: 720, phi: 0.984, sigma: 0.4 },
  ];
  const of = (minute: number) =>
    buckets.findLast(({ from }) => from <= minute) ?? { phi: Number.NaN, sigma: Number.NaN };
  return {
    baseline: Float64Array.from(minutes, (minute) => 76 + 9 * Math.cos((2 * Math.PI * (minute - 900)) / 1440)),
    coefficients: {
      phi: Float64Array.from(minutes, (minute) => of(minute).phi),
      sigma: Float64Array.from(minutes, (minute) => of(minute).sigma),
      startSd: 2.2,
    },
  };
}

/** The highest temperatures of `paths` days from the step after `from` on, °F; -Infinity where none is left. */
export function simulateMaxima(
  day: { baseline: Float64Array; coefficients: Coefficients },
  from: { step: number; residual: number },
  paths: number,
  seed: number,
  until = stepsPerDay - 1,
): Float64Array {
  const normal = seededNormal(seed);
  const {
    baseline,
    coefficients: { phi, sigma },
  } = day;
  const maxima = new Float64Array(paths);
  for (let path = 0; path < paths; path++) {
    let { residual } = from;
    let highest = -Infinity;
    for (let step = from.step; step < until; step++) {
      residual = (phi[step] as number) * residual + (sigma[step] as number) * normal();
      const temperature = (baseline[step + 1] as number) + residual;
      if (temperature > highest) highest = temperature;
    }
    maxima[path] = highest;
  }
  return maxima;
}

/** Share of `maxima` at or below each level. */
export function shares(maxima: Float64Array, levels: Float64Array): Float64Array {
  const sorted = maxima.toSorted();
  let count = 0;
  return levels.map((level) => {
    while (count < sorted.length && (sorted[count] as number) <= level) count++;
    return count / sorted.length;
  });
}
