/** What coordinate finds in its environment and what it may touch. */
import type { Access } from "../access.ts";
import { variables } from "../environment.ts";

export const environment = variables.pick({
  POWERTOOLS_SERVICE_NAME: true,
  POWERTOOLS_METRICS_NAMESPACE: true,
  QUEUE_URL_COORDINATE: true,
  PARKED_URL_COORDINATE: true,
  BUCKET: true,
  STATE_TABLE: true,
  QUEUE_URL_PREDICT: true,
});

export const access = {
  readsLake: true,
  writes: ["tables/jobs/"],
  state: true,
  sends: ["predict"],
  secrets: [],
} as const satisfies Access;
