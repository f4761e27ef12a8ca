/**
 * The same model forward in time, for one level: the density of the residual on paths that have not exceeded it. It gives
 * the hazard of the next steps, and what may have happened in a gap between two readings.
 */
import { ahead } from "./coefficients.ts";
import { applyCut, type DayTable, type ResidualLaw } from "./day-table.ts";
import { correctedNodes } from "./end-correction.ts";
import { GaussianBand } from "./residual-grid.ts";

type Solved = Pick<DayTable, "grid" | "transitions" | "baseline" | "coefficients">;

/** A node with less is not carried on: a day of steps loses less than 1e-7 by it. */
const NEGLIGIBLE = 1e-13;

function killedDensity({ grid, transitions, baseline, coefficients }: Solved, level: number, start: ResidualLaw) {
  const { nodes, lowest, spacing } = grid;
  const band = new GaussianBand(grid);
  const factors = new Float64Array(correctedNodes);
  // Per node, times the spacing: what a Gaussian's weights are.
  let density = new Float64Array(nodes);
  let next = new Float64Array(nodes);
  let { step } = start;
  band.place(start.mean, start.sd);
  for (let node = band.first; node <= band.last; node++) density[node] = band.weights[node - band.first] ?? 0;
  return {
    /** Takes away what exceeds the level at the present step; @returns what is left. */
    survive(): number {
      applyCut(grid, density, { level, baseline: baseline[step] ?? 0, columns: 1, column: 0 }, factors);
      let sum = 0;
      for (let node = 0; node < nodes; node++) sum += density[node] as number;
      return sum;
    },
    advance(): void {
      transitions.place(coefficients.phi[step] ?? 0, coefficients.sigma[step] ?? 0);
      const { weights, stride } = transitions;
      next.fill(0);
      for (let from = 0; from < nodes; from++) {
        const mass = density[from] as number;
        if (Math.abs(mass) < NEGLIGIBLE) continue;
        const first = transitions.first[from] as number;
        const count = (transitions.last[from] as number) - first + 1;
        for (let index = 0; index < count; index++)
          next[first + index] = (next[first + index] as number) + mass * (weights[from * stride + index] as number);
      }
      [density, next] = [next, density];
      step++;
    },
    /** Density per °F of the residual at the next step. */
    nextAt(residual: number): number {
      const [phi, sigma] = [coefficients.phi[step] ?? 0, coefficients.sigma[step] ?? 1];
      let sum = 0;
      for (let from = 0; from < nodes; from++)
        sum += (density[from] ?? 0) * gaussian(residual - phi * (lowest + from * spacing), sigma);
      return sum;
    },
  };
}

const gaussian = (x: number, sd: number) => Math.exp(-0.5 * (x / sd) ** 2) / (sd * Math.sqrt(2 * Math.PI));

/** P(T stays at or below `level` from the law's step on), for 1, 2, … `steps` steps; fewer where the day ends. */
export function survivalBySteps(day: Solved, level: number, law: ResidualLaw, steps: number): number[] {
  const count = Math.min(steps, day.baseline.length - law.step);
  const survived: number[] = [];
  if (count <= 0) return survived;
  const density = killedDensity(day, level, law);
  for (let n = 0; n < count; n++) {
    if (n > 0) density.advance();
    survived.push(Math.min(1, Math.max(0, density.survive())));
  }
  return survived;
}

/** A reading farther from what was expected than this is taken as being so far: beyond, only the ratio of tails counts. */
const FARTHEST_SD = 5;

/**
 * P(T stayed at or below `level` at the steps between | the residual read at the end): `start` is the law at the first
 * unseen step, `end` the next reading.
 */
export function survivalOfGap(
  day: Solved,
  level: number,
  start: ResidualLaw,
  end: { step: number; residual: number },
): number {
  if (end.step <= start.step) return 1;
  const free = ahead(day.coefficients, start, end.step);
  const farthest = FARTHEST_SD * free.sd;
  const residual = Math.max(free.mean - farthest, Math.min(free.mean + farthest, end.residual));
  const density = killedDensity(day, level, start);
  for (let step = start.step; step < end.step; step++) {
    if (step > start.step) density.advance();
    density.survive();
  }
  return Math.min(1, Math.max(0, density.nextAt(residual) / gaussian(residual - free.mean, free.sd)));
}
