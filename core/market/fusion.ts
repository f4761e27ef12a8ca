/**
 * Market and models as one forecast over the markets of an event: the log-linear (geometric) pool p ∝ Π p_j^w_j with
 * weights that sum to 1, which makes it externally Bayesian (Genest 1984). The weights depend on how far off the end of the
 * day is and on how wide the market quotes.
 */

export const components = ["market", "dayAhead", "intraday"] as const;
export type Component = (typeof components)[number];
export type FusionWeights = Readonly<Record<Component, number>>;

/**
 * log-score: weights fitted by log score on settled events. hazard-volume: those of Halsted312/weather_updated's
 * pmf_fusion, where the market's grows with the chance of a new maximum and with the volume (there per market; here their
 * mean, for a log-linear pool has one weight for all markets of an event). Where that chance or a volume is not known, as
 * before the day begins, the weights are those of log-score.
 */
export type FusionScheme = "log-score" | "hazard-volume";

export interface FusionParameters {
  scheme: FusionScheme;
  /** The models alone, without the market: by hours to the end of the climate day, rising from 0. */
  models: readonly { fromHours: number; weights: { dayAhead: number; intraday: number } }[];
  /** With the market: by hours, and by the sum of the event's spreads in dollars; both rising from 0. */
  pool: readonly { fromHours: number; fromWidth: number; weights: FusionWeights }[];
}

/** Sum of the spreads of an event's markets, dollars: five cents a market is where quotes stop being tight. */
const widthEdges = [0, 0.3] as const;

/**
 * In force before any fit. The market is the best public forecast (root mean square 1.88 to 2.44 °F beside the blend's
 * 2.12 to 2.70: Crosier, arXiv 2609.23969), the more so the nearer the end. In the last twelve hours the day-ahead models
 * know nothing that the market has not seen in the observations; before, what the market knows least of are the newest
 * readings.
 *
 * The models by themselves, from midnight to noon: the intraday model goes by the ensembles' hours, the day-ahead model by
 * the blend as well, whose error that morning is 2.12 °F beside 2.65 of the best bias-corrected single models (same
 * source): 0.6 to 0.4 by inverse variance, and less than 0.4 since both read the same ensembles. A morning's readings do
 * not make that up: Halsted312/weather_updated's models of the day's own observations err by 2.33 °F on the average at noon
 * and 2.23 at 14 (Chicago, 78 days), the National Weather Service's forecast of that morning by 1.76 (Chicago, 2021); at 16
 * they are ahead, by 1.57.
 */
const priorByLead: readonly {
  fromHours: number;
  pool: FusionWeights;
  models: { dayAhead: number; intraday: number };
}[] = [
  { fromHours: 0, pool: { market: 0.9, dayAhead: 0, intraday: 0.1 }, models: { dayAhead: 0, intraday: 1 } },
  { fromHours: 12, pool: { market: 0.85, dayAhead: 0.05, intraday: 0.1 }, models: { dayAhead: 0.7, intraday: 0.3 } },
  { fromHours: 24, pool: { market: 0.8, dayAhead: 0.2, intraday: 0 }, models: { dayAhead: 1, intraday: 0 } },
  { fromHours: 36, pool: { market: 0.8, dayAhead: 0.2, intraday: 0 }, models: { dayAhead: 1, intraday: 0 } },
];

/** Hours to the end of the climate day at which the buckets that are fitted begin. */
export const leadEdges: readonly number[] = priorByLead.map(({ fromHours }) => fromHours);

export const priorFusion: FusionParameters = {
  scheme: "log-score",
  models: priorByLead.map(({ fromHours, models }) => ({ fromHours, weights: models })),
  pool: widthEdges.flatMap((fromWidth) =>
    priorByLead.map(({ fromHours, pool }) => ({ fromHours, fromWidth, weights: pool })),
  ),
};

/** What the weights depend on. */
export interface FusionState {
  /** Hours to the end of the climate day. */
  leadHours: number;
  /** `quoteWidth` of the event, dollars; null without a market. */
  width: number | null;
  /** P(new maximum within the hour); null when the intraday model gives none. */
  newMaximumIn60: number | null;
  /** Contracts traded, by market in any unit; null where the answer does not say. */
  volumes: readonly (number | null)[];
}

export interface Fused {
  /** By which the weights came about. */
  scheme: FusionScheme;
  weights: FusionWeights;
  /** Π p_j^w_j; they sum to less than 1 by as much as the components disagree. */
  raw: number[];
  /** Normalised. */
  probabilities: number[];
}

/** Sum of the spreads of an event's quotes, dollars. A side on which nobody stands counts as 0 or 1. */
export function quoteWidth(quotes: readonly { bid: number | null; ask: number | null }[]): number {
  return quotes.reduce((sum, { bid, ask }) => sum + ((ask ?? 1_000_000) - (bid ?? 0)) / 1_000_000, 0);
}

/**
 * No model vetoes a bracket: what it holds for less likely is pooled as this, the floor of the market's probabilities and
 * of the log score. A model that is sure and wrong (a reading that no sensor took) would otherwise end every other voice.
 */
export const poolFloor = 1e-4;

/** Weights of S2, clipped: market 0.5 + 0.4 hazard + 0.1 volume. */
const hazardVolume = { base: 0.5, hazard: 0.4, volume: 0.1, low: 0.05, high: 0.95 };

