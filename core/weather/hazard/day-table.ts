/**
 * A day of the intraday hazard model, solved. The temperature is T_t = baseline_t + r_t with r an AR(1) process. For each
 * step, residual and threshold c the table gives P(no later T exceeds c), by the backward recursion
 *
 *   S_t(r) = E[ S_{t+1}(r')·1{baseline_{t+1} + r' <= c} ],   r' ~ N(phi_t·r, sigma_t²)
 *
 * on a grid of residuals, without simulation. What is kept is the integrand S_t·1{…} on the nodes, its cut at the
 * threshold corrected to eighth order: a live tick is then one Gaussian sum over a few nodes, as accurate between the
 * nodes as on them. All thresholds share the Gaussian weights.
 */
import { checkCoefficients, type Coefficients, stepsPerDay } from "./coefficients.ts";
import { correctedNodes, cutFactors, firstOffset } from "./end-correction.ts";
import { GaussianBand, type ResidualGrid, residualGrid, TransitionBands } from "./residual-grid.ts";

/** A law of the residual: N(mean, sd²) at a step, °F. */
export interface ResidualLaw {
  step: number;
  mean: number;
  sd: number;
}

/**
 * Spacings tried one after the other, in units of the smallest innovation. Largest errors over steps and residuals of a
 * day, where the present temperature stands at the threshold: 8e-4 at 1, 1e-4 at 0.75, 2e-5 at 0.55, 4e-8 at 0.25; seen
 * from midnight 8e-5, 1e-5, 1e-6 and 1e-8.
 */
const SPACINGS = [0.55, 0.4, 0.25] as const;
/** Above the error of the first spacing, far below that of a grid that is too coarse: it fails abruptly. */
const TOLERANCE = 1e-4;
/** By how much the weights of the narrowest Gaussian may miss 1. */
const RESOLVED = 1e-6;

/** Survival this near to 1 or 0 is taken for it: over a whole day that adds up to less than 3e-7. */
const NEGLIGIBLE = 1e-9;

export interface DayTable {
  grid: ResidualGrid;
  baseline: Float64Array;
  coefficients: Coefficients;
  /** °F, ascending. */
  levels: Float64Array;
  /** Steps of the process on the grid: one place for all who ask, since most steps have the law of the one before. */
  transitions: TransitionBands;
  /** The first step that it answers for. */
  fromStep: number;
  /**
   * P(T stays at or below each level at the law's step and all later ones of the day), into `into` (one value a level).
   * A law at `stepsPerDay` is after the day: all 1.
   * @throws when the step lies before `fromStep`, or the mean out of the grid's reach: build a table with a larger
   * `mustReach`.
   */
  survival(law: ResidualLaw, into: Float64Array): void;
}

export interface DayTableInput {
  /** °F at each of the day's steps. */
  baseline: Float64Array;
  coefficients: Coefficients;
  /** °F, ascending: where the high passes from one whole degree to the next. */
  levels: Float64Array;
  /** A present residual that must be within reach, °F. */
  mustReach?: number;
  /** The day is solved from here on; default 0. Nobody asks for what has passed. */
  fromStep?: number;
  /** For measurements; see `SPACINGS`. */
  spacings?: readonly number[] | undefined;
}

/** The level's place on the grid at a step: the node below it, and how far past that node, as a share of the spacing. */
function cutAt(grid: ResidualGrid, level: number, baseline: number): { node: number; theta: number } {
  const at = (level - baseline - grid.lowest) / grid.spacing;
  const node = Math.floor(at);
  return { node, theta: at - node };
}

const lastCorrected = firstOffset + correctedNodes - 1;

