/** What notify finds in its environment and what it may touch. */
import type { Access } from "../access.ts";
import { variables } from "../environment.ts";

export const environment = variables.pick({
  POWERTOOLS_SERVICE_NAME: true,
  POWERTOOLS_METRICS_NAMESPACE: true,
  QUEUE_URL_NOTIFY: true,
  PARKED_URL_NOTIFY: true,
  STATE_TABLE: true,
  SECRET_PREFIX: true,
});

export const access = {
  readsLake: false,
  writes: [],
  state: true,
  sends: [],
  secrets: ["telegram-token", "telegram-chat-id"],
} as const satisfies Access;
