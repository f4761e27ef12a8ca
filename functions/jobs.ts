/** What the steps that work on a job share. */
import type { Job, JobInput } from "../core/desk.ts";
import type { Lake } from "../core/ports.ts";
import type { Rows } from "../schemas/index.ts";
import { readPart } from "./parts.ts";

export function inputsOf(job: Job): JobInput[] {
  return JSON.parse(job.inputs) as JobInput[];
}

/** The stem of every part that a job makes: an event's parts of one day lie side by side. */
export function jobStem(job: Pick<Job, "desk" | "event_ticker" | "job_id">): string {
  return `${job.desk}-${job.event_ticker}-${job.job_id}`;
}

/** The rows of the job's inputs, each part checked against the hash in the job. */
export async function readInputs(job: Job, { lake }: { lake: Lake }): Promise<Rows> {
  const rows: Record<string, unknown[]> = {};
  for (const { table, key, sha256 } of inputsOf(job)) {
    const part = await readPart(lake, table, key, sha256);
    const before = rows[table];
    rows[table] = before === undefined ? part : [...before, ...part];
  }
  return rows;
}
