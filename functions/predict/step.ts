/** Runs one job's model on the inputs that the job names. */
import { desks } from "../../core/desks.ts";
import type { Step } from "../deliver.ts";
import { jobStem, readInputs } from "../jobs.ts";
import { writeParts } from "../parts.ts";
import { Permanent } from "../permanent.ts";

export const predict: Step<"predict"> = async ({ job }, services) => {
  const desk = desks.find(({ id }) => id === job.desk);
  if (desk === undefined) throw new Permanent(`no desk "${job.desk}"`);
  const result = desk.predict(job, await readInputs(job, services));
  let prediction_id: string | null = null;
  if ("rows" in result) {
    await writeParts(services.lake, jobStem(job), job.model_version, result.rows);
    prediction_id = result.rows.predictions?.[0]?.prediction_id ?? null;
  }
  const refusal = "refusal" in result ? result.refusal : null;
  await services.queue.send("enrich", [{ id: `enrich-${job.job_id}`, body: { job, prediction_id, refusal } }]);
};
