import { parseEnvironment } from "../environment.ts";
import { buildServices, clock, http, queue, random, secrets, state } from "../services.ts";
import { telegram } from "../telegram.ts";
import { queueHandler } from "../wrap.ts";
import { environment } from "./env.ts";
import { notify } from "./step.ts";

export const handler = queueHandler("notify", notify, (log) =>
  buildServices(parseEnvironment(environment, process.env), {
    log: () => log,
    clock,
    http,
    queue,
    random,
    secrets,
    state,
    telegram,
  }),
);