function bucketAt<T extends { fromHours: number }>(buckets: readonly T[], leadHours: number): T {
  const found = buckets.findLast(({ fromHours }) => fromHours <= Math.max(0, leadHours));
  if (found === undefined) throw new RangeError(`fusion: no bucket for ${leadHours} hours to the end of the day`);
  return found;
}

/**
 * Weights of those that are there: an absent one leaves its weight to the others in proportion to theirs; where they have
 * none, evenly.
 */
export function sharedWeights<C extends string>(
  weights: Readonly<Record<C, number>>,
  present: readonly NoInfer<C>[],
): Record<C, number> {
  const names = Object.keys(weights) as C[];
  const sum = present.reduce((total, name) => total + weights[name], 0);
  return Object.fromEntries(
    names.map((name) => {
      const share = sum > 0 ? weights[name] / sum : 1 / present.length;
      return [name, present.includes(name) ? share : 0];
    }),
  ) as Record<C, number>;
}

/** The models' weights without the market, for those that are there. */
export function modelWeights(
  { models }: Pick<FusionParameters, "models">,
  leadHours: number,
  present: readonly ("dayAhead" | "intraday")[],
): { dayAhead: number; intraday: number } {
  return sharedWeights(bucketAt(models, leadHours).weights, present);
}

/** Mean over the markets of volume beside the busiest market's; 0 where nothing was traded, undefined where not all tell. */
function meanVolume(volumes: readonly (number | null)[]): number | undefined {
  const known = volumes.filter((volume) => volume !== null);
  if (known.length === 0 || known.length < volumes.length) return undefined;
  const largest = Math.max(...known);
  return largest === 0 ? 0 : known.reduce((sum, volume) => sum + volume / largest / known.length, 0);
}

/** S2's weights; undefined where something that they are made of is not known. */
function hazardVolumeWeights(
  { models }: Pick<FusionParameters, "models">,
  { leadHours, newMaximumIn60, volumes }: FusionState,
  present: readonly Component[],
): FusionWeights | undefined {
  const traded = meanVolume(volumes);
  if (newMaximumIn60 === null || traded === undefined) return undefined;
  const { base, hazard, volume, low, high } = hazardVolume;
  const market = Math.min(high, Math.max(low, base + hazard * newMaximumIn60 + volume * traded));
  const { dayAhead, intraday } = modelWeights(
    { models },
    leadHours,
    present.filter((name) => name !== "market"),
  );
  return sharedWeights({ market, dayAhead: (1 - market) * dayAhead, intraday: (1 - market) * intraday }, present);
}

function fusionWeights(
  parameters: FusionParameters,
  state: FusionState,
  present: readonly Component[],
): Pick<Fused, "scheme" | "weights"> {
  if (parameters.scheme === "hazard-volume") {
    const weights = hazardVolumeWeights(parameters, state, present);
    if (weights !== undefined) return { scheme: "hazard-volume", weights };
  }
  const { leadHours, width } = state;
  const widest = parameters.pool.findLast(({ fromWidth }) => fromWidth <= (width ?? 0));
  const quoted = parameters.pool.filter(({ fromWidth }) => fromWidth === widest?.fromWidth);
  return { scheme: "log-score", weights: sharedWeights(bucketAt(quoted, leadHours).weights, present) };
}

function requirePmf(name: string, pmf: readonly number[]): void {
  const sum = pmf.reduce((total, p) => total + p, 0);
  if (pmf.some((p) => !(p >= 0)) || !(Math.abs(sum - 1) < 1e-6)) {
    throw new Error(`${name} is no probability distribution: ${JSON.stringify(pmf)} sums to ${sum}`);
  }
}

/** Π p_j^w_j, not normalised. @throws when a component is no distribution or they are of different markets. */
export function logLinearProduct(given: readonly { name: string; pmf: readonly number[]; weight: number }[]): number[] {
  const [first] = given;
  for (const { name, pmf } of given) {
    requirePmf(name, pmf);
    if (pmf.length !== first?.pmf.length)
      throw new Error(
        `${first?.name} has ${first?.pmf.length} probabilities, ${name} ${pmf.length}: they must be of the same markets`,
      );
  }
  return (first?.pmf ?? []).map((_, index) =>
    given.reduce((value, { pmf, weight }) => value * Math.max(poolFloor, pmf[index] ?? 0) ** weight, 1),
  );
}

/**
 * The pool of what is there, over the markets of one event in the same order.
 * @returns undefined when there is nothing to pool.
 * @throws when a component is no distribution, or they are of different markets.
 */
export function fuse(
  given: Readonly<Partial<Record<Component, readonly number[]>>>,
  parameters: FusionParameters,
  state: FusionState,
): Fused | undefined {
  const present = components.filter((name) => given[name] !== undefined);
  if (present.length === 0) return undefined;
  const { scheme, weights } = fusionWeights(parameters, state, present);
  const raw = logLinearProduct(present.map((name) => ({ name, pmf: given[name] ?? [], weight: weights[name] })));
  const sum = raw.reduce((total, p) => total + p, 0);
  return { scheme, weights, raw, probabilities: raw.map((p) => p / sum) };
}
