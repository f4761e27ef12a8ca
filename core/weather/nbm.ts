/**
 * The National Blend of Models as the archive's table of station guidance (NBS): of its rows, three hours apart, those
 * of 00 UTC hold the maximum of the daytime that ends then (`txn`) and its standard deviation (`xnd`).
 */
import type { CsvTable } from "./csv.ts";

export interface NbmMaximum {
  /** As the row names it. */
  station: string;
  model: string;
  /** Nominal instant of the run, epoch ms UTC. */
  runAt: number;
  /** `YYYY-MM-DD` of the daytime: 00 UTC is still the same day everywhere from Philadelphia to Los Angeles. */
  climateDate: string;
  /** Whole °F. */
  maximum: number;
  sd: number | null;
}

export interface NbmGuidance {
  maxima: NbmMaximum[];
  /** Runs that the table holds, with or without a maximum; epoch ms UTC. */
  runs: number[];
  /** Rows that cannot be read, each with its reason. */
  refusals: string[];
}

const HOUR_MS = 3_600_000;
const PLAUSIBLE_F = { low: -140, high: 140 };
const MAX_SD_F = 40;

function instant(text: string | undefined, name: string): number {
  const at = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/.test(text ?? "") ? Date.parse(`${text?.replace(" ", "T")}Z`) : NaN;
  if (Number.isNaN(at)) throw new RangeError(`${name} is "${text ?? ""}"; expected YYYY-MM-DD HH:MM:SS`);
  return at;
}

/** Numbers are printed as `38.0` in a column that has gaps. */
function number(text: string | undefined, name: string, low: number, high: number): number | null {
  if (text === undefined || text === "") return null;
  const value = Number(text);
  if (!Number.isFinite(value) || value < low || value > high) {
    throw new RangeError(`${name} is "${text}"; expected ${low} to ${high}`);
  }
  return value;
}

/** Rows of several runs and of any order; of the table's columns, those that are empty throughout may be left out. */
export function readGuidance({ rows }: CsvTable): NbmGuidance {
  const guidance: NbmGuidance = { maxima: [], runs: [], refusals: [] };
  const runs = new Set<number>();
  for (const { runtime, ftime, station = "", model = "", txn, xnd } of rows) {
    try {
      const runAt = instant(runtime, "runtime");
      const forecastAt = instant(ftime, "ftime");
      if (forecastAt <= runAt) throw new RangeError("ftime is not after the runtime");
      runs.add(runAt);
      if (forecastAt % (24 * HOUR_MS) !== 0) continue;
      const maximum = number(txn, "txn", PLAUSIBLE_F.low, PLAUSIBLE_F.high);
      if (maximum === null) continue;
      if (!Number.isInteger(maximum)) throw new RangeError(`txn is "${txn}"; expected whole °F`);
      const climateDate = new Date(forecastAt - 1).toISOString().slice(0, 10);
      guidance.maxima.push({ station, model, runAt, climateDate, maximum, sd: number(xnd, "xnd", 0, MAX_SD_F) });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      guidance.refusals.push(`run of ${runtime} for ${ftime}: ${error.message}`);
    }
  }
  guidance.runs.push(...runs);
  return guidance;
}
