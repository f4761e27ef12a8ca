/**
 * One price from several venues, with a confidence that has no steps. Ageing, disagreement and the loss of a venue all
 * pull on it gradually; a venue that prints garbage moves the price by less than a basis point (tests/unit/crypto).
 */
import { type FairValueParameters, fairValueParameters, type Origin } from "./parameters.ts";

/** What one venue shows, in US dollars. */
export interface VenuePrice {
  venue: string;
  /** How we have it: a stream ages faster than a poll, because its silence says more. */
  origin: Origin;
  /** Mid of best bid and ask, $. */
  price: number;
  /** Since it was received, seconds. */
  ageSeconds: number;
}

export interface VenueShare extends VenuePrice {
  /** 1 when fresh, halved with every half-life. */
  freshness: number;
  /** Distance from the median, basis points. */
  deviationBps: number;
  /** Part of the fair value that is this venue's, in [0, 1]. */
  share: number;
}

export interface FairValue {
  /** $. */
  price: number;
  /** In (0, 1). */
  confidence: number;
  /** Mean distance of the venues from their median, basis points. */
  disagreementBps: number;
  /** Mean age of what the price is made of, seconds. */
  ageSeconds: number;
  venues: VenueShare[];
}

/**
 * Mean of the weighted quantile function over the ranks from 0.4 to 0.6. A median that interpolates between ranks jumps
 * when two venues of different weight cross; this one is continuous in prices and weights, does not ask for their order,
 * and nothing that holds less than 40 % of the weight at one end reaches it.
 */
export function smoothMedian(values: readonly { value: number; weight: number }[]): number {
  const total = values.reduce((sum, { weight }) => sum + weight, 0);
  if (!(total > 0)) throw new RangeError(`the weights sum to ${total}; a median needs a positive weight`);
  const [from, to] = [0.4, 0.6];
  let below = 0;
  let median = 0;
  for (const { value, weight } of [...values].sort((a, b) => a.value - b.value)) {
    const above = below + weight / total;
    median += value * Math.max(0, Math.min(to, above) - Math.max(from, below));
    below = above;
  }
  return median / (to - from);
}

/** Prices that cannot be: a decoder that lets one through must not make a fair value. */
function requirePrice({ venue, price, ageSeconds }: VenuePrice): void {
  if (!(price > 0) || !Number.isFinite(price)) throw new RangeError(`${venue}: price is ${price}; it must be positive`);
  if (Number.isNaN(ageSeconds)) throw new RangeError(`${venue}: ageSeconds is not a number`);
}

function requireWeight(venue: string, weights: FairValueParameters["weights"]): number {
  const weight = Object.hasOwn(weights, venue) ? weights[venue] : undefined;
  if (weight === undefined) throw new Error(`${venue} has no weight: add one to core/crypto/parameters.ts`);
  return weight;
}

/**
 * The weighted fair value.
 * @param asked Ids of the venues that are asked. Weights are normalised over them, so that one that says nothing costs
 * confidence; a price of any other venue has no say.
 * @returns why there is none when too little is fresh: no price is a state, never a default.
 */
export function fairValue(
  prices: readonly VenuePrice[],
  asked: readonly string[],
  parameters: FairValueParameters = fairValueParameters,
): FairValue | { none: string } {
  const { weights, halfLifeSeconds, minWeight } = parameters;
  const weightOf = new Map(asked.map((venue) => [venue, requireWeight(venue, weights)]));
  const totalWeight = [...weightOf.values()].reduce((sum, weight) => sum + weight, 0);
  const venues = prices.flatMap((price) => {
    requirePrice(price);
    const weight = weightOf.get(price.venue);
    if (weight === undefined) return [];
    const freshness = 2 ** (-Math.max(0, price.ageSeconds) / halfLifeSeconds[price.origin]);
    return [{ ...price, freshness, weight: (weight / totalWeight) * freshness }];
  });
  const twice = venues.find(({ venue }, index) => venues.findIndex((other) => other.venue === venue) !== index);
  if (twice !== undefined) throw new RangeError(`${twice.venue} is there twice; choose one price a venue first`);
  const fresh = venues.reduce((sum, { weight }) => sum + weight, 0);
  if (!(fresh >= minWeight)) {
    return { none: `${venues.length} venues weigh ${fresh.toFixed(4)} together, at least ${minWeight} is asked` };
  }
  const median = smoothMedian(venues.map(({ price, weight }) => ({ value: price, weight })));
  const apart = venues.map((venue) => ({ ...venue, deviationBps: (Math.abs(venue.price - median) / median) * 1e4 }));
  const scale = Math.max(
    parameters.minScaleBps,
    smoothMedian(apart.map(({ deviationBps, weight }) => ({ value: deviationBps, weight }))),
  );
  const robust = apart.map((venue) => ({
    ...venue,
    robust: venue.weight / (1 + (venue.deviationBps / (3 * scale)) ** 2),
  }));
  const sum = robust.reduce((total, venue) => total + venue.robust, 0);
  const mean = (of: (venue: (typeof robust)[number]) => number) =>
    robust.reduce((total, venue) => total + (venue.robust / sum) * of(venue), 0);
  const disagreementBps = apart.reduce((total, { weight, deviationBps }) => total + weight * deviationBps, 0) / fresh;
  const freshness = venues.reduce((total, venue) => total + venue.freshness, 0);
  const confidence =
    (Math.sqrt(sum) * (1 - Math.exp(-freshness / parameters.venuesForConfidence))) /
    (1 + (disagreementBps / parameters.halvingDisagreementBps) ** 2);
  return {
    // Around the median: the sum of products of large prices would lose the last digits.
    price: median + mean(({ price }) => price - median),
    confidence,
    disagreementBps,
    ageSeconds: mean(({ ageSeconds }) => Math.max(0, ageSeconds)),
    venues: robust.map(({ weight: _weight, robust: part, ...venue }) => ({ ...venue, share: part / sum })),
  };
}
