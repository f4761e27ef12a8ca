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

/** The density of the residual at the law's step, and on from there. */
class KilledDensity {
  step: number;
  /** Per node, times the spacing: what a Gaussian's weights are. */
  private density: Float64Array;
  private next: Float64Array;
  private readonly day: Solved;

  constructor(day: Solved, { step, mean, sd }: ResidualLaw) {
    this.day = day;
    this.step = step;
    const { nodes } = day.grid;
    this.density = new Float64Array(nodes);
    this.next = new Float64Array(nodes);
    const band = new GaussianBand(day.grid);
    band.place(mean, sd);
    for (let node = band.first; node <= band.last; node++) this.density[node] = band.weights[node - band.first] ?? 0;
  }

  copy(): KilledDensity {
    const copied = new KilledDensity(this.day, { step: this.step, mean: 0, sd: 1 });
    copied.density.set(this.density);
    return copied;
  }

  left(): number {
    let sum = 0;
    for (const mass of this.density) sum += mass;
    return Math.min(1, Math.max(0, sum));
  }

  /** Takes away what exceeds the level at the present step. */
  cut(level: number): void {
    const { grid, baseline } = this.day;
    applyCut(grid, this.density, { level, baseline: baseline[this.step] ?? 0, columns: 1, column: 0 }, factors);
  }

  advance(): void {
    const { grid, transitions, coefficients } = this.day;
    const { density, next } = this;
    transitions.place(coefficients.phi[this.step] ?? 0, coefficients.sigma[this.step] ?? 0);
    const { weights, stride } = transitions;
    next.fill(0);
    for (let from = 0; from < grid.nodes; from++) {
      const mass = density[from] as number;
      if (Math.abs(mass) < NEGLIGIBLE) continue;
      const first = transitions.first[from] as number;
      const count = (transitions.last[from] as number) - first + 1;
      for (let index = 0; index < count; index++)
        next[first + index] = (next[first + index] as number) + mass * (weights[from * stride + index] as number);
    }
    [this.density, this.next] = [next, density];
    this.step++;
  }

  /** Density per °F of the residual at the next step. */
  nextAt(residual: number): number {
    const { grid, coefficients } = this.day;
    const [phi, sigma] = [coefficients.phi[this.step] ?? 0, coefficients.sigma[this.step] ?? 1];
    let sum = 0;
    for (let from = 0; from < grid.nodes; from++)
      sum += (this.density[from] ?? 0) * gaussian(residual - phi * (grid.lowest + from * grid.spacing), sigma);
    return sum;
  }
}

/** Scratch of the cuts. */
const factors = new Float64Array(correctedNodes);
const gaussian = (x: number, sd: number) => Math.exp(-0.5 * (x / sd) ** 2) / (sd * Math.sqrt(2 * Math.PI));

/** What goes unseen since the last reading: densities by level, carried on when a later step is asked for. */
export class UnseenPaths {
  readonly day: Solved;
  /** Of the residual at the first step that was not seen. */
  readonly law: ResidualLaw;
  private readonly byLevel = new Map<number, KilledDensity>();

  constructor(day: Solved, law: ResidualLaw) {
    this.day = day;
    this.law = law;
  }

  /** The paths that stayed at or below a level from the law's step to the present one. */
  private until(level: number, now: number): KilledDensity {
    let density = this.byLevel.get(level);
    if (density === undefined || density.step > now) {
      density = new KilledDensity(this.day, this.law);
      density.cut(level);
      this.byLevel.set(level, density);
    }
    while (density.step < now) {
      density.advance();
      density.cut(level);
    }
    return density;
  }

  /**
   * P(T stays at or below `unseenF` until the present step, and at or below `laterF` in the 0, 1, … `steps` steps after
   * it); fewer where the day ends. Where the law is of the next step nothing went unseen.
   */
  survival({ unseenF, laterF }: { unseenF: number; laterF: number }, span: { now: number; steps: number }): number[] {
    const { day, law } = this;
    const last = Math.min(span.now + span.steps, day.baseline.length - 1);
    const isSeen = law.step > span.now;
    if (isSeen && law.step > last) return [1];
    const density = isSeen ? new KilledDensity(day, law) : this.until(unseenF, span.now).copy();
    const survived = [isSeen ? 1 : density.left()];
    while (survived.length <= last - span.now) {
      if (density.step <= span.now + survived.length - 1) density.advance();
      density.cut(laterF);
      survived.push(density.left());
    }
    return survived;
  }
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
  const density = new KilledDensity(day, start);
  for (let { step } = start; step < end.step; step++) {
    if (step > start.step) density.advance();
    density.cut(level);
  }
  return Math.min(1, Math.max(0, density.nextAt(residual) / gaussian(residual - free.mean, free.sd)));
}
