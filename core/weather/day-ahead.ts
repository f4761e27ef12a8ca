/**
 * The day-ahead model: each member's highest hour of the climate day, moved by the station's bias and dressed with a
 * Gaussian kernel (Raftery et al. 2005, MWR 133: the mixture keeps two humps on days with a front), summed up to a
 * distribution of the official high in whole °F.
 */
import type { TableRow } from "../../schemas/index.ts";
import type { StrikeInterval } from "../market/strikes.ts";
import { normalCdf } from "../stats/normal.ts";
import { climateDay } from "./climate-day.ts";
import { biasF, kernelScale, kernelSdByLead, modelWeights } from "./parameters.ts";
import type { Station } from "./stations.ts";

const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;
/** A day with fewer hours of forecast than this share could have lost its peak. */
const MIN_HOURS_SHARE = 0.9;
const MIN_MODELS = 2;
/** A model with fewer members than this does not count as one: at least ten members stand behind every forecast. */
const MIN_MEMBERS_PER_MODEL = 5;
/** Beyond so many kernel widths lies less than 1e-12 of a Gaussian, both sides together. */
const REACH_SD = 7.2;
/** Probabilities are whole multiples of this: their sums are exact in binary, in any order. */
const GRAIN = 2 ** -52;

/** P(high = pmfLow + i) = pmf[i]. */
export interface HighPmf {
  /** Whole °F. */
  pmfLow: number;
  /** Sums to exactly 1 in any order of addition. */
  pmf: number[];
}

export type HighForecast = HighPmf & {
  /** °F. */
  mean: number;
  /** °F. */
  sd: number;
};

export type MemberPath = Pick<
  TableRow<"weather_ensemble_members">,
  "station" | "model" | "member" | "first_valid_at" | "step_seconds" | "temperature_f"
>;

/** Kernel width at a lead time (hours to the end of the climate day), °F. */
export function kernelSd(station: Pick<Station, "icao">, leadHours: number): number {
  const scale = kernelScale[station.icao] ?? 1;
  let below = kernelSdByLead[0];
  for (const row of kernelSdByLead) {
    if (below !== undefined && row.leadHours > leadHours) {
      const share = Math.max(0, (leadHours - below.leadHours) / (row.leadHours - below.leadHours || 1));
      return scale * (below.sdF + share * (row.sdF - below.sdF));
    }
    below = row;
  }
  if (below === undefined) throw new Error("parameters: kernelSdByLead is empty");
  return scale * below.sdF;
}

/** The highest value of the path in [start, end), °F; undefined when it does not have enough of the day's hours. */
function highOf(path: MemberPath, start: number, end: number): number | undefined {
  const step = path.step_seconds * 1000;
  const from = Math.max(0, Math.ceil((start - path.first_valid_at) / step));
  let hours = 0;
  let high = Number.NEGATIVE_INFINITY;
  for (let index = from; index < path.temperature_f.length && path.first_valid_at + index * step < end; index++) {
    const value = path.temperature_f[index];
    if (value === null || value === undefined) continue;
    hours++;
    if (value > high) high = value;
  }
  return hours >= MIN_HOURS_SHARE * DAY_HOURS ? high : undefined;
}

