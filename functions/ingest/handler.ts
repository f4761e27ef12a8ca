import { sources } from "../../core/sources.ts";
import { parseEnvironment } from "../environment.ts";
import { buildServices, clock, http, lake, queue, random, secrets, state } from "../services.ts";
import { queueHandler } from "../wrap.ts";
import { environment } from "./env.ts";
import { landed } from "./landed.ts";
import { ingest } from "./step.ts";

export const handler = queueHandler(
  "ingest",
  ingest,
  (log) =>
    buildServices(parseEnvironment(environment, process.env), {
      log: () => log,
      clock,
      http,
      lake,
      queue,
      random,
      secrets,
      state,
    }),
  { subjects: sources.map(({ id }) => id), measure: landed },
);
