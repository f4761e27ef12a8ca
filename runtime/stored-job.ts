/** A job's own row, from the part that holds it: in the units of the code, as the steps had it. */
import type { Job } from "../core/desk.ts";
import type { Lake, Sql } from "../core/ports.ts";
import { readDay } from "../functions/parts.ts";
import { objects } from "./report.ts";

/** @param plannedOn the job's day, `YYYY-MM-DD`. @returns undefined when no part of that day holds it. */
export async function storedJob(lake: Lake, job_id: string, plannedOn: string): Promise<Job | undefined> {
  return (await readDay(lake, "jobs", plannedOn)).find((job) => job.job_id === job_id);
}

/**
 * The job of a prediction: its own row says it, and where that cannot be read (damaged bytes are what a replay is to
 * find) the enrichment that used it does.
 */
export async function jobOfPrediction(
  sql: Sql,
  prediction_id: string,
): Promise<{ job_id: string; plannedOn: string } | undefined> {
  const ask = async (table: string, instant: string) => {
    const [row] = await objects(
      sql,
      `SELECT job_id, ${instant} AS planned_at FROM ${table} WHERE prediction_id = ? LIMIT 1`,
      [prediction_id],
    );
    return row === undefined
      ? undefined
      : { job_id: String(row["job_id"]), plannedOn: String(row["planned_at"]).slice(0, 10) };
  };
  let unreadable: unknown;
  const own = await ask("predictions", "predicted_at").catch((error: unknown) => {
    unreadable = error;
    return undefined;
  });
  const found = own ?? (await ask("enrichments", "enriched_at"));
  if (found === undefined && unreadable !== undefined) throw unreadable;
  return found;
}
