import { parseEnvironment } from "../environment.ts";
import { buildServices, clock, lake, queue } from "../services.ts";
import { queueHandler } from "../wrap.ts";
import { environment } from "./env.ts";
import { predict } from "./step.ts";

export const handler = queueHandler("predict", predict, (log) =>
  buildServices(parseEnvironment(environment, process.env), { log: () => log, clock, lake, queue }),
);
