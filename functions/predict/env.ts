/** What predict finds in its environment and what it may touch. */
import type { Access } from "../access.ts";
import { variables } from "../environment.ts";

export const environment = variables.pick({
  POWERTOOLS_SERVICE_NAME: true,
  POWERTOOLS_METRICS_NAMESPACE: true,
  QUEUE_URL_PREDICT: true,
  PARKED_URL_PREDICT: true,
  BUCKET: true,
  QUEUE_URL_ENRICH: true,
});

export const access = {
  readsLake: true,
  writes: ["tables/predictions/", "tables/prediction_markets/"],
  state: false,
  sends: ["enrich"],
  secrets: [],
} as const satisfies Access;
