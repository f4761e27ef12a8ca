/** The grid on which the residual lives, and Gaussian weights on it. */
import type { Coefficients } from "./coefficients.ts";
import { largestSpread, smallestSigma } from "./coefficients.ts";

/** A Gaussian is cut off here: 2e-9 of it lie beyond, 6e-7 over a day's steps. */
const BAND_SD = 6;
/** Half-width of the grid in standard deviations of the residual. */
const HALF_WIDTH_SD = 6.5;
/** Starting no farther out than this, the residual meets the grid's end with less than 1e-6. */
const REACH_SD = 4;
/** More nodes than this and a day takes seconds: the coefficients are not those of five-minute temperatures. */
const MAX_NODES = 2_000;

export interface ResidualGrid {
  /** Residual of the first node, °F. */
  lowest: number;
  /** °F. */
  spacing: number;
  nodes: number;
  /** Largest present residual, either sign, °F, for which results hold. */
  reach: number;
}

/** The largest residual, either sign, °F, that a grid holds without being asked to. */
export function heldReach(coefficients: Coefficients): number {
  return REACH_SD * largestSpread(coefficients);
}

/**
 * @param ratio spacing in units of the smallest innovation
 * @param mustReach a residual that the grid must hold though it lies farther out than the model expects, °F
 * @throws when the grid would be absurdly large.
 */
export function residualGrid(coefficients: Coefficients, ratio: number, mustReach = 0): ResidualGrid {
  const sd = largestSpread(coefficients);
  const reach = Math.max(heldReach(coefficients), mustReach);
  const halfWidth = reach + (HALF_WIDTH_SD - REACH_SD) * sd;
  const nodes = 2 * Math.ceil(halfWidth / (ratio * smallestSigma(coefficients))) + 1;
  if (!(nodes <= MAX_NODES)) {
    throw new RangeError(
      `the residual's grid would have ${nodes} nodes, more than ${MAX_NODES}: smallest innovation ${smallestSigma(coefficients)} °F, spread ${sd} °F; look at the fit`,
    );
  }
  return { lowest: -halfWidth, spacing: (2 * halfWidth) / (nodes - 1), nodes, reach };
}

/**
 * The nodes under a Gaussian with their share of it: Σ weights·f(node) ≈ E f. The trapezoid sum over a Gaussian
 * converges like exp(−2π²sd²/spacing²) (Poisson summation). One object is placed again and again: this is the innermost
 * loop of the model.
 */
export class GaussianBand {
  /** Node of weights[0]. */
  first = 0;
  /** The last node with a weight; below `first` when the Gaussian lies beside the grid. */
  last = -1;
  readonly weights: Float64Array;
  readonly grid: ResidualGrid;

  constructor(grid: ResidualGrid) {
    this.grid = grid;
    this.weights = new Float64Array(grid.nodes);
  }

  place(mean: number, sd: number): void {
    const { lowest, spacing, nodes } = this.grid;
    const { weights } = this;
    this.first = Math.max(0, Math.ceil((mean - BAND_SD * sd - lowest) / spacing));
    this.last = Math.min(nodes - 1, Math.floor((mean + BAND_SD * sd - lowest) / spacing));
    const count = this.last - this.first + 1;
    const z = (lowest + this.first * spacing - mean) / sd;
    const dz = spacing / sd;
    // Two multiplications a node instead of one exponential: the second ratio of a Gaussian at equal steps is constant.
    let weight = (dz / Math.sqrt(2 * Math.PI)) * Math.exp(-0.5 * z * z);
    let ratio = Math.exp(-dz * (z + 0.5 * dz));
    const second = Math.exp(-dz * dz);
    for (let index = 0; index < count; index++) {
      weights[index] = weight;
      weight *= ratio;
      ratio *= second;
    }
  }
}

/** One step of the process from every node at once. A day has few laws of a step: the bands of the last one are kept. */
export class TransitionBands {
  /** Per node of departure, the nodes of arrival with a weight. */
  readonly first: Int32Array;
  readonly last: Int32Array;
  /** Weight of the first node of arrival of node n at n · stride. */
  weights = new Float64Array(0);
  stride = 0;
  readonly grid: ResidualGrid;
  private readonly band: GaussianBand;
  private phi = Number.NaN;
  private sigma = Number.NaN;

  constructor(grid: ResidualGrid) {
    this.grid = grid;
    this.band = new GaussianBand(grid);
    this.first = new Int32Array(grid.nodes);
    this.last = new Int32Array(grid.nodes);
  }

  place(phi: number, sigma: number): void {
    if (phi === this.phi && sigma === this.sigma) return;
    [this.phi, this.sigma] = [phi, sigma];
    const { band, first, last } = this;
    const { nodes, lowest, spacing } = this.grid;
    this.stride = Math.min(nodes, Math.ceil((2 * BAND_SD * sigma) / spacing) + 1);
    if (this.weights.length < nodes * this.stride) this.weights = new Float64Array(nodes * this.stride);
    for (let node = 0; node < nodes; node++) {
      band.place(phi * (lowest + node * spacing), sigma);
      first[node] = band.first;
      last[node] = band.last;
      const count = band.last - band.first + 1;
      for (let index = 0; index < count; index++)
        this.weights[node * this.stride + index] = band.weights[index] as number;
    }
  }

  /** Of all weights from a node: 1 where the grid resolves the step. */
  massOf(node: number): number {
    let mass = 0;
    const count = (this.last[node] ?? 0) - (this.first[node] ?? 0) + 1;
    for (let index = 0; index < count; index++) mass += this.weights[node * this.stride + index] ?? 0;
    return mass;
  }
}