/** Rounds to the grain and gives the largest probability what is left over, so that the whole is exactly 1. */
function exactly(masses: readonly number[]): number[] {
  const total = masses.reduce((sum, mass) => sum + mass, 0);
  const pmf = masses.map((mass) => Math.round(mass / total / GRAIN) * GRAIN);
  const mode = pmf.indexOf(Math.max(...pmf));
  // Multiples of the grain below 2 are all numbers of double precision: sum and difference are exact.
  pmf[mode] = (pmf[mode] ?? 0) + (1 - sum(pmf));
  return pmf;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/**
 * The mixture of Gaussians in whole numbers: P(k) = F(k + ½) − F(k − ½), renormalised over a range that leaves out less
 * than 1e-12. Upper tails are taken from the upper side, where the cdf would have lost their digits.
 */
export function mixturePmf(centres: readonly { centre: number; weight: number }[], sd: number): HighPmf {
  const reach = REACH_SD * sd;
  const all = centres.map(({ centre }) => centre);
  const pmfLow = Math.round(Math.min(...all) - reach);
  const masses = Array.from({ length: Math.round(Math.max(...all) + reach) - pmfLow + 1 }, () => 0);
  for (const { centre, weight } of centres) {
    const first = Math.max(0, Math.round(centre - reach) - pmfLow);
    const last = Math.min(masses.length - 1, Math.round(centre + reach) - pmfLow);
    // As the edge rises from below the centre to above it, from the lower tail to the upper one.
    let edge = (pmfLow + first - 0.5 - centre) / sd;
    let tail = edge < 0 ? normalCdf(edge) : normalCdf(-edge);
    for (let index = first; index <= last; index++) {
      const nextEdge = (pmfLow + index + 0.5 - centre) / sd;
      const nextTail = nextEdge < 0 ? normalCdf(nextEdge) : normalCdf(-nextEdge);
      const mass = edge >= 0 ? tail - nextTail : nextEdge < 0 ? nextTail - tail : 1 - nextTail - tail;
      masses[index] = (masses[index] ?? 0) + weight * mass;
      edge = nextEdge;
      tail = nextTail;
    }
  }
  return { pmfLow, pmf: exactly(masses) };
}

/**
 * The distribution of the official high of a climate date, or why there is none. `now` is the job's instant. Hours of
 * the day that have passed count by their forecast, too: the model knows no observations.
 */
export function predictHigh(input: {
  station: Pick<Station, "icao" | "standardOffsetHours">;
  climateDate: string;
  now: number;
  members: readonly MemberPath[];
}): HighForecast | { refusal: string } {
  const { station, climateDate, now, members } = input;
  const { start, end } = climateDay(station, climateDate);
  if (now >= end) return { refusal: `the climate day ${climateDate} of ${station.icao} is over` };
  const bias = biasF[station.icao];
  if (bias === undefined) return { refusal: `no bias for station ${station.icao} in the parameters` };

  const highs = new Map<string, number[]>();
  let short = 0;
  for (const member of members) {
    if (member.station !== station.icao || modelWeights[member.model] === undefined) continue;
    const high = highOf(member, start, end);
    const values = highs.get(member.model);
    if (high === undefined) short++;
    else if (values === undefined) highs.set(member.model, [high]);
    else values.push(high);
  }
  const usable = [...highs].filter(([, values]) => values.length >= MIN_MEMBERS_PER_MODEL);
  if (usable.length < MIN_MODELS) {
    const found = [...highs].map(([model, values]) => `${model} ${values.length}`).join(", ") || "none";
    return {
      refusal: `members with ${MIN_HOURS_SHARE * 100} % of the hours of ${climateDate} at ${station.icao}: ${found} (${short} too short); expected ${MIN_MODELS} models of ${MIN_MEMBERS_PER_MODEL} or more`,
    };
  }
  const totalWeight = sum(usable.map(([model]) => modelWeights[model] ?? 0));
  const centres = usable.flatMap(([model, values]) =>
    values.map((high) => ({ centre: high + bias, weight: (modelWeights[model] ?? 0) / totalWeight / values.length })),
  );
  const { pmfLow, pmf } = mixturePmf(centres, kernelSd(station, (end - now) / HOUR_MS));
  const mean = pmf.reduce((total, p, index) => total + p * (pmfLow + index), 0);
  const variance = pmf.reduce((total, p, index) => total + p * (pmfLow + index - mean) ** 2, 0);
  return { pmfLow, pmf, mean, sd: Math.sqrt(variance) };
}

/**
 * P(Yes) of each interval: the sum of the pmf over it. For a pmf of this model the probabilities of a partition sum to
 * exactly 1, in any order: each is a sum of multiples of 2^-52. For any other pmf they do so to rounding.
 */
export function bracketProbabilities({ pmfLow, pmf }: HighPmf, intervals: readonly StrikeInterval[]): number[] {
  return intervals.map(({ lowest, highest }) => {
    const from = lowest === null ? 0 : Math.max(0, lowest - pmfLow);
    const to = highest === null ? pmf.length : Math.max(0, highest - pmfLow + 1);
    return sum(pmf.slice(from, to));
  });
}
