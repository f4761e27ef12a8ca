import { parseEnvironment } from "../environment.ts";
import { buildServices, clock, lake, queue, state } from "../services.ts";
import { queueHandler } from "../wrap.ts";
import { environment } from "./env.ts";
import { enrich } from "./step.ts";

export const handler = queueHandler("enrich", enrich, (log) =>
  buildServices(parseEnvironment(environment, process.env), { log: () => log, clock, lake, queue, state }),
);
