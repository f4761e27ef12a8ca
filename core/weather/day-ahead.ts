/**
 * The day-ahead model: a mixture of the National Blend's Gaussian and of the ensembles' members, each corrected by its own
 * past errors (EMOS: Gneiting et al. 2005, MWR 133) and weighed by how well it did (BMA: Raftery et al. 2005, MWR 133;
 * the mixture keeps two humps on days with a front), its spread adjusted as a whole (Gneiting & Ranjan 2013, EJS 7).
 */
import type { TableRow } from "../../schemas/index.ts";
import { climateDay } from "./climate-day.ts";
import { type HighForecast, type Kernel, kernelPmf, withMoments } from "./high-pmf.ts";
import type { ComponentParameters, DayAheadBucket, DayAheadParameters, WeatherParameters } from "./parameters.ts";
import type { Station } from "./stations.ts";

const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;
/** A day with fewer hours of forecast than this share could have lost its peak. */
const MIN_HOURS_SHARE = 0.9;
/** Without the blend, so many ensembles: one alone has a model's own faults. */
const MIN_ENSEMBLES = 2;
/** An ensemble with fewer members than this does not count as one. */
const MIN_MEMBERS = 5;
/** The blend runs every hour or six; one older than a day is not the forecast that its parameters speak of. */
const MAX_BLEND_AGE_HOURS = 24;

/** The blend's name among the models of the parameters. */
export const blendName = "nbm";

export type MemberPath = Pick<
  TableRow<"weather_ensemble_members">,
  "station" | "model" | "member" | "first_valid_at" | "step_seconds" | "temperature_f" | "window_at" | "ingested_at"
>;

export type BlendForecast = Pick<
  TableRow<"nbm_forecasts">,
  "station" | "run_at" | "climate_date" | "max_f" | "sd_f" | "ingested_at"
>;

