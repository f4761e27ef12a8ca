/**
 * Ensemble model output statistics: a Gaussian with mean a + b x and variance c + d s², fitted by the smallest mean CRPS
 * (Gneiting, Raftery, Westveld & Goldman 2005, MWR 133, 1098-1118). x is the forecast, s² the variance of what stands
 * behind it: the members of an ensemble or successive issues of one forecast.
 */
import { Matrix, solve } from "ml-matrix";
import { normalCdf, normalDensity } from "../stats/normal.ts";
import { gaussianCrps } from "../stats/scoring.ts";

export interface EmosCase {
  /** Forecast, °F. */
  forecast: number;
  /** Variance behind it, °F²; 0 when there is one forecast only. */
  variance: number;
  /** What came, °F. */
  observed: number;
}

/** Mean a + b x, variance c + d s². */
export interface EmosCoefficients {
  a: number;
  b: number;
  c: number;
  d: number;
}

/**
 * What is believed before the first case: the forecast as it is (a = 0, b = 1), spread `sd`, the full spread of s² on top
 * (d = 1). The tolerances below say how firmly; 40 cases outweigh them, 5 do not.
 */
export interface EmosPrior {
  /** Error of the forecast, °F. */
  sd: number;
}

/** Standard deviations of the prior: bias in units of its sd, slope, √c in units of its sd, √d. */
const TOLERANCE = { bias: 0.7, slope: 0.2, spread: 0.35, share: 0.5 };
/** The spread never falls below this share of the prior's: a window of lucky days must not promise certainty. */
const MIN_SPREAD_SHARE = 0.25;
/** Mean of the CRPS's curvature in the mean, E[2φ(z)]/σ = 1/(σ√π): it puts the CRPS on the scale of a log likelihood. */
const CRPS_CURVATURE = 1 / Math.sqrt(Math.PI);
const MAX_STEPS = 60;

/** (bias at the centre, slope, √c, √d): squares keep both parts of the variance from being negative. */
type Theta = [number, number, number, number];

interface Problem {
  cases: readonly EmosCase[];
  centre: number;
  /** Of the penalty ½((θ − prior)/tolerance)². */
  prior: Theta;
  tolerance: Theta;
  scale: number;
  floor: number;
}

function gaussianAt({ centre, floor }: Problem, theta: Theta, item: Pick<EmosCase, "forecast" | "variance">) {
  const [bias, slope, spread, share] = theta;
  const mean = centre + bias + slope * (item.forecast - centre);
  return { mean, sd: Math.sqrt(floor ** 2 + spread ** 2 + share ** 2 * item.variance) };
}

function loss(problem: Problem, theta: Theta): number {
  let sum = 0;
  for (const item of problem.cases) {
    const { mean, sd } = gaussianAt(problem, theta, item);
    sum += gaussianCrps(mean, sd, item.observed);
  }
  let penalty = 0;
  theta.forEach((value, index) => {
    penalty += 0.5 * ((value - (problem.prior[index] ?? 0)) / (problem.tolerance[index] ?? 1)) ** 2;
  });
  return sum / problem.scale + penalty;
}

/**
 * Gradient and a positive curvature. The CRPS is convex in mean and sd together: its Hessian there is the rank-one
 * (2φ(z)/σ)(1, z)(1, z)ᵀ, carried over to θ by the Jacobian (Gauss-Newton).
 */