/** Multiplies column `column` of node-major `values` by 1{residual <= cut}; @returns the last node that is not zero. */
export function applyCut(
  grid: ResidualGrid,
  values: Float64Array,
  cut: { level: number; baseline: number; columns: number; column: number },
  factors: Float64Array,
): number {
  const { columns, column } = cut;
  const { node, theta } = cutAt(grid, cut.level, cut.baseline);
  // A cut so near the grid's end that it cannot be corrected leaves all or nothing: half a correction would be none.
  if (node + lastCorrected >= grid.nodes) return grid.nodes - 1;
  if (node + firstOffset < 0) {
    for (let at = column; at < values.length; at += columns) values[at] = 0;
    return -1;
  }
  cutFactors(theta, factors);
  for (let index = 0; index < correctedNodes; index++) {
    const at = node + firstOffset + index;
    values[at * columns + column] = (values[at * columns + column] ?? 0) * (factors[index] ?? 0);
  }
  for (let at = node + lastCorrected + 1; at < grid.nodes; at++) values[at * columns + column] = 0;
  return node + lastCorrected;
}

/** Four thresholds are summed at a time, in registers. */
const LANES = 4;

/** @returns the integrands, [step from `fromStep`][node][column], or what is wrong with the grid. */
function solve(
  bands: TransitionBands,
  { baseline, coefficients: { phi, sigma } }: Pick<DayTableInput, "baseline" | "coefficients">,
  padded: Float64Array,
  fromStep: number,
): { values: Float32Array } | { fault: string } {
  const { grid } = bands;
  const { nodes, spacing } = grid;
  const columns = padded.length;
  const values = new Float32Array((stepsPerDay - fromStep) * nodes * columns);
  let current: Float64Array = new Float64Array(nodes * columns).fill(1);
  let next: Float64Array = new Float64Array(nodes * columns);
  const factors = new Float64Array(correctedNodes);
  const last = new Int32Array(columns);
  const needed = new Int32Array(columns);
  const middle = (nodes - 1) / 2;
  const blocks = columns / LANES;
  // By block: up to this node every survival is 1, and from that one on every survival is 0.
  const certainTo = new Int32Array(blocks).fill(nodes - 1);
  const hopelessFrom = new Int32Array(blocks).fill(nodes);
  const ones = new Int32Array(blocks);
  const ends = new Int32Array(blocks);

  for (let step = stepsPerDay - 1; step >= fromStep; step--) {
    for (let column = 0; column < columns; column++) {
      const level = padded[column] ?? Number.NaN;
      last[column] = applyCut(grid, current, { level, baseline: baseline[step] ?? 0, columns, column }, factors);
    }
    values.set(current, (step - fromStep) * nodes * columns);
    if (step === fromStep) break;
    for (let column = 0; column < columns; column++) {
      const { node } = cutAt(grid, padded[column] ?? Number.NaN, baseline[step - 1] ?? 0);
      needed[column] = Math.min(nodes - 1, node + lastCorrected);
    }
    for (let block = 0; block < blocks; block++) {
      const { node } = cutAt(grid, padded[block * LANES] ?? Number.NaN, baseline[step] ?? 0);
      ones[block] = Math.min(certainTo[block] ?? 0, node + firstOffset - 1);
      ends[block] = Math.min(last[block * LANES + LANES - 1] ?? 0, (hopelessFrom[block] ?? 0) - 1);
    }
    certainTo.fill(-1);
    hopelessFrom.fill(nodes);
    bands.place(phi[step - 1] ?? 0, sigma[step - 1] ?? 0);
    const { weights, stride } = bands;
    const mass = bands.massOf(middle);
    if (!(Math.abs(mass - 1) <= RESOLVED))
      return { fault: `a Gaussian of ${sigma[step - 1]} °F weighs ${mass} at a spacing of ${spacing} °F` };
    for (let node = 0; node < nodes; node++) {
      const first = bands.first[node] as number;
      const bandLast = bands.last[node] as number;
      const offset = node * stride;
      let below = 0;
      for (let column = 0; column < columns; column += LANES) {
        // Beyond the cut of the step before nobody looks.
        if (node > (needed[column + LANES - 1] ?? 0)) continue;
        const block = column / LANES;
        const to = node * columns + column;
        if (bandLast <= (ones[block] ?? 0) || node >= (hopelessFrom[block] ?? 0)) {
          const certain = bandLast <= (ones[block] ?? 0);
          below = certain ? 1 : 0;
          next[to] = below;
          next[to + 1] = below;
          next[to + 2] = below;
          next[to + 3] = below;
          if (certain) certainTo[block] = node;
          continue;
        }
        const end = Math.min(bandLast, ends[block] ?? 0);
        let [s0, s1, s2, s3] = [0, 0, 0, 0];
        let at = first * columns + column;
        for (let index = 0; index <= end - first; index++) {
          const weight = weights[offset + index] as number;
          s0 += weight * (current[at] as number);
          s1 += weight * (current[at + 1] as number);
          s2 += weight * (current[at + 2] as number);
          s3 += weight * (current[at + 3] as number);
          at += columns;
        }
        // Written so that NaN does not pass.
        const sound =
          s0 >= below - TOLERANCE &&
          s1 >= s0 - TOLERANCE &&
          s2 >= s1 - TOLERANCE &&
          s3 >= s2 - TOLERANCE &&
          s0 >= -TOLERANCE &&
          s3 <= 1 + TOLERANCE;
        if (!sound)
          return { fault: `survival at step ${step - 1}, node ${node}: ${[below, s0, s1, s2, s3].join(", ")}` };
        below = s3;
        if (s0 > 1 - NEGLIGIBLE && certainTo[block] === node - 1) certainTo[block] = node;
        if (s3 < NEGLIGIBLE) hopelessFrom[block] = node;
        next[to] = s0;
        next[to + 1] = s1;
        next[to + 2] = s2;
        next[to + 3] = s3;
      }
    }
    [current, next] = [next, current];
  }
  return { values };
}

