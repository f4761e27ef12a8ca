/** Which parts a weather job names: what each source says now and, of a day that has begun, all that was observed. */
import { blockReason } from "../blocked-sources.ts";
import type { JobInput, PlanFacts } from "../desk.ts";
import type { PartReference } from "../source.ts";
import type { TableName } from "../../schemas/index.ts";

const day = 86_400_000;

interface Reading {
  tables: readonly TableName[];
  /** Which jobs cannot do without it. */
  neededBy: "every job" | "running days" | "none";
  /**
   * current: what the pointer names. recent: of that, rows of today and yesterday (a source that asks again for days gone
   * by brings those, too). day: windows since the day began, by jobs of running days alone.
   */
  parts: "current" | "recent" | "day";
}

const readings: Readonly<Record<string, Reading>> = {
  "kalshi-markets": {
    tables: ["kalshi_series", "kalshi_events", "kalshi_markets", "market_snapshots"],
    neededBy: "every job",
    parts: "current",
  },
  "open-meteo-ensemble": { tables: ["weather_ensemble_members"], neededBy: "every job", parts: "current" },
  "open-meteo-hourly": { tables: ["hourly_forecasts"], neededBy: "none", parts: "current" },
  "iem-nbm": { tables: ["nbm_forecasts"], neededBy: "none", parts: "recent" },
  "iem-observations": { tables: ["weather_observations"], neededBy: "running days", parts: "day" },
  "iem-daily-summaries": { tables: ["daily_summaries"], neededBy: "none", parts: "day" },
  "climate-reports": { tables: ["climate_reports"], neededBy: "none", parts: "day" },
};

/** Ids of the sources that weather jobs may read. */
export const sourcesRead: readonly string[] = Object.keys(readings);

/** The fitted parameters, under a pointer of their own. */
export const fitted = { pointer: "weather-parameters", table: "weather_parameters" } as const;

/** @param isRunning whether the job's climate day has begun */
export function neededSources(isRunning: boolean): string[] {
  return Object.entries(readings)
    .filter(([, { neededBy }]) => neededBy === "every job" || (isRunning && neededBy === "running days"))
    .map(([source]) => source);
}

/** Whether a part's rows are of today or yesterday, by the day in its key. */
const isRecent = ({ key }: PartReference, now: number): boolean =>
  Date.parse(/\/dt=(\d{4}-\d{2}-\d{2})\//.exec(key)?.[1] ?? "") + 2 * day > now;

/** @param since begin of the running day; undefined when the job's day has not begun */
function partsRead(
  named: readonly PartReference[],
  { parts, neededBy }: Reading,
  { since, now }: { since: number | undefined; now: number },
): readonly PartReference[] {
  if (parts === "current") return named;
  if (parts === "recent") return named.filter((part) => isRecent(part, now));
  if (since === undefined) return [];
  // A window asks for what was before it: one that was due when the day began knows nothing of it.
  const ofDay = named.filter(({ window_at }) => window_at > since);
  // Where there is none yet, the newest of before says when the source was last heard.
  return ofDay.length === 0 && neededBy !== "none" ? named.slice(-1) : ofDay;
}

/**
 * Every part that a job reads, but for its parameters.
 * @param since begin of the job's climate day when it has begun, epoch ms; undefined before that: then nothing that was
 * observed belongs to it
 */
export function jobInputs({ now, pointers, health }: PlanFacts, since: number | undefined): JobInput[] {
  const needed = neededSources(since !== undefined);
  return Object.entries(readings).flatMap(([source, reading]) => {
    const pointer = pointers[source];
    if (pointer === undefined) return [];
    // A needed source that drifted ends its candidates at the gate; another is done without until it decodes again.
    if (blockReason(health, source) !== undefined && !needed.includes(source)) return [];
    return reading.tables.flatMap((table) =>
      partsRead(pointer.parts[table] ?? [], reading, { since, now }).map((part): JobInput => ({
        source,
        table,
        ...part,
        fetched_at: pointer.fetched_at,
      })),
    );
  });
}

/** The parts of the parameters. */
export function parameterInputs({ pointers }: Pick<PlanFacts, "pointers">): JobInput[] {
  const pointer = pointers[fitted.pointer];
  return (pointer?.parts[fitted.table] ?? []).map((part) => ({
    source: fitted.pointer,
    table: fitted.table,
    ...part,
    fetched_at: pointer?.fetched_at ?? part.window_at,
  }));
}
