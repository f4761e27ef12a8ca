/** The path through a day that the ensembles expect. */
import type { TableRow } from "../../schemas/index.ts";
import { climateDay } from "./climate-day.ts";
import { stepMinutes, stepsPerDay } from "./hazard/coefficients.ts";
import type { Station } from "./stations.ts";

const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;
/** An ensemble with fewer members than this does not count as one. */
const MIN_MEMBERS = 5;

export type MemberRow = Pick<
  TableRow<"weather_ensemble_members">,
  "station" | "model" | "member" | "first_valid_at" | "step_seconds" | "temperature_f" | "ingested_at"
>;

/** °F at each hour of the day and at its end; undefined when one of them is missing. */
function hoursOf(path: MemberRow, start: number): number[] | undefined {
  const hours: number[] = [];
  for (let hour = 0; hour <= DAY_HOURS; hour++) {
    const index = (start + hour * HOUR_MS - path.first_valid_at) / (path.step_seconds * 1000);
    const value = path.temperature_f[index];
    if (value === null || value === undefined) return undefined;
    hours.push(value);
  }
  return hours;
}

/**
 * The path that the ensembles expect, °F by step of five minutes from local standard midnight: the mean of the models'
 * means, each model by its newest run among the rows that has the whole day, straight from hour to hour.
 */
export function ensemblePath(
  station: Pick<Station, "icao" | "standardOffsetHours">,
  climateDate: string,
  members: readonly MemberRow[],
): Float64Array | { refusal: string } {
  const { start } = climateDay(station, climateDate);
  const own = members.filter((member) => member.station === station.icao);
  const means: number[][] = [];
  const short: string[] = [];
  for (const [model, rows] of Map.groupBy(own, (member) => member.model)) {
    // A run that lacks an hour of the day leaves the word to the one before, as in the day-ahead model.
    const newestFirst = [...Map.groupBy(rows, ({ ingested_at }) => ingested_at)]
      .toSorted(([a], [b]) => b - a)
      .map(([, run]) => run.map((row) => hoursOf(row, start)).filter((hours) => hours !== undefined));
    const paths = newestFirst.find(({ length }) => length >= MIN_MEMBERS);
    if (paths === undefined) short.push(`${model} ${Math.max(...newestFirst.map(({ length }) => length))}`);
    else
      means.push(
        Array.from(
          { length: DAY_HOURS + 1 },
          (_, hour) => paths.reduce((sum, path) => sum + (path[hour] ?? Number.NaN), 0) / paths.length,
        ),
      );
  }
  if (means.length === 0)
    return {
      refusal: `no ensemble with ${MIN_MEMBERS} members that have every hour of ${climateDate} at ${station.icao}: ${short.join(", ") || "none"}`,
    };
  const hourly = Array.from(
    { length: DAY_HOURS + 1 },
    (_, hour) => means.reduce((sum, mean) => sum + (mean[hour] ?? Number.NaN), 0) / means.length,
  );
  const stepsPerHour = 60 / stepMinutes;
  return Float64Array.from({ length: stepsPerDay }, (_, step) => {
    const [hour, past] = [Math.floor(step / stepsPerHour), (step % stepsPerHour) / stepsPerHour];
    const [from, to] = [hourly[hour] ?? Number.NaN, hourly[hour + 1] ?? Number.NaN];
    return from + past * (to - from);
  });
}
