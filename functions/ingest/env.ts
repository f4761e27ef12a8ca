/** What ingest finds in its environment and what it may touch. */
import type { Source } from "../../core/source.ts";
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
  SECRET_PREFIX: true,
});

/** @param read the sources that are asked. */
export const accessOf = (read: readonly Source[]) =>
  ({
    readsLake: true,
    writes: [
      // Whole, since it alone writes there: named source by source, the grants would outgrow what a role's own policy holds.
      "raw/",
      "quarantine/",
      ...[...new Set(read.flatMap(({ tables }) => tables))].map((table) => `tables/${table}/`),
      "tables/ingest_ledger/",
    ],
    state: true,
    sends: [],
    secrets: read.flatMap(({ secret }) => (secret === undefined ? [] : [secret])),
  }) satisfies Access;

export const access = accessOf(sources);
