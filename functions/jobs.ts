/** What the steps that work on a job share. */
import type { Job, JobInput } from "../core/desk.ts";
import type { Lake } from "../core/ports.ts";
import type { Rows, TableName } from "../schemas/index.ts";
import { readPart } from "./parts.ts";

export function inputsOf(job: Job): JobInput[] {
  return JSON.parse(job.inputs) as JobInput[];
}

/** The stem of every part that a job makes: an event's parts of one day lie side by side. */
export function jobStem(job: Pick<Job, "desk" | "event_ticker" | "job_id">): string {
  return `${job.desk}-${job.event_ticker}-${job.job_id}`;
}

/**
 * The rows of the job's inputs, each part checked against the hash in the job.
 * @param of the tables that are read; all when absent
 */
export async function readInputs(job: Job, { lake }: { lake: Lake }, of?: readonly TableName[]): Promise<Rows> {
  const wanted = inputsOf(job).filter(({ table }) => of === undefined || of.includes(table));
  // All at once: a running day has dozens of parts, and each is a request of its own where the lake is a bucket.
  const parts: readonly object[][] = await Promise.all(
    wanted.map(({ table, key, sha256 }) => readPart(lake, table, key, sha256)),
  );
  const rows: Partial<Record<TableName, object[][]>> = {};
  for (const [index, { table }] of wanted.entries()) (rows[table] ??= []).push(parts[index] ?? []);
  return Object.fromEntries(Object.entries(rows).map(([table, found]) => [table, found.flat()]));
}
