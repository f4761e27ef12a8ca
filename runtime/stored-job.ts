/** A job's own row, from the part that holds it: in the units of the code, as the steps had it. */
import type { Job } from "../core/desk.ts";
import type { Lake, Sql } from "../core/ports.ts";
import { readDay } from "../functions/parts.ts";
import { objects } from "./report.ts";

/** @param plannedOn the job's day, `YYYY-MM-DD`. @returns undefined when no part of that day holds it. */
export async function storedJob(lake: Lake, job_id: string, plannedOn: string): Promise<Job | undefined> {
  return (await readDay(lake, "jobs", plannedOn)).find((job) => job.job_id === job_id);
}

const ownRow = "SELECT job_id, predicted_at AS planned_at FROM predictions WHERE prediction_id = ? LIMIT 1";
const byMarkets = `SELECT j.job_id, j.planned_at
  FROM prediction_markets m
  INNER JOIN jobs j ON j.event_ticker = m.event_ticker AND j.planned_at = m.predicted_at
  WHERE m.prediction_id = ? LIMIT 1`;

/**
 * The job of a prediction: its own row says it, and where that cannot be read (damaged bytes are what a replay is to
 * find) its markets lead to the one job of their event and instant.
 */
export async function jobOfPrediction(
  sql: Sql,
  prediction_id: string,
): Promise<{ job_id: string; plannedOn: string } | undefined> {
  const ask = async (query: string) => {
    const [row] = await objects(sql, query, [prediction_id]);
    return row === undefined
      ? undefined
      : { job_id: String(row["job_id"]), plannedOn: String(row["planned_at"]).slice(0, 10) };
  };
  let unreadable: unknown;
  const own = await ask(ownRow).catch((error: unknown) => {
    unreadable = error;
    return undefined;
  });
  const found = own ?? (await ask(byMarkets));
  if (found === undefined && unreadable !== undefined) throw unreadable;
  return found;
}
