/**
 * Weights of the pool by the log score of settled events: per bucket of lead and width −Σ ln P(the market that paid), which
 * is convex in the weights, plus a Dirichlet penalty that draws them to the prior. Solved by exponentiated gradient on the
 * simplex (Kivinen & Warmuth 1997, Inf. Comput. 132); a weight that the prior sets to 0 stays there.
 */
import {
  type Component,
  components,
  fuse,
  type FusionParameters,
  poolFloor,
  priorFusion,
} from "../../market/fusion.ts";
import { logScore } from "../../stats/scoring.ts";
import type { Dated } from "./held-out.ts";

export interface FusionCase extends Dated {
  leadHours: number;
  /** Sum of the event's spreads, dollars. */
  width: number;
  /** What the desk said then; null where it said nothing. */
  newMaximumIn60: number | null;
  /** Contracts traded until then, by market in any unit; null where nobody told. */
  volumes: readonly (number | null)[];
  /** Distributions over the event's markets, in one order. */
  given: Readonly<Partial<Record<Component, readonly number[]>>>;
  /** Index of the market that paid. */
  outcome: number;
  /** Share of its event in the bucket: instants of one event are one day, however many there are. */
  share: number;
}

/** Climate days that the scored fit needs. */
export const minDays = 3;
/** Days of a station that the prior's weights count for. */
const PRIOR_DAYS = 10;
const MAX_STEPS = 5_000;
const TOLERANCE = 1e-7;

interface Example {
  /** ln p by component, then market. */
  logs: number[][];
  outcome: number;
  share: number;
}

/** Loss and gradient of one example: ln Σ_k exp(Σ_j w_j ln p_jk) − Σ_j w_j ln p_j,outcome. */
function addExample({ logs, outcome, share }: Example, weights: readonly number[], gradient: number[]): number {
  const first = logs[0] ?? [];
  const terms = first.map((_, k) => logs.reduce((sum, row, j) => sum + (weights[j] ?? 0) * (row[k] ?? 0), 0));
  const top = Math.max(...terms);
  const masses = terms.map((term) => Math.exp(term - top));
  const total = masses.reduce((sum, mass) => sum + mass, 0);
  logs.forEach((row, j) => {
    const expected = row.reduce((sum, value, k) => sum + ((masses[k] ?? 0) / total) * value, 0);
    gradient[j] = (gradient[j] ?? 0) + share * (expected - (row[outcome] ?? 0));
  });
  return share * (top + Math.log(total) - (terms[outcome] ?? 0));
}

/**
 * Weights that minimise the loss, drawn to `prior`.
 * @param prior positive, sum 1
 */
function solve(examples: readonly Example[], prior: readonly number[]): number[] {
  const evaluate = (weights: readonly number[]) => {
    const gradient = prior.map((p, j) => (-PRIOR_DAYS * p) / (weights[j] ?? 0));
    let loss = -PRIOR_DAYS * prior.reduce((sum, p, j) => sum + p * Math.log(weights[j] ?? 0), 0);
    for (const example of examples) loss += addExample(example, weights, gradient);
    return { loss, gradient };
  };
  let weights = [...prior];
  let here = evaluate(weights);
  let rate = 1 / (PRIOR_DAYS + examples.length);
  for (let step = 0; step < MAX_STEPS; step++) {
    // Convex: the best vertex bounds what can still be gained.
    const gap =
      here.gradient.reduce((sum, slope, j) => sum + slope * (weights[j] ?? 0), 0) - Math.min(...here.gradient);
    if (gap < TOLERANCE) break;
    const lowest = Math.min(...here.gradient);
    const raised = weights.map((weight, j) => weight * Math.exp(-rate * ((here.gradient[j] ?? 0) - lowest)));
    const sum = raised.reduce((total, value) => total + value, 0);
    const next = raised.map((value) => value / sum);
    const there = next.every((weight) => weight > 0) ? evaluate(next) : { loss: Infinity, gradient: [] };
    if (!(there.loss < here.loss)) {
      rate /= 2;
      if (rate < 1e-15) break;
      continue;
    }
    weights = next;
    here = there;
    rate *= 1.3;
  }
  return weights;
}

function fitWeights<C extends Component>(
  cases: readonly FusionCase[],
  prior: Readonly<Record<C, number>>,
): Record<C, number> {
  const names = components.filter(
    (name): name is C => (prior as Partial<Record<Component, number>>)[name] !== undefined,
  );
  const heard = names.filter((name) => prior[name] > 0);
  const examples = cases.flatMap(({ given, outcome, share }) => {
    const logs = heard.map((name) => given[name]?.map((p) => Math.log(Math.max(poolFloor, p))));
    // A case without one of them says nothing of its weight.
    return logs.some((row) => row === undefined) ? [] : [{ logs: logs as number[][], outcome, share }];
  });
  const found =
    heard.length < 2 || examples.length === 0
      ? heard.map((name) => prior[name])
      : solve(
          examples,
          heard.map((name) => prior[name]),
        );
  return Object.fromEntries(names.map((name) => [name, found[heard.indexOf(name)] ?? 0])) as Record<C, number>;
}

/** Buckets and scheme are the prior's. */
export function fitFusion(cases: readonly FusionCase[], prior: FusionParameters = priorFusion): FusionParameters {
  const within = <T extends { fromHours: number }>(buckets: readonly T[], bucket: T) => {
    const next = buckets.find(({ fromHours }) => fromHours > bucket.fromHours)?.fromHours ?? Infinity;
    return ({ leadHours }: FusionCase) => leadHours >= bucket.fromHours && leadHours < next;
  };
  const widths = [...new Set(prior.pool.map(({ fromWidth }) => fromWidth))];
  return {
    scheme: prior.scheme,
    models: prior.models.map((bucket) => ({
      ...bucket,
      weights: fitWeights(cases.filter(within(prior.models, bucket)), bucket.weights),
    })),
    pool: prior.pool.map((bucket) => {
      const nextWidth = widths.find((width) => width > bucket.fromWidth) ?? Infinity;
      const own = cases
        .filter(within(prior.pool, bucket))
        .filter(({ width }) => width >= bucket.fromWidth && width < nextWidth);
      return { ...bucket, weights: fitWeights(own, bucket.weights) };
    }),
  };
}

/** −ln of what the pool gave to the market that paid, nats: by the weights that the scheme would have had then. */
export function fusionLosses(parameters: FusionParameters, { given, outcome, ...state }: FusionCase): [number] {
  return [logScore(Math.min(1, fuse(given, parameters, state)?.probabilities[outcome] ?? 0))];
}
