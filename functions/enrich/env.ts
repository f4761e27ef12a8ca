/** What enrich finds in its environment and what it may touch. */
import type { Access } from "../access.ts";
import { variables } from "../environment.ts";

export const environment = variables.pick({
  POWERTOOLS_SERVICE_NAME: true,
  POWERTOOLS_METRICS_NAMESPACE: true,
  QUEUE_URL_ENRICH: true,
  PARKED_URL_ENRICH: true,
  BUCKET: true,
  STATE_TABLE: true,
  QUEUE_URL_NOTIFY: true,
});

export const access = {
  readsLake: true,
  writes: ["tables/enrichments/", "tables/gate_outcomes/", "tables/signals/", "tables/arbitrages/", "tables/alerts/"],
  state: true,
  sends: ["notify"],
  secrets: [],
} as const satisfies Access;
