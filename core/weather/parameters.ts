/**
 * What the weather models are told by the past: per station those of the day-ahead and of the intraday model, and one
 * fusion for all. They come from `brier weather fit` as rows of weather_parameters; before the first fit the prior holds.
 */
import * as z from "zod";
import type { TableRow } from "../../schemas/index.ts";
import type { FusionParameters } from "../market/fusion.ts";
import type { PeakOffset } from "./hazard/peak-offset.ts";
import { priorParameters } from "./prior-parameters.ts";

export { priorParameters };

/** Mean a + b x, variance c + d s² (emos.ts), °F, and the model's weight in the mixture. */
export interface ComponentParameters {
  a: number;
  b: number;
  c: number;
  d: number;
  /** Share of the mixture when all models are there; above 0. */
  weight: number;
}

/** In force from `fromHours` before the end of the climate day (included) to the next bucket's. */
export interface DayAheadBucket {
  fromHours: number;
  /** Factor on the spread of every component: a mixture of calibrated ones is too wide (Gneiting & Ranjan 2013). */
  spread: number;
  /** By model: `nbm`, or the name of an ensemble in weather_ensemble_members. */
  models: Readonly<Record<string, ComponentParameters>>;
}

export interface DayAheadParameters {
  /** Rising from 0 hours. */
  buckets: readonly DayAheadBucket[];
}

export interface IntradayParameters {
  /** Added to the ensembles' path through the day, °F. */
  biasF: number;
  /** AR(1) of the residual by minute after local standard midnight, rising from 0; sigma in °F. */
  buckets: readonly { fromMinute: number; phi: number; sigma: number }[];
  /** Standard deviation of the residual when the day begins, °F. */
  spread: number;
  peakOffset: PeakOffset;
}

export interface StationParameters {
  dayAhead: DayAheadParameters;
  intraday: IntradayParameters;
}

export interface WeatherParameters {
  version: string;
  /** Last climate day that any part was fitted on; null for the prior. */
  trainedUntil: string | null;
  /** By ICAO id. */
  stations: Readonly<Record<string, StationParameters>>;
  fusion: FusionParameters;
}

/** The name that the fusion's row bears in place of a station. */
export const allStations = "*";

const parts = ["day_ahead", "intraday", "fusion"] as const;
export type Part = (typeof parts)[number];

/** Buckets must begin at 0 and rise: a lookup then always finds one. */
function rising(name: string, from: readonly number[]): string | undefined {
  if (from[0] !== 0) return `the first ${name} is ${from[0]}; it must be 0`;
  const fall = from.findIndex((value, index) => value <= (from[index - 1] ?? Number.NEGATIVE_INFINITY));
  return fall < 0 ? undefined : `${name} ${from[fall]} does not come after ${from[fall - 1]}`;
}

const share = z.number().min(0).max(1);

const dayAhead = z.strictObject({
  buckets: z
    .array(
      z.strictObject({
        fromHours: z.number(),
        spread: z.number().positive(),
        models: z.record(
          z.string().min(1),
          z.strictObject({
            a: z.number(),
            b: z.number(),
            c: z.number().positive(),
            d: z.number().min(0),
            weight: z.number().positive().max(1),
          }),
        ),
      }),
    )
    .min(1),
});

const intraday = z.strictObject({
  biasF: z.number(),
  buckets: z
    .array(z.strictObject({ fromMinute: z.number(), phi: z.number().min(0).lt(1), sigma: z.number().positive() }))
    .min(1),
  spread: z.number().positive(),
  peakOffset: z.strictObject({ meanF: z.number(), sdF: z.number().positive().max(1) }),
});

const fusion = z.strictObject({
  scheme: z.enum(["log-score", "hazard-volume"]),
  models: z
    .array(z.strictObject({ fromHours: z.number(), weights: z.strictObject({ dayAhead: share, intraday: share }) }))
    .min(1),
  pool: z
    .array(
      z.strictObject({
        fromHours: z.number(),
        fromWidth: z.number(),
        weights: z.strictObject({ market: share, dayAhead: share, intraday: share }),
      }),
    )
    .min(1),
});

type Row = TableRow<"weather_parameters">;

