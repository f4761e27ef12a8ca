/** A prediction made again from its job and the stored inputs, held byte for byte against what is stored. */
import { decodePart } from "../adapters/parquet.ts";
import type { Job } from "../core/desk.ts";
import { desks } from "../core/desks.ts";
import { sha256 } from "../core/identity.ts";
import type { Lake, Sql } from "../core/ports.ts";
import { inputsOf, jobStem, readInputs } from "../functions/jobs.ts";
import { writeParts } from "../functions/parts.ts";
import type { Table } from "../schemas/table.ts";
import { tables } from "../schemas/index.ts";
import { CommandError, UsageError } from "./command.ts";
import { jobOfPrediction, storedJob } from "./stored-job.ts";
import { messageOf } from "./message-of.ts";

export interface ReplayedPart {
  key: string;
  equal: boolean;
  stored_sha256: string | null;
  replayed_sha256: string | null;
  /** The first difference, in words; null when there is none. */
  difference: string | null;
}

export interface Replay {
  prediction_id: string;
  job_id: string;
  equal: boolean;
  /** Why nothing could be held against what is stored; null when it could. */
  fault: string | null;
  parts: ReplayedPart[];
}

/** A lake in memory: the parts are made by the very code that stores them. */
function memoryLake(): Lake & { objects: Map<string, Uint8Array> } {
  const stored = new Map<string, Uint8Array>();
  return {
    objects: stored,
    get: (key) => Promise.resolve(stored.get(key)),
    list: (prefix) => Promise.resolve([...stored.keys()].filter((key) => key.startsWith(prefix)).toSorted()),
    putIfAbsent(key, bytes) {
      if (stored.has(key)) return Promise.resolve("exists");
      stored.set(key, bytes);
      return Promise.resolve("created");
    },
  };
}

const shown = (value: unknown) => JSON.stringify(value) ?? "nothing";

function firstDifferenceOf(stored: unknown, replayed: unknown, path: string): string | undefined {
  if (Object.is(stored, replayed)) return undefined;
  if (Array.isArray(stored) && Array.isArray(replayed)) {
    for (let index = 0; index < Math.max(stored.length, replayed.length); index++) {
      const difference = firstDifferenceOf(stored[index], replayed[index], `${path}[${index}]`);
      if (difference !== undefined) return difference;
    }
    return undefined;
  }
  return `${path}: stored ${shown(stored)}, replayed ${shown(replayed)}`;
}

async function differenceOf(key: string, stored: Uint8Array, replayed: Uint8Array): Promise<string> {
  const all: readonly Table[] = Object.values(tables);
  const definition = all.find(({ name }) => key.startsWith(`tables/${name}/`));
  if (definition === undefined) throw new Error(`${key} is no part of a table`);
  let before: Record<string, unknown>[];
  try {
    before = await decodePart(definition, stored);
  } catch (error) {
    return `the stored part cannot be read: ${messageOf(error)}`;
  }
  const after: Record<string, unknown>[] = await decodePart(definition, replayed);
  for (let index = 0; index < Math.max(before.length, after.length); index++) {
    if (before[index] === undefined || after[index] === undefined)
      return `${before.length} rows stored, ${after.length} replayed`;
    for (const column of Object.keys(definition.columns)) {
      const difference = firstDifferenceOf(before[index]?.[column], after[index]?.[column], `row ${index}, ${column}`);
      if (difference !== undefined) return difference;
    }
  }
  const at = stored.findIndex((byte, index) => byte !== replayed[index]);
  return `equal rows, other bytes from byte ${at < 0 ? stored.byteLength : at} on: the encoder has changed`;
}

/** Why the inputs are not those that the job names; undefined when they are. */
async function inputFault(lake: Lake, job: Job): Promise<string | undefined> {
  for (const input of inputsOf(job)) {
    const bytes = await lake.get(input.key);
    if (bytes === undefined) return `the input ${input.key} is not in the lake`;
    const found = sha256(bytes);
    if (found !== input.sha256) return `the input ${input.key} has hash ${found}, the job names ${input.sha256}`;
  }
  return undefined;
}

/**
 * @throws UsageError when the id is not a prediction's, CommandError when the lake does not know it.
 */
export async function replay({ lake, sql }: { lake: Lake; sql: Sql }, prediction_id: string): Promise<Replay> {
  if (!/^prediction-[0-9a-f]{20}$/.test(prediction_id)) {
    throw new UsageError(`"${prediction_id}" is not a prediction's id; give prediction- and 20 hex digits`);
  }
  const found = await jobOfPrediction(sql, prediction_id);
  if (found === undefined)
    throw new CommandError(
      `${prediction_id} is not in this lake. Is it of another home or of a stack? See --home and --stack.`,
    );
  const { job_id, plannedOn } = found;
  const result: Replay = { prediction_id, job_id, equal: false, fault: null, parts: [] };
  const job = await storedJob(lake, job_id, plannedOn);
  if (job === undefined) return { ...result, fault: `${job_id} is not in the lake` };
  const desk = desks.find(({ id }) => id === job.desk);
  if (desk === undefined)
    throw new CommandError(
      `${job_id} is of the desk "${job.desk}", which this version does not have. Check out the version that made it.`,
    );
  const fault = await inputFault(lake, job);
  if (fault !== undefined) return { ...result, fault };
  const predicted = desk.predict(job, await readInputs(job, { lake }));
  if ("refusal" in predicted) return { ...result, fault: `the model refuses now: ${predicted.refusal}` };
  const made = memoryLake();
  await writeParts(made, jobStem(job), job.model_version, predicted.rows);
  for (const [key, replayed] of made.objects) {
    const stored = await lake.get(key);
    const stored_sha256 = stored === undefined ? null : sha256(stored);
    const replayed_sha256 = sha256(replayed);
    const equal = stored_sha256 === replayed_sha256;
    let difference: string | null = null;
    if (stored === undefined) difference = "not in the lake";
    else if (!equal) difference = await differenceOf(key, stored, replayed);
    result.parts.push({ key, equal, stored_sha256, replayed_sha256, difference });
  }
  result.equal = result.parts.length > 0 && result.parts.every(({ equal }) => equal);
  return result;
}
