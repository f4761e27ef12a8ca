/**
 * AR(1) coefficients of the residual (observation minus baseline) by minute of day. The buckets' edges at 60, 180, 360
 * and 720 minutes after local standard midnight follow Halsted312/weather_updated's hazard model, which fitted them on
 * differences of the temperature; here they are fitted on residuals, so that a path goes on from where it is.
 *
 * Pairs of readings an hour apart are used, by their exact law r_{t+n} | r_t ~ N(phi^n·r_t, sigma²(1 − phi^2n)/(1 − phi²)).
 * The feed's rounding to whole °C is noise of half a degree F in every reading: five minutes apart it outweighs the
 * weather, and sigma comes out half again too large. An hour apart it does not, and readings that the feed leaves out (two in
 * five of IEM's five-minute reports) cost little. Pairs overlap, which makes the estimate no worse, only its pairs fewer
 * than they look.
 */
import { type Coefficients, stepMinutes, stepsPerDay } from "./coefficients.ts";

/** Minutes after local standard midnight; a bucket holds [edge, next edge). */
export const bucketEdges = [0, 60, 180, 360, 720] as const;
/** The second reading of a pair is the first one from an hour to an hour and ten minutes after the first. */
const [minGap, maxGap] = [60 / stepMinutes, 70 / stepMinutes];
/** With fewer pairs a bucket takes the coefficients of the whole day. */
const MIN_PAIRS = 60;
/** Memory of 2,000 steps, a week: what cannot be told from a random walk within one day. */
const MAX_PHI = 0.9995;
/** A feed that hardly moves (°C steps of 1.8 °F) still stands for air that does, °F a step. */
const MIN_SIGMA = 0.05;

export interface ResidualBucket {
  fromMinute: number;
  phi: number;
  /** °F. */
  sigma: number;
  /** Pairs of this bucket itself. */
  pairs: number;
  /** Whether they were too few, and the whole day's coefficients stand here. */
  pooled: boolean;
}

export interface ResidualModel {
  buckets: ResidualBucket[];
  /** Root mean square of all residuals, °F. */
  spread: number;
  /** Days that it was fitted on. */
  days: number;
}

/** Sums over the pairs of one gap: all that their likelihood needs. */
interface PairSums {
  gap: number;
  pairs: number;
  from2: number;
  fromTo: number;
  to2: number;
}

/**
 * By bucket, then by gap. A pair belongs to the bucket of its middle: those that lead across an edge then err to neither
 * side.
 */
function sumsByBucket(paths: readonly Float64Array[], readingVariance: number): PairSums[][] {
  const buckets = bucketEdges.map(() =>
    Array.from({ length: maxGap - minGap + 1 }, (_, index): PairSums => {
      return { gap: minGap + index, pairs: 0, from2: 0, fromTo: 0, to2: 0 };
    }),
  );
  for (const path of paths) {
    for (let step = 0; step + minGap < stepsPerDay; step++) {
      const from = path[step] ?? Number.NaN;
      if (Number.isNaN(from)) continue;
      for (let gap = minGap; gap <= maxGap; gap++) {
        const to = path[step + gap] ?? Number.NaN;
        if (Number.isNaN(to)) continue;
        const bucket = bucketEdges.findLastIndex((edge) => edge <= (step + gap / 2) * stepMinutes);
        const sums = buckets[bucket]?.[gap - minGap];
        if (sums === undefined) throw new Error(`no bucket for step ${step}`);
        sums.pairs++;
        // What the rounding adds to the squares is no weather; of two readings it is independent.
        sums.from2 += from * from - readingVariance;
        sums.fromTo += from * to;
        sums.to2 += to * to - readingVariance;
        break;
      }
    }
  }
  return buckets;
}

const countOf = (sums: readonly PairSums[]) => sums.reduce((total, { pairs }) => total + pairs, 0);

/** Conditional maximum likelihood of each pair: sigma is profiled out, phi found by golden section. */
function fitPairs(sums: readonly PairSums[]): { phi: number; sigma: number } {
  const count = countOf(sums);
  const profile = (phi: number) => {
    let squares = 0;
    let logs = 0;
    for (const { gap, pairs, from2, fromTo, to2 } of sums) {
      const decay = phi ** gap;
      const scale = (1 - decay * decay) / (1 - phi * phi);
      squares += (to2 - 2 * decay * fromTo + decay * decay * from2) / scale;
      logs += pairs * Math.log(scale);
    }
    // Where the rounding is all there is to see, the squares without it can come out below zero.
    const variance = Math.max(MIN_SIGMA ** 2, squares / count);
    return { variance, loss: count * Math.log(variance) + logs };
  };
  const golden = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [0, MAX_PHI];
  while (high - low > 1e-7) {
    const [a, b] = [high - golden * (high - low), low + golden * (high - low)];
    if (profile(a).loss < profile(b).loss) high = b;
    else low = a;
  }
  const phi = (low + high) / 2;
  return { phi, sigma: Math.sqrt(profile(phi).variance) };
}

/**
 * @param paths a day each: residuals in °F by step from local standard midnight, NaN where there is no reading
 * @param readingVariance what rounding adds to a reading, °F²
 * @throws when the days are too few to say anything.
 */
export function fitResidualModel(paths: readonly Float64Array[], readingVariance = 0): ResidualModel {
  for (const [index, path] of paths.entries()) {
    if (path.length !== stepsPerDay)
      throw new RangeError(`residual path ${index} has ${path.length} steps; expected ${stepsPerDay}`);
  }
  const sums = sumsByBucket(paths, readingVariance);
  const all = sums.flat();
  if (countOf(all) < MIN_PAIRS)
    throw new RangeError(`residual model: ${countOf(all)} pairs of readings; it needs ${MIN_PAIRS} or more`);
  const whole = fitPairs(all);
  const values = paths.flatMap((path) => [...path].filter((value) => !Number.isNaN(value)));
  return {
    buckets: bucketEdges.map((fromMinute, index) => {
      const own = sums[index] ?? [];
      const pooled = countOf(own) < MIN_PAIRS;
      return { fromMinute, ...(pooled ? whole : fitPairs(own)), pairs: countOf(own), pooled };
    }),
    spread: Math.sqrt(
      Math.max(MIN_SIGMA ** 2, values.reduce((sum, value) => sum + value * value, 0) / values.length - readingVariance),
    ),
    days: paths.length,
  };
}

/** The coefficients step by step. */
export function coefficientsOf({
  buckets,
  spread,
}: {
  buckets: readonly Pick<ResidualBucket, "fromMinute" | "phi" | "sigma">[];
  spread: number;
}): Coefficients {
  const phi = new Float64Array(stepsPerDay);
  const sigma = new Float64Array(stepsPerDay);
  for (let step = 0; step < stepsPerDay; step++) {
    const bucket = buckets.findLast(({ fromMinute }) => fromMinute <= step * stepMinutes);
    if (bucket === undefined) throw new RangeError("residual model: no bucket begins at minute 0");
    phi[step] = bucket.phi;
    sigma[step] = bucket.sigma;
  }
  return { phi, sigma, startSd: Math.max(spread, ...sigma) };
}