function slopes(problem: Problem, theta: Theta): { gradient: number[]; curvature: number[][] } {
  const gradient = [0, 0, 0, 0];
  const curvature = Array.from({ length: 4 }, () => [0, 0, 0, 0]);
  for (const item of problem.cases) {
    const { mean, sd } = gaussianAt(problem, theta, item);
    const z = (item.observed - mean) / sd;
    const byMean = (1 - 2 * normalCdf(z)) / problem.scale;
    const bySd = (2 * normalDensity(z) - 1 / Math.sqrt(Math.PI)) / problem.scale;
    const bend = (2 * normalDensity(z)) / sd / problem.scale;
    const meanBy = [1, item.forecast - problem.centre, 0, 0];
    const sdBy = [0, 0, theta[2] / sd, (theta[3] * item.variance) / sd];
    const along = meanBy.map((value, index) => value + z * (sdBy[index] ?? 0));
    for (let row = 0; row < 4; row++) {
      gradient[row] = (gradient[row] ?? 0) + byMean * (meanBy[row] ?? 0) + bySd * (sdBy[row] ?? 0);
      const line = curvature[row] ?? [];
      for (let column = 0; column < 4; column++) {
        line[column] = (line[column] ?? 0) + bend * (along[row] ?? 0) * (along[column] ?? 0);
      }
    }
  }
  for (let row = 0; row < 4; row++) {
    const tolerance = problem.tolerance[row] ?? 1;
    gradient[row] = (gradient[row] ?? 0) + ((theta[row] ?? 0) - (problem.prior[row] ?? 0)) / tolerance ** 2;
    const line = curvature[row] ?? [];
    line[row] = (line[row] ?? 0) + 1 / tolerance ** 2;
  }
  return { gradient, curvature };
}

/** Levenberg-Marquardt: Newton's step on the positive curvature, damped until it goes down. */
function minimise(problem: Problem): Theta {
  let theta: Theta = [...problem.prior];
  let best = loss(problem, theta);
  let damping = 1e-3;
  for (let step = 0; step < MAX_STEPS && damping < 1e9; step++) {
    const { gradient, curvature } = slopes(problem, theta);
    const damped = curvature.map((line, row) =>
      line.map((value, column) => (row === column ? value * (1 + damping) : value)),
    );
    const move = solve(new Matrix(damped), Matrix.columnVector(gradient)).to1DArray();
    const next: Theta = [
      theta[0] - (move[0] ?? 0),
      theta[1] - (move[1] ?? 0),
      theta[2] - (move[2] ?? 0),
      theta[3] - (move[3] ?? 0),
    ];
    const reached = loss(problem, next);
    if (!(reached < best)) {
      damping *= 8;
      continue;
    }
    const gained = best - reached;
    theta = next;
    best = reached;
    damping = Math.max(1e-9, damping / 8);
    if (gained < 1e-10 * (1 + best)) break;
  }
  return theta;
}

/** The coefficients for a window of past cases; without any, the prior's. @throws when a number is not finite. */
export function fitEmos(cases: readonly EmosCase[], prior: EmosPrior): EmosCoefficients {
  if (!(prior.sd > 0)) throw new RangeError(`prior sd is ${prior.sd}; it must be above 0`);
  for (const { forecast, variance, observed } of cases) {
    if (!Number.isFinite(forecast) || !Number.isFinite(observed) || !(variance >= 0 && variance < Infinity)) {
      throw new RangeError(`an EMOS case has forecast ${forecast}, variance ${variance}, observed ${observed}`);
    }
  }
  const centre = cases.reduce((sum, { forecast }) => sum + forecast / cases.length, 0);
  const floor = MIN_SPREAD_SHARE * prior.sd;
  const problem: Problem = {
    cases,
    centre,
    prior: [0, 1, Math.sqrt(prior.sd ** 2 - floor ** 2), 1],
    tolerance: [TOLERANCE.bias * prior.sd, TOLERANCE.slope, TOLERANCE.spread * prior.sd, TOLERANCE.share],
    scale: CRPS_CURVATURE * prior.sd,
    floor,
  };
  const [bias, slope, spread, share] = minimise(problem);
  return { a: centre + bias - slope * centre, b: slope, c: floor ** 2 + spread ** 2, d: share ** 2 };
}

/** The Gaussian for a new forecast, °F. */
export function emosGaussian(
  { a, b, c, d }: EmosCoefficients,
  forecast: number,
  variance: number,
): { mean: number; sd: number } {
  return { mean: a + b * forecast, sd: Math.sqrt(c + d * variance) };
}
