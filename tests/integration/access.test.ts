/** Each step within what its env.ts says it may touch: in AWS the same lists are its role's grants. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { QueueName, Services } from "../../core/ports.ts";
import { sourcesOf } from "../../core/sources.ts";
import { ticks } from "../../core/ticks.ts";
import type { Access } from "../../functions/access.ts";
import { access as coordinate } from "../../functions/coordinate/env.ts";
import { access as enrich } from "../../functions/enrich/env.ts";
import { access as ingest } from "../../functions/ingest/env.ts";
import { access as notify } from "../../functions/notify/env.ts";
import { access as predict } from "../../functions/predict/env.ts";
import { access as settle } from "../../functions/settle/env.ts";
import { queueNames } from "../../functions/steps.ts";
import { access as watch } from "../../functions/watch/env.ts";
import { type Home, openHome } from "../../runtime/home.ts";
import type { PlayedTick } from "../../runtime/played-ticks.ts";
import { play } from "../../runtime/play.ts";
import { work } from "../../runtime/workers.ts";

const accesses: Record<QueueName, Access> = { ingest, coordinate, predict, enrich, notify, settle, watch };
const hour = 3_600_000;
/** In the evening: the day's event can still be forecast, and in the morning it settles. */
const start = Date.UTC(2026, 9, 28, 22);
const until = start + 18 * hour;
const cryptoIds = new Set(["crypto", ...sourcesOf(["crypto"]).map(({ id }) => id)]);
/**
 * Every tick once an hour: the same steps, in a quarter of the time. The watch then misses windows, and says so. Bitcoin's
 * events come each hour: two of them are enough.
 */
const hourly = ticks.map((tick): PlayedTick => {
  const schedule = { everyMinutes: 60, offsetMinutes: tick.schedule.offsetMinutes % 60 };
  const ofCrypto = cryptoIds.has(tick.input["source"] ?? tick.input["desk"] ?? "");
  return { ...tick, schedule, ...(ofCrypto ? { span: { from: start, until: start + 2 * hour } } : {}) };
});
const folder = mkdtempSync(join(tmpdir(), "brier-access-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The services as a role with `access` would find them; what it may not do is noted and refused. */
function within(
  step: QueueName,
  access: Access,
  services: Services,
  used: Set<string>,
  refused: Set<string>,
): Services {
  const check = (allowed: boolean, what: string) => {
    if (allowed) return void used.add(`${step}: ${what}`);
    refused.add(`${step}: ${what}`);
    throw new Error(`${step} may not ${what}`);
  };
  const { lake, state, queue, telegram } = services;
  const prefixOf = (key: string) =>
    access.writes.find((prefix) => key.startsWith(prefix)) ?? key.split("/").slice(0, 2).join("/");
  return {
    ...services,
    lake: {
      get: (key) => (check(access.readsLake, "read"), lake.get(key)),
      list: (prefix) => (check(access.readsLake, "read"), lake.list(prefix)),
      putIfAbsent: (key, bytes) => (
        check(access.writes.includes(prefixOf(key)), `write ${prefixOf(key)}`),
        lake.putIfAbsent(key, bytes)
      ),
    },
    state: {
      get: (key) => (check(access.state, "use the state"), state.get(key)),
      put: (...put) => (check(access.state, "use the state"), state.put(...put)),
      increment: (...add) => (check(access.state, "use the state"), state.increment(...add)),
      count: (key) => (check(access.state, "use the state"), state.count(key)),
    },
    queue: {
      ...queue,
      send: (name, messages) => (check(access.sends.includes(name), `send to ${name}`), queue.send(name, messages)),
    },
    sql: { query: () => Promise.reject(new Error(`${step} may not query`)) },
    telegram: {
      send: (message) => (check(access.secrets.includes("telegram-token"), "send to Telegram"), telegram.send(message)),
    },
  };
}

describe("the steps, played for 18 hours with the demo's incidents", () => {
  const used = new Set<string>();
  const refused = new Set<string>();

  test("touch nothing that their env.ts does not name", { timeout: 60_000 }, async () => {
    const home: Home = openHome({
      folder,
      surroundings: {
        kind: "sandbox",
        seed: "access",
        start,
        days: 3,
        incidents: "demo",
        cities: ["KMDW"],
        clock: "virtual",
      },
      log: { write: () => undefined },
    });
    try {
      await play(home, {
        until,
        ticks: hourly,
        drain: async ({ queue, services }) => {
          for (let handled = -1; handled !== 0;) {
            handled = 0;
            for (const name of queueNames) {
              for (const delivery of await queue.receive(name, 10)) {
                await work(name, delivery, queue, within(name, accesses[name], services, used, refused));
                handled += 1;
              }
            }
          }
        },
      });
    } finally {
      home.close();
    }
    expect([...refused]).toEqual([]);
  });

  test("and use what it names, but for what only trouble needs", () => {
    const named = queueNames.flatMap((name) => [
      ...accesses[name].writes.map((prefix) => `${name}: write ${prefix}`),
      ...accesses[name].sends.map((queue) => `${name}: send to ${queue}`),
    ]);
    const unused = named.filter((grant) => !used.has(grant));
    // Refused payloads, arbitrages, signals' and settlements' alerts need an incident to happen within the hours played. A
    // source with a key rests: the simulated home has none. Nobody streams on a virtual clock, so nothing is compared with streams or the index.
    const trouble =
      /quarantine\/|raw\/visual-crossing\/|tables\/(arbitrages|stream_checks|index_basis)\/|(enrich|settle): (write tables\/alerts\/|send to notify)/;
    expect(unused.filter((grant) => !trouble.test(grant))).toEqual([]);
  });
});
