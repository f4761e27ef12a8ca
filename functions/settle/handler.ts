import { desks } from "../../core/desks.ts";
import { parseEnvironment } from "../environment.ts";
import { buildServices, clock, lake, queue, state } from "../services.ts";
import { queueHandler } from "../wrap.ts";
import { environment } from "./env.ts";
import { settle } from "./step.ts";

export const handler = queueHandler(
  "settle",
  settle,
  (log) => buildServices(parseEnvironment(environment, process.env), { log: () => log, clock, lake, queue, state }),
  { subjects: desks.map(({ id }) => id) },
);
