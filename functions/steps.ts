/** The steps by queue, for a home that runs them all in one process. A Lambda bundles only its own. */
import type { QueueName } from "../core/ports.ts";
import { coordinate } from "./coordinate/step.ts";
import type { Step } from "./deliver.ts";
import { enrich } from "./enrich/step.ts";
import { ingest } from "./ingest/step.ts";
import { notify } from "./notify/step.ts";
import { predict } from "./predict/step.ts";
import { settle } from "./settle/step.ts";
import { watch } from "./watch/step.ts";

export const steps: { readonly [Q in QueueName]: Step<Q> } = {
  ingest,
  coordinate,
  predict,
  enrich,
  notify,
  settle,
  watch,
};

export const queueNames = Object.keys(steps) as QueueName[];
