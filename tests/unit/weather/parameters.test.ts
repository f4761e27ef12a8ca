import { describe, expect, it } from "vitest";
import type { TableRow } from "../../../schemas/index.ts";
import { allStations, parametersFor, parametersOf, priorParameters } from "../../../core/weather/parameters.ts";
import { stations } from "../../../core/weather/stations.ts";
import { present } from "./present.ts";

type Row = TableRow<"weather_parameters">;

const prior = present(priorParameters.stations["KDEN"]);
const row = (part: string, values: unknown, change: Partial<Row> = {}): Row => ({
  parameters_version: "fit-1",
  station: part === "fusion" ? allStations : "KDEN",
  part,
  as_of: 0,
  trained_from: "2026-08-01",
  trained_until: "2026-10-01",
  n: 40,
  values: JSON.stringify(values),
  ingested_at: 0,
  decoder_version: 1,
  ...change,
});
const fusion = row("fusion", priorParameters.fusion);

/** A copy with one number changed, wherever it is. */
function changed(value: unknown, path: string, to: unknown): unknown {
  const copy = structuredClone(value) as Record<string, unknown>;
  const steps = path.split(".");
  const last = present(steps.pop());
  let at: Record<string, unknown> = copy;
  for (const step of steps) at = at[step] as Record<string, unknown>;
  if (to === undefined) delete at[last];
  else at[last] = to;
  return copy;
}

describe("priorParameters", () => {
  it("has every station of the list, and reads back from rows as it is", () => {
    for (const { icao } of stations) expect(priorParameters.stations[icao], icao).toBeDefined();
    const rows = Object.entries(priorParameters.stations).flatMap(([station, { dayAhead, intraday }]) => [
      row("day_ahead", dayAhead, { station }),
      row("intraday", intraday, { station }),
    ]);
    const read = parametersOf([...rows, fusion]);
    expect(read).toEqual({ ...priorParameters, version: "fit-1", trainedUntil: "2026-10-01" });
  });
});

describe("parametersOf", () => {
  it("keeps the prior for what the version does not hold", () => {
    const intraday = { ...prior.intraday, biasF: 2.5 };
    const read = parametersOf([row("intraday", intraday, { trained_until: "2026-10-03" }), fusion]);
    expect(read.stations["KDEN"]).toEqual({ dayAhead: prior.dayAhead, intraday });
    expect(read.stations["KMIA"]).toEqual(priorParameters.stations["KMIA"]);
    expect(read.trainedUntil).toBe("2026-10-03");
  });

  it.each([
    ["day_ahead", "buckets.0.models.nbm.c", 0, /fit-1, KDEN day_ahead: buckets\.0\.models\.nbm\.c is 0/],
    ["day_ahead", "buckets.0.models.nbm.d", undefined, /buckets\.0\.models\.nbm\.d is missing/],
    ["day_ahead", "buckets.0.models.nbm.weight", 0.6, /KDEN day_ahead: weights .*"nbm":0\.6.* sum to 1\./],
    ["day_ahead", "buckets.0.spread", "1", /buckets\.0\.spread is "1"/],
    ["day_ahead", "buckets.0.fromHours", 1, /first fromHours is 1/],
    ["day_ahead", "buckets.2.fromHours", 12, /fromHours 12 does not come after 12/],
    ["intraday", "buckets.0.phi", 1, /buckets\.0\.phi is 1/],
    ["intraday", "peakOffset.sdF", 2, /peakOffset\.sdF is 2/],
    ["intraday", "spread", null, /spread is null/],
    ["intraday", "sigma", 1, /KDEN intraday/],
  ] as const)("refuses a row of %s where %s is %s", (part, path, to, message) => {
    const values = part === "day_ahead" ? prior.dayAhead : prior.intraday;
    expect(() => parametersOf([row(part, changed(values, path, to)), fusion])).toThrow(message);
  });

  it.each([
    ["scheme", "loudest", /scheme is "loudest"/],
    ["pool.0.weights.market", 0.5, /sum to 0\.6/],
    ["pool.0.fromWidth", 0.1, /fromWidth/],
    ["models.0.fromHours", 3, /fromHours of models/],
  ])("refuses a fusion whose %s is %s", (path, to, message) => {
    expect(() => parametersOf([row("fusion", changed(priorParameters.fusion, path, to))])).toThrow(message);
  });

  it("refuses rows that are not one version, once each", () => {
    expect(() => parametersOf([])).toThrow("no rows");
    expect(() => parametersOf([row("intraday", prior.intraday)])).toThrow("no row * fusion");
    expect(() => parametersOf([fusion, fusion])).toThrow("two such rows");
    expect(() => parametersOf([fusion, row("intraday", prior.intraday, { parameters_version: "fit-2" })])).toThrow(
      "differs from fit-1",
    );
    expect(() => parametersOf([fusion, row("evening", {})])).toThrow('part is "evening"');
    expect(() => parametersOf([{ ...fusion, station: "KDEN" }])).toThrow("expected *");
  });
});

describe("parametersFor", () => {
  const fitted = parametersOf([fusion]);
  it("never gives a day what was trained on it or later", () => {
    expect(parametersFor(fitted, "2026-09-30")).toBe(priorParameters);
    expect(parametersFor(fitted, "2026-10-01")).toBe(priorParameters);
    expect(parametersFor(fitted, "2026-10-02")).toBe(fitted);
    expect(parametersFor(priorParameters, "2020-01-01")).toBe(priorParameters);
  });
});
