/** What watch finds in its environment and what it may touch. */
import type { Access } from "../access.ts";
import { variables } from "../environment.ts";

export const environment = variables.pick({
  POWERTOOLS_SERVICE_NAME: true,
  POWERTOOLS_METRICS_NAMESPACE: true,
  QUEUE_URL_WATCH: true,
  PARKED_URL_WATCH: true,
  BUCKET: true,
  STATE_TABLE: true,
  QUEUE_URL_NOTIFY: true,
});

export const access = {
  readsLake: true,
  writes: ["tables/ingest_ledger/", "tables/stream_checks/", "tables/index_basis/", "tables/alerts/"],
  state: true,
  sends: ["notify"],
  secrets: [],
} as const satisfies Access;
