/** `brier weather fit`: the weather models' parameters from the lake's past, written as a part and pointed to. */
import { type FusionScheme, priorFusion } from "../core/market/fusion.ts";
import { canonicalJson, idOf } from "../core/identity.ts";
import type { Services, State } from "../core/ports.ts";
import type { Pointer } from "../core/source.ts";
import { dayAheadLosses, fitDayAhead, minDays as dayAheadDays } from "../core/weather/fit/day-ahead.ts";
import { fitFusion, fusionLosses, minDays as fusionDays } from "../core/weather/fit/fusion.ts";
import { fitPart, type PartFit, type Scored } from "../core/weather/fit/held-out.ts";
import { fitIntraday, intradayLosses, minDays as intradayDays } from "../core/weather/fit/intraday.ts";
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
  /** Why the fit is not taken; null when it is. */
  reason: string | null;
  /** Whose values hold from here on: this fit's, those of the fit before it, or the prior's. */
  holds: "fitted" | "kept" | "prior";
}

export interface Fit {
  /** Where no part was fitted, that of what stays in force. */
  parameters_version: string;
  as_of: number;
  lines: FitLine[];
  /** Every part of the new version; none where no part was fitted. */
  rows: Row[];
}

interface Fitted {
  line: FitLine;
  values: unknown;
}

const nameOf = ({ station, part }: { station: string; part: string }) => `${station} ${part}`;

/**
 * Every part that the cities have, and the fusion, which is of all stations whatever the cities are. What was not fitted
 * stays as `current` has it. A scheme is part of the fit of the fusion: it is weighed against the prior's own.
 */
export async function fitWeather(
  data: FitData,
  { current, scheme }: { current: readonly Row[]; scheme: FusionScheme },
): Promise<Fit> {
  // What was found later than `asOf` is not known then.
  const before = current.some(({ as_of }) => as_of > data.asOf) ? [] : current;
  const known = new Map(before.map((row) => [nameOf(row), row]));
  const fittedPart = <P>(station: string, part: Part, score: FitLine["score"], taken: PartFit<P>): Fitted => {
    const { values, trained, scored, reason } = taken;
    const isKept = known.get(nameOf({ station, part }))?.trained_until != null;
    const holds = reason === null ? "fitted" : isKept ? "kept" : "prior";
    return { line: { station, part, trained, score, scored, reason, holds }, values };
  };
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
      lossesOf: dayAheadLosses,
    });
    found.push(fittedPart(icao, "day_ahead", "CRPS °F", highs));
    const paths = fitPart({
      cases: intraday.get(icao) ?? [],
      prior: prior.intraday,
      minDays: intradayDays,
      fit: (cases) => fitIntraday(cases, prior.intraday),
      lossesOf: intradayLosses,
    });
    found.push(fittedPart(icao, "intraday", "CRPS °F", paths));
  }
  data.progress("fitting the fusion");
  const fusion = fitPart({
    cases: await fusionCases(data),
    prior: priorFusion,
    minDays: fusionDays,
    fit: (cases) => ({ ...fitFusion(cases), scheme }),
    lossesOf: fusionLosses,
  });
  found.push(fittedPart(allStations, "fusion", "log score", fusion));
  const lines = found.map(({ line }) => line);
  if (lines.every(({ holds }) => holds !== "fitted")) {
    const parameters_version = before[0]?.parameters_version ?? priorParameters.version;
    return { parameters_version, as_of: data.asOf, rows: [], lines };
  }
  return { ...versioned(found, before, data), lines };
}

/** The version is named by what is in it: the same data and instant give the same. */
function versioned(found: readonly Fitted[], current: readonly Row[], { asOf }: Pick<FitData, "asOf">) {
  const fresh = found
    .filter(({ line: { holds } }) => holds !== "kept")
    .map(({ line: { station, part, trained }, values }) => ({
      station,
      part: part as string,
      trained_from: trained?.from ?? null,
      trained_until: trained?.until ?? null,
      n: trained?.days ?? 0,
      values: canonicalJson(values),
    }));
  const named = new Set(fresh.map(nameOf));
  const kept = current
    .filter((row) => !named.has(nameOf(row)))
    .map(({ station, part, trained_from, trained_until, n, values }) => ({
      station,
      part,
      trained_from,
      trained_until,
      n,
      values,
    }));
  const contents = [...fresh, ...kept].toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  const parameters_version = idOf("fit", { as_of: asOf, contents });
  const common = { parameters_version, as_of: asOf, ingested_at: asOf, decoder_version: fitVersion };
  const rows = contents.map((content): Row => ({ ...content, ...common }));
  // What jobs would refuse to read is not written.
  parametersOf(rows);
  return { parameters_version, as_of: asOf, rows };
}

const pointerKey = stateKeys.pointer(fitted.pointer);

const pointerOf = async (state: Pick<State, "get">) => (await state.get<Pointer>(pointerKey))?.value;

/** The rows in force; none before the first fit. */
export async function currentParameters({ lake, state }: Pick<Services, "lake" | "state">): Promise<Row[]> {
  const pointer = await pointerOf(state);
  const parts = (pointer?.parts[fitted.table] ?? []).map(({ key, sha256 }) =>
    readPart(lake, fitted.table, key, sha256),
  );
  return (await Promise.all(parts)).flat();
}

/**
 * Writes the part and moves the pointer, which goes forward only: a version that jobs are not pointed to is not written,
 * so that those in the lake are those that were in force, each since its `ingested_at`.
 * @returns whether jobs will now read it
 */
export async function writeFit(
  { lake, state, clock }: Pick<Services, "lake" | "state" | "clock">,
  { parameters_version, as_of, rows }: Fit,
): Promise<boolean> {
  const before = await pointerOf(state);
  if (rows.length === 0 || (before !== undefined && before.window_at > as_of)) return false;
  // The clock of a played home stands still: of two fits the later one is still the later one.
  const ingested_at = Math.max(clock.now(), (before?.fetched_at ?? -Infinity) + 1);
  const parts = await writeParts(lake, `weather-${parameters_version}`, fitVersion, {
    weather_parameters: rows.map((row) => ({ ...row, ingested_at })),
  });
  const references = (parts.weather_parameters ?? []).map((part) => ({ ...part, window_at: as_of }));
  const [first] = references;
  if (first === undefined) throw new Error(`${parameters_version} has no rows`);
  let moved = false;
  await update<Pointer>(state, pointerKey, (stored) => {
    moved = stored === undefined || stored.window_at <= as_of;
    return moved
      ? {
          window_at: as_of,
          fetched_at: ingested_at,
          raw_key: first.key,
          raw_sha256: first.sha256,
          parts: { weather_parameters: references },
        }
      : undefined;
  });
  return moved;
}
