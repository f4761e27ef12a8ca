/** What ingest finds in its environment and what it may touch. */
import { sources } from "../../core/sources.ts";
import type { Access } from "../access.ts";
import { variables } from "../environment.ts";

export const environment = variables.pick({
  POWERTOOLS_SERVICE_NAME: true,
  POWERTOOLS_METRICS_NAMESPACE: true,
  QUEUE_URL_INGEST: true,
  PARKED_URL_INGEST: true,
  BUCKET: true,
  STATE_TABLE: true,
});

export const access = {
  readsLake: true,
  writes: [
    ...sources.flatMap(({ id }) => [`raw/${id}/`, `quarantine/${id}/`]),
    ...[...new Set(sources.flatMap(({ tables }) => tables))].map((table) => `tables/${table}/`),
    "tables/ingest_ledger/",
  ],
  state: true,
  sends: [],
  secrets: sources.flatMap(({ secret }) => (secret === undefined ? [] : [secret])),
} satisfies Access;