/** What one model says of a day's high, before any correction, °F. */
export interface ModelHigh {
  /** `nbm`, or the ensemble's name. */
  model: string;
  mean: number;
  /** °F². */
  variance: number;
  /** Highs of an ensemble's members minus their mean; a single 0 for the blend. */
  deviations: number[];
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

/** The newest run that was known and has a spread: a maximum without one says nothing of its error. */
function newestBlend(rows: readonly BlendForecast[], icao: string, climateDate: string, now: number) {
  return rows
    .filter(
      (row) =>
        row.station === icao &&
        row.climate_date === climateDate &&
        row.ingested_at <= now &&
        row.sd_f !== null &&
        now - row.run_at <= MAX_BLEND_AGE_HOURS * HOUR_MS,
    )
    .reduce<BlendForecast | undefined>(
      (best, row) => (best === undefined || row.run_at > best.run_at ? row : best),
      undefined,
    );
}

export interface ForecastsOfDay {
  station: Pick<Station, "icao" | "standardOffsetHours">;
  climateDate: string;
  /** Epoch ms UTC: what became known later is not read. */
  now: number;
  /** Of any windows: of each model the newest one counts that has its members. */
  members: readonly MemberPath[];
  /** Any runs. */
  nbm: readonly BlendForecast[];
}

/** What the models say of the day, and how many members lack its hours. Those of `known` alone are looked at. */
export function modelHighs(
  { station, climateDate, now, members, nbm }: ForecastsOfDay,
  known: (model: string) => boolean,
): { highs: ModelHigh[]; short: number; found: string[] } {
  const { start, end } = climateDay(station, climateDate);
  // By model and window: a window may hold the new runs of some models only.
  const byModel = new Map<string, Map<number, number[]>>();
  let short = 0;
  for (const member of members) {
    if (member.station !== station.icao || member.ingested_at > now || !known(member.model)) continue;
    const windows = byModel.get(member.model) ?? new Map<number, number[]>();
    byModel.set(member.model, windows);
    const values = windows.get(member.window_at) ?? [];
    windows.set(member.window_at, values);
    const high = highOf(member, start, end);
    if (high === undefined) short++;
    else values.push(high);
  }
  const found: string[] = [];
  const highs: ModelHigh[] = [];
  const blend = known(blendName) ? newestBlend(nbm, station.icao, climateDate, now) : undefined;
  if (blend !== undefined)
    highs.push({ model: blendName, mean: blend.max_f, variance: (blend.sd_f ?? 0) ** 2, deviations: [0] });
  for (const [model, windows] of byModel) {
    const newestFirst = [...windows].toSorted(([a], [b]) => b - a).map(([, values]) => values);
    const values = newestFirst.find(({ length }) => length >= MIN_MEMBERS);
    if (values === undefined) {
      found.push(`${model} ${Math.max(...newestFirst.map(({ length }) => length))}`);
      continue;
    }
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const deviations = values.map((value) => value - mean);
    const variance = deviations.reduce((sum, deviation) => sum + deviation ** 2, 0) / values.length;
    highs.push({ model, mean, variance, deviations });
    found.push(`${model} ${values.length}`);
  }
  return { highs, short, found };
}

/**
 * One model as Gaussians: of an ensemble the members' deviations are stretched by √d and dressed by kernels of variance c,
 * of the blend the one Gaussian has both. So either has mean a + b x and variance c + d s², `spread` times as wide.
 */
export function componentKernels(
  { mean, variance, deviations }: ModelHigh,
  { a, b, c, d }: Omit<ComponentParameters, "weight">,
  spread: number,
): Kernel[] {
  const centre = a + b * mean;
  if (deviations.length === 1) return [{ centre, sd: spread * Math.sqrt(c + d * variance), weight: 1 }];
  return deviations.map((deviation) => ({
    centre: centre + spread * Math.sqrt(d) * deviation,
    sd: spread * Math.sqrt(c),
    weight: 1 / deviations.length,
  }));
}

/** The mixture; a model that is missing leaves its weight to the others in proportion. */
export function mixtureKernels(highs: readonly ModelHigh[], { models, spread }: DayAheadBucket): Kernel[] {
  const used = highs.flatMap((high) => {
    const parameters = models[high.model];
    return parameters === undefined ? [] : [{ high, parameters }];
  });
  const total = used.reduce((sum, { parameters }) => sum + parameters.weight, 0);
  return used.flatMap(({ high, parameters }) =>
    componentKernels(high, parameters, spread).map((kernel) => ({
      ...kernel,
      weight: (kernel.weight * parameters.weight) / total,
    })),
  );
}

export function bucketOf({ buckets }: DayAheadParameters, leadHours: number): DayAheadBucket {
  const found = buckets.findLast(({ fromHours }) => fromHours <= leadHours);
  if (found === undefined) throw new RangeError(`day-ahead parameters: no bucket for ${leadHours} hours`);
  return found;
}

/**
 * The distribution of the official high of a climate date, or why there is none. `now` is the job's instant. Hours of
 * the day that have passed count by their forecast, too: the model knows no observations.
 */
export function predictDayAhead(
  input: ForecastsOfDay & { parameters: WeatherParameters },
): HighForecast | { refusal: string } {
  const { station, climateDate, now, parameters } = input;
  const { end } = climateDay(station, climateDate);
  if (now >= end) return { refusal: `the climate day ${climateDate} of ${station.icao} is over` };
  const own = parameters.stations[station.icao];
  if (own === undefined) return { refusal: `no station ${station.icao} in the parameters ${parameters.version}` };
  const bucket = bucketOf(own.dayAhead, (end - now) / HOUR_MS);
  const { highs, short, found } = modelHighs(input, (model) => bucket.models[model] !== undefined);
  const blended = highs.some(({ model }) => model === blendName);
  if (!blended && highs.length < MIN_ENSEMBLES) {
    return {
      refusal: `no run of the blend for ${climateDate} at ${station.icao}, and of members with ${MIN_HOURS_SHARE * 100} % of its hours: ${found.join(", ") || "none"} (${short} too short); expected ${MIN_ENSEMBLES} ensembles of ${MIN_MEMBERS} or more`,
    };
  }
  return withMoments(kernelPmf(mixtureKernels(highs, bucket)));
}
