/** What settle finds in its environment and what it may touch. */
import type { Access } from "../access.ts";
import { variables } from "../environment.ts";

export const environment = variables.pick({
  POWERTOOLS_SERVICE_NAME: true,
  POWERTOOLS_METRICS_NAMESPACE: true,
  QUEUE_URL_SETTLE: true,
  PARKED_URL_SETTLE: true,
  BUCKET: true,
  STATE_TABLE: true,
});

export const access = {
  readsLake: true,
  writes: ["tables/resolutions/", "tables/grades/"],
  state: true,
  sends: [],
  secrets: [],
} as const satisfies Access;