/**
 * Solves a day. The grid checks itself (survival within [0, 1] and monotone in the level, Gaussians resolved); a finer
 * one is taken when it fails.
 * @throws when no grid passes, or the input makes no sense.
 */
export function buildDayTable(input: DayTableInput): DayTable {
  const { baseline, coefficients, levels, mustReach, fromStep = 0, spacings = SPACINGS } = input;
  checkCoefficients(coefficients);
  if (baseline.length !== stepsPerDay || baseline.some((value) => !Number.isFinite(value)))
    throw new RangeError(`baseline: ${baseline.length} values; expected ${stepsPerDay} finite ones`);
  if (levels.length === 0 || levels.some((level, index) => !(level > (levels[index - 1] ?? -Infinity))))
    throw new RangeError(`levels must ascend, found ${levels.join(", ")}`);
  if (!(Number.isInteger(fromStep) && fromStep >= 0 && fromStep < stepsPerDay))
    throw new RangeError(`fromStep is ${fromStep}; a day has steps 0 to ${stepsPerDay - 1}`);
  const columns = Math.ceil(levels.length / LANES) * LANES;
  const padded = new Float64Array(columns).fill(Infinity);
  padded.set(levels);

  const faults: string[] = [];
  for (const ratio of spacings) {
    const grid = residualGrid(coefficients, ratio, mustReach);
    const transitions = new TransitionBands(grid);
    const solved = solve(transitions, input, padded, fromStep);
    if ("fault" in solved) {
      faults.push(`spacing ${ratio}: ${solved.fault}`);
      continue;
    }
    const band = new GaussianBand(grid);
    const { weights } = band;
    const { values } = solved;
    const count = levels.length;
    const survival = ({ step, mean, sd }: ResidualLaw, into: Float64Array): void => {
      if (!(Math.abs(mean) <= grid.reach))
        throw new RangeError(
          `a residual of ${mean} °F at step ${step} is out of the table's reach of ${grid.reach} °F; build it with mustReach`,
        );
      if (step >= stepsPerDay) {
        into.fill(1);
        return;
      }
      if (step < fromStep)
        throw new RangeError(`step ${step} lies before the table's first, ${fromStep}; build it from there`);
      band.place(mean, sd);
      into.fill(0);
      let at = ((step - fromStep) * grid.nodes + band.first) * columns;
      for (let index = 0; index <= band.last - band.first; index++) {
        const weight = weights[index] as number;
        for (let column = 0; column < count; column++)
          into[column] = (into[column] as number) + weight * (values[at + column] as number);
        at += columns;
      }
    };
    return { grid, baseline, coefficients, levels, transitions, fromStep, survival };
  }
  throw new RangeError(`the hazard recursion fails its own checks on every grid: ${faults.join("; ")}`);
}
