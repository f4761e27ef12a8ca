/** What the verbs of `brier weather` share: which cities, and which climate days. */
import { isDate } from "../../schemas/emit/zod.ts";
import { type Station, stations } from "../../core/weather/stations.ts";
import { type Arguments, text, UsageError } from "../../runtime/command.ts";

export const dayOptions = { city: { type: "string" }, from: { type: "string" }, to: { type: "string" } } as const;

/** The stations that `--city` names by ICAO id, series or city; undefined when it names none, or all. */
export function chosenStations(args: Arguments): readonly Station[] | undefined {
  const given = text(args, "city");
  if (given === undefined || given === "all") return undefined;
  return given.split(",").map((name) => {
    const wanted = name.trim().toLowerCase();
    const found = stations.find((one) =>
      [one.icao, one.highSeries, one.city].some((known) => known.toLowerCase() === wanted),
    );
    if (found === undefined)
      throw new UsageError(
        `--city is "${name}"; give ${stations.map(({ icao, city }) => `${icao} (${city})`).join(", ")}, a series, or all`,
      );
    return found;
  });
}

/** The climate days of `--from` and `--to`, both included; undefined where not given. */
export function chosenDays(args: Arguments): { from: string | undefined; to: string | undefined } {
  const day = (name: string) => {
    const given = text(args, name);
    if (given !== undefined && !isDate(given))
      throw new UsageError(`--${name} is "${given}"; give a climate day as YYYY-MM-DD`);
    return given;
  };
  const [from, to] = [day("from"), day("to")];
  if (from !== undefined && to !== undefined && from > to) throw new UsageError(`--from ${from} is after --to ${to}`);
  return { from, to };
}
