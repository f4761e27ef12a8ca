/** `brier weather fit`: the weather models' parameters from the lake's past, written as a part and pointed to. */
import { type FusionScheme, priorFusion } from "../core/market/fusion.ts";
import { canonicalJson, idOf } from "../core/identity.ts";
import type { Services } from "../core/ports.ts";
import type { Pointer } from "../core/source.ts";
import { dayAheadLoss, fitDayAhead, minDays as dayAheadDays } from "../core/weather/fit/day-ahead.ts";
import { fitFusion, fusionLoss, minDays as fusionDays } from "../core/weather/fit/fusion.ts";
import { fitPart, type PartFit, type Scored } from "../core/weather/fit/held-out.ts";
import { fitIntraday, intradayLoss, minDays as intradayDays } from "../core/weather/fit/intraday.ts";
import { fitted } from "../core/weather/job-inputs.ts";
import { allStations, type Part, parametersOf, priorParameters } from "../core/weather/parameters.ts";
import { stateKeys, update } from "../functions/facts.ts";
import { readPart, writeParts } from "../functions/parts.ts";
import type { TableRow } from "../schemas/index.ts";
import { type FitData, fusionCases, labelledDays, modelCases } from "./weather-fit-data.ts";

type Row = TableRow<"weather_parameters">;

const fitVersion = 1;

export interface FitLine {
  station: string;
  part: Part;
  trained: { from: string; until: string; days: number } | null;
  /** CRPS in °F, of the fusion −ln P of the market that paid, nats. */
  score: "CRPS °F" | "log score";
  scored: Scored | null;
  /** Why the prior stays; null when it does not. */
  reason: string | null;
}

export interface Fit {
  parameters_version: string;
  as_of: number;
  lines: FitLine[];
  rows: Row[];
}

interface Fitted {
  line: FitLine;
  values: unknown;
}

function fittedPart<P>(station: string, part: Part, score: FitLine["score"], found: PartFit<P>): Fitted {
  const { values, trained, scored, reason } = found;
  return { line: { station, part, trained, score, scored, reason }, values };
}

/** Every part that the cities and the fusion have; rows of other cities stay as `current` has them. */
export async function fitWeather(
  data: FitData,
  { current, scheme }: { current: readonly Row[]; scheme: FusionScheme },
): Promise<Fit> {
  const days = await labelledDays(data);
  const { dayAhead, intraday } = await modelCases(data, days);
  const found: Fitted[] = [];
  for (const { icao } of data.stations) {
    const { [icao]: prior } = priorParameters.stations;
    if (prior === undefined) throw new RangeError(`no prior for station ${icao}: give it one in prior-parameters.ts`);
    data.progress(`fitting ${icao}`);
    const highs = fitPart({
      cases: dayAhead.get(icao) ?? [],
      prior: prior.dayAhead,
      minDays: dayAheadDays,
      fit: (cases) => fitDayAhead(cases, prior.dayAhead),
      lossOf: dayAheadLoss,
    });
    found.push(fittedPart(icao, "day_ahead", "CRPS °F", highs));
    const paths = fitPart({
      cases: intraday.get(icao) ?? [],
      prior: prior.intraday,
      minDays: intradayDays,
      fit: (cases) => fitIntraday(cases, prior.intraday),
      lossOf: intradayLoss,
    });
    found.push(fittedPart(icao, "intraday", "CRPS °F", paths));
  }
  data.progress("fitting the fusion");
  const prior = { ...priorFusion, scheme };
  const fusion = fitPart({
    cases: await fusionCases(data),
    prior,
    minDays: fusionDays,
    fit: (cases) => fitFusion(cases, prior),
    lossOf: fusionLoss,
  });
  found.push(fittedPart(allStations, "fusion", "log score", fusion));
  return { ...versioned(found, current, data), lines: found.map(({ line }) => line) };
}

/** The version is named by what is in it: the same data and instant give the same. */
function versioned(found: readonly Fitted[], current: readonly Row[], { asOf }: Pick<FitData, "asOf">) {
  const fresh = found.map(({ line: { station, part, trained }, values }) => ({
    station,
    part: part as string,
    trained_from: trained?.from ?? null,
    trained_until: trained?.until ?? null,
    n: trained?.days ?? 0,
    values: canonicalJson(values),
  }));
  const named = new Set(fresh.map(({ station, part }) => `${station} ${part}`));
  const kept = current
    .filter(({ station, part }) => !named.has(`${station} ${part}`))
    .map(({ station, part, trained_from, trained_until, n, values }) => ({
      station,
      part,
      trained_from,
      trained_until,
      n,
      values,
    }));
  const contents = [...fresh, ...kept].toSorted((a, b) =>
    `${a.station} ${a.part}` < `${b.station} ${b.part}` ? -1 : 1,
  );
  const parameters_version = idOf("fit", { as_of: asOf, contents });
  const common = { parameters_version, as_of: asOf, ingested_at: asOf, decoder_version: fitVersion };
  const rows = contents.map((content): Row => ({ ...content, ...common }));
  // What jobs would refuse to read is not written.
  parametersOf(rows);
  return { parameters_version, as_of: asOf, rows };
}

/** The rows in force; none before the first fit. */
export async function currentParameters({ lake, state }: Pick<Services, "lake" | "state">): Promise<Row[]> {
  const pointer = (await state.get<Pointer>(stateKeys.pointer(fitted.pointer)))?.value;
  const parts = (pointer?.parts[fitted.table] ?? []).map(({ key, sha256 }) =>
    readPart(lake, fitted.table, key, sha256),
  );
  return (await Promise.all(parts)).flat();
}

/** Writes the part and moves the pointer, which goes forward only. @returns whether jobs will now read it */
export async function writeFit(
  { lake, state }: Pick<Services, "lake" | "state">,
  { parameters_version, as_of, rows }: Fit,
): Promise<boolean> {
  const parts = await writeParts(lake, `weather-${parameters_version}`, fitVersion, { weather_parameters: rows });
  const references = (parts.weather_parameters ?? []).map((part) => ({ ...part, window_at: as_of }));
  const [first] = references;
  if (first === undefined) throw new Error(`${parameters_version} has no rows`);
  let moved = false;
  await update<Pointer>(state, stateKeys.pointer(fitted.pointer), (stored) => {
    moved = stored === undefined || stored.window_at <= as_of;
    return moved
      ? {
          window_at: as_of,
          fetched_at: as_of,
          raw_key: first.key,
          raw_sha256: first.sha256,
          parts: { weather_parameters: references },
        }
      : undefined;
  });
  return moved;
}
