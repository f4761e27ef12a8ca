/**
 * The services of a deployed function, from its environment. A handler names the ones that it uses:
 *
 *     const services = buildServices(parseEnvironment(environment, process.env), { log: () => log, clock, lake, state });
 *
 * Each is made when it is first asked for, and a bundle holds the code of those named only: a builder that nobody
 * imports falls out, and its SDK client with it (functions/telegram.ts is a file of its own because grammY does not
 * fall out). Builders say by their type which variables they need, so that a
 * service whose variable is missing in the function's env.ts does not compile.
 */
import { createClock } from "../adapters/aws/clock.ts";
import { connectLake } from "../adapters/aws/lake.ts";
import { connectQueue, type QueueUrls } from "../adapters/aws/queue.ts";
import { connectSecrets } from "../adapters/aws/secrets.ts";
import { connectSql } from "../adapters/aws/sql.ts";
import { connectState } from "../adapters/aws/state.ts";
import { systemRandom } from "../adapters/embedded/random.ts";
import { createHttp } from "../adapters/upstream/http.ts";
import { upstreamLimits } from "../adapters/upstream/limits.ts";
import type { QueueName, Services } from "../core/ports.ts";
import type { Variables } from "./environment.ts";

/** Makes one service. It may use others, through `services`: the handler names those as well. */
export type Builder<E, S> = (environment: E, services: Services) => S;
type Builders<E> = { [K in keyof Services]?: Builder<E, Services[K]> };

const serviceNames = {
  lake: true,
  queue: true,
  state: true,
  sql: true,
  secrets: true,
  http: true,
  clock: true,
  random: true,
  telegram: true,
  log: true,
} satisfies Record<keyof Services, true>;

/** @returns the named services, each made once and on first use. Asking for one that was not named throws. */
export function buildServices<E>(environment: E, builders: Builders<E>): Services {
  const made: Partial<Services> = {};
  const services = {} as Services;
  for (const name of Object.keys(serviceNames) as (keyof Services)[]) {
    Object.defineProperty(services, name, { enumerable: true, get: () => make(name) });
  }
  function make<K extends keyof Services>(name: K): Services[K] {
    const existing: Services[K] | undefined = made[name];
    if (existing !== undefined) return existing;
    const builder: Builder<E, Services[K]> | undefined = builders[name];
    if (builder === undefined) {
      throw new Error(`service ${name} is not among those of this function; name it in its handler.ts`);
    }
    const service = builder(environment, services);
    made[name] = service;
    return service;
  }
  return services;
}

export const clock: Builder<unknown, Services["clock"]> = () => createClock();

export const random: Builder<unknown, Services["random"]> = () => systemRandom;

/** Uses clock. */
export const lake: Builder<Pick<Variables, "BUCKET">, Services["lake"]> = (environment, services) =>
  connectLake({ bucket: environment.BUCKET, clock: services.clock });

/** Uses clock. */
export const state: Builder<Pick<Variables, "STATE_TABLE">, Services["state"]> = (environment, services) =>
  connectState({ table: environment.STATE_TABLE, clock: services.clock });

type QueueVariables = Partial<Pick<Variables, `${"QUEUE" | "PARKED"}_URL_${Uppercase<QueueName>}`>>;

/** Uses clock. Reaches the queues whose addresses are in the environment. */
export const queue: Builder<QueueVariables, Services["queue"]> = (environment, services) => {
  const urls = (name: QueueName): QueueUrls => {
    const suffix = name.toUpperCase() as Uppercase<QueueName>;
    return { url: environment[`QUEUE_URL_${suffix}`], parkedUrl: environment[`PARKED_URL_${suffix}`] };
  };
  return connectQueue({
    queues: {
      ingest: urls("ingest"),
      coordinate: urls("coordinate"),
      predict: urls("predict"),
      enrich: urls("enrich"),
      notify: urls("notify"),
      settle: urls("settle"),
      watch: urls("watch"),
    },
    clock: services.clock,
  });
};

/** Uses clock. */
export const sql: Builder<Pick<Variables, "ATHENA_WORKGROUP" | "ATHENA_DATABASE">, Services["sql"]> = (
  environment,
  services,
) =>
  connectSql({ workgroup: environment.ATHENA_WORKGROUP, database: environment.ATHENA_DATABASE, clock: services.clock });

/** Uses clock. */
export const secrets: Builder<Pick<Variables, "SECRET_PREFIX">, Services["secrets"]> = (environment, services) =>
  connectSecrets({ prefix: environment.SECRET_PREFIX, clock: services.clock });

/** Uses clock, random, log. */
export const http: Builder<unknown, Services["http"]> = (_, services) =>
  createHttp({ clock: services.clock, random: services.random, log: services.log, limits: upstreamLimits });
