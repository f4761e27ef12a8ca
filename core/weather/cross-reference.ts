/**
 * The ensembles' mean high beside the deterministic models' high of the same day. A wide gap is a fault more often than
 * news: another day, another unit, another place. It changes no number; it is said beside the prediction.
 */
import type { TableRow } from "../../schemas/index.ts";
import { climateDay } from "./climate-day.ts";
import type { Station } from "./stations.ts";

/**
 * Twice the error of a day-ahead forecast (standard deviation 2.5 °F, Crosier's table for the National Blend): further
 * apart, the two hardly forecast the same thing.
 */
const FAR_APART_F = 5;

type Path = Pick<
  TableRow<"hourly_forecasts">,
  "station" | "model" | "first_valid_at" | "step_seconds" | "temperature_f" | "ingested_at"
>;

export interface CrossReference {
  /** Mean of the members' highs, °F. */
  ensembleHighF: number;
  /** By deterministic model, those that cover the whole day. */
  highs: { model: string; highF: number }[];
  /** The ensembles' high less the mean of these, °F. */
  differenceF: number;
  /** One sentence when they are far apart, else null. */
  remark: string | null;
}

/** The highest value in the climate day; undefined where the path does not cover it. */
function highOf(path: Path, start: number, end: number): number | undefined {
  const step = path.step_seconds * 1000;
  const last = path.first_valid_at + (path.temperature_f.length - 1) * step;
  if (path.first_valid_at > start || last < end - step) return undefined;
  let high = Number.NEGATIVE_INFINITY;
  const from = Math.ceil((start - path.first_valid_at) / step);
  for (const value of path.temperature_f.slice(from, Math.floor((end - path.first_valid_at) / step) + 1)) {
    if (value === null) return undefined;
    high = Math.max(high, value);
  }
  return high;
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * @param input.members the ensembles' paths, `input.forecasts` the deterministic models'; of any station
 * @returns undefined where either side has nothing that covers the day and was known at `now` (epoch ms)
 */
export function crossReference(input: {
  station: Station;
  climateDate: string;
  now: number;
  members: readonly Path[];
  forecasts: readonly Path[];
}): CrossReference | undefined {
  const { station, now } = input;
  const { start, end } = climateDay(station, input.climateDate);
  const highsOf = (paths: readonly Path[]) =>
    paths
      .filter((path) => path.station === station.icao && path.ingested_at <= now)
      .flatMap((path) => {
        const highF = highOf(path, start, end);
        return highF === undefined ? [] : [{ model: path.model, highF }];
      });
  const members = highsOf(input.members);
  const highs = highsOf(input.forecasts);
  if (members.length === 0 || highs.length === 0) return undefined;
  const ensembleHighF = mean(members.map(({ highF }) => highF));
  const differenceF = ensembleHighF - mean(highs.map(({ highF }) => highF));
  const said = highs.map(({ model, highF }) => `${model} ${highF.toFixed(1)}`).join(", ");
  return {
    ensembleHighF,
    highs,
    differenceF,
    remark:
      Math.abs(differenceF) > FAR_APART_F
        ? `the ensembles' mean high is ${ensembleHighF.toFixed(1)} °F, ${Math.abs(differenceF).toFixed(1)} °F ${differenceF > 0 ? "above" : "below"} the deterministic models (${said})`
        : null,
  };
}