/** @throws naming version, station, part, field and value. */
function valuesOf<S extends z.ZodType>(schema: S, row: Row): z.output<S> {
  const where = `parameters ${row.parameters_version}, ${row.station} ${row.part}`;
  const given = JSON.parse(row.values) as unknown;
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  let found = given;
  for (const step of issue?.path ?? []) found = (found as Record<PropertyKey, unknown> | null | undefined)?.[step];
  throw new RangeError(
    `${where}: ${issue?.path.join(".") ?? ""} is ${JSON.stringify(found) ?? "missing"}: ${issue?.message ?? ""}. Run brier weather fit again`,
  );
}

function check(row: Row, fault: string | undefined): void {
  if (fault !== undefined)
    throw new RangeError(
      `parameters ${row.parameters_version}, ${row.station} ${row.part}: ${fault}. Run brier weather fit again`,
    );
}

const sums = (weights: Readonly<Record<string, number>>) => {
  const sum = Object.values(weights).reduce((total, weight) => total + weight, 0);
  return Math.abs(sum - 1) < 1e-9 ? undefined : `weights ${JSON.stringify(weights)} sum to ${sum}; expected 1`;
};

function dayAheadOf(row: Row): DayAheadParameters {
  const values = valuesOf(dayAhead, row);
  check(
    row,
    rising(
      "fromHours",
      values.buckets.map(({ fromHours }) => fromHours),
    ),
  );
  for (const { models } of values.buckets) {
    check(row, sums(Object.fromEntries(Object.entries(models).map(([name, { weight }]) => [name, weight]))));
  }
  return values;
}

function intradayOf(row: Row): IntradayParameters {
  const values = valuesOf(intraday, row);
  check(
    row,
    rising(
      "fromMinute",
      values.buckets.map(({ fromMinute }) => fromMinute),
    ),
  );
  return values;
}

function fusionOf(row: Row): FusionParameters {
  const values = valuesOf(fusion, row);
  check(
    row,
    rising(
      "fromHours of models",
      values.models.map(({ fromHours }) => fromHours),
    ),
  );
  for (const { weights } of [...values.models, ...values.pool]) check(row, sums(weights));
  const byWidth = Map.groupBy(values.pool, ({ fromWidth }) => fromWidth);
  check(row, rising("fromWidth", [...byWidth.keys()]));
  for (const buckets of byWidth.values()) {
    check(
      row,
      rising(
        "fromHours of pool",
        buckets.map(({ fromHours }) => fromHours),
      ),
    );
  }
  return values;
}

/**
 * The parameters of one version from its rows. A station that the version does not know (its row was added to the list
 * later) keeps the prior.
 * @throws naming field and value when a row is not as it must be, is there twice, or rows of two versions meet.
 */
export function parametersOf(rows: readonly Row[]): WeatherParameters {
  const [first] = rows;
  if (first === undefined) throw new RangeError("parameters: no rows; without a version the prior holds");
  const { parameters_version: version } = first;
  const stations: Record<string, StationParameters> = { ...priorParameters.stations };
  const seen = new Set<string>();
  let fused: FusionParameters | undefined;
  for (const row of rows) {
    check(row, row.parameters_version === version ? undefined : `parameters_version differs from ${version}`);
    const name = `${row.station} ${row.part}`;
    check(row, seen.has(name) ? "there are two such rows" : undefined);
    seen.add(name);
    if (row.part === "fusion") {
      check(row, row.station === allStations ? undefined : `station is ${row.station}; expected ${allStations}`);
      fused = fusionOf(row);
      continue;
    }
    const before = stations[row.station];
    // Nothing is predicted for a station without a prior: it is not in the list.
    if (before === undefined) continue;
    if (row.part === "day_ahead") stations[row.station] = { ...before, dayAhead: dayAheadOf(row) };
    else if (row.part === "intraday") stations[row.station] = { ...before, intraday: intradayOf(row) };
    else check(row, `part is "${row.part}"; expected ${parts.join(", ")}`);
  }
  if (fused === undefined) throw new RangeError(`parameters ${version}: no row ${allStations} fusion`);
  const days = rows.flatMap(({ trained_until }) => (trained_until === null ? [] : [trained_until])).sort();
  return { version, trainedUntil: days.at(-1) ?? null, stations, fusion: fused };
}

/**
 * The parameters for a climate day: those given, or the prior when they were trained on that day or a later one (a replay
 * of history must not know it).
 */
export function parametersFor(given: WeatherParameters, climateDate: string): WeatherParameters {
  return given.trainedUntil !== null && climateDate <= given.trainedUntil ? priorParameters : given;
}
