/** What stream finds in its environment and what it may touch. */
import { feedIds, usualFeeds } from "../../core/crypto/feeds.ts";
import type { Schedule } from "../../core/source.ts";
import type { TableName } from "../../schemas/index.ts";
import type { Access } from "../access.ts";
import { variables } from "../environment.ts";
import { kalshiSecrets } from "./secrets.ts";

export const environment = variables.pick({
  POWERTOOLS_SERVICE_NAME: true,
  POWERTOOLS_METRICS_NAMESPACE: true,
  BUCKET: true,
  STATE_TABLE: true,
  SECRET_PREFIX: true,
  QUEUE_URL_COORDINATE: true,
});

/** A holder lives up to fifteen minutes and is relieved of its feeds after about two of overlap. */
export const schedule: Schedule = { everyMinutes: 12, offsetMinutes: 0 };
export const feeds = usualFeeds;

const tables: readonly TableName[] = [
  "venue_quotes",
  "venue_trades",
  "index_prints",
  "book_tops",
  "market_trades",
  "feed_health",
];

export const access = {
  readsLake: true,
  writes: [...feedIds.map((id) => `quarantine/stream-${id}/`), ...tables.map((table) => `tables/${table}/`)],
  state: true,
  sends: ["coordinate"],
  secrets: Object.values(kalshiSecrets),
} satisfies Access;
