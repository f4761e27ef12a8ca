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

/**
 * @param ratio spacing in units of the smallest innovation
 * @param mustReach a residual that the grid must hold though it lies farther out than the model expects, °F
 * @throws when the grid would be absurdly large.
 */
export function residualGrid(coefficients: Coefficients, ratio: number, mustReach = 0): ResidualGrid {
  const sd = largestSpread(coefficients);
  const reach = Math.max(REACH_SD * sd, mustReach);
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
