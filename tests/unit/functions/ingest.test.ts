/** How a window is fetched: second hosts, optional requests, keys, budgets. On the embedded home with upstreams of our own. */
import { zstdDecompressSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { decodeExchanges, encodeExchanges } from "../../../adapters/exchanges.ts";
import { callBudgets } from "../../../adapters/upstream/limits.ts";
import { type Spending, spend } from "../../../core/budget.ts";
import { rawKey } from "../../../core/lake-keys.ts";
import {
  type HttpRequest,
  type HttpResponse,
  HttpError,
  type OutgoingMessage,
  type Services,
} from "../../../core/ports.ts";
import type { Pointer, SourceHealth } from "../../../core/source.ts";
import { sources } from "../../../core/sources.ts";
import { stateKeys } from "../../../functions/facts.ts";
import { fetchWindow } from "../../../functions/ingest/fetch.ts";
import { landed } from "../../../functions/ingest/landed.ts";
import { ingest } from "../../../functions/ingest/step.ts";
import { watch } from "../../../functions/watch/step.ts";
import type { Home } from "../../../runtime/home.ts";
import { present } from "../weather/present.ts";
import { sandboxHome } from "./own-home.ts";

const minute = 60_000;
const start = Date.UTC(2026, 9, 28, 15);
const KEY = "K3Y/5ECRET";
let home: Home;
let services: Services;
let requests: HttpRequest[];
let logged: () => string;
let remove: () => void;
let answer: (request: HttpRequest) => HttpResponse;

const text = (status: number, body: string): HttpResponse => ({ status, headers: {}, body });
const sourceOf = (id: string) => present(sources.find((source) => source.id === id));
const budget = present(callBudgets[0]);

beforeEach(() => {
  requests = [];
  ({ home, logged, remove } = sandboxHome("fetch", start, 2));
  const request = (asked: HttpRequest) => {
    requests.push(asked);
    return Promise.resolve().then(() => answer(asked));
  };
  services = { ...home.services, http: { request } };
});
afterEach(() => remove());

const hosts = () => [...new Set(requests.map(({ url }) => new URL(url).host))];
/** Asks the simulated world, but for the hosts that are silent. */
const silent =
  (...names: string[]) =>
  (asked: HttpRequest): HttpResponse => {
    if (names.includes(new URL(asked.url).host)) throw new HttpError("timeout", "no whole answer");
    throw new Error("asked elsewhere");
  };

describe("an optional request", () => {
  it("leaves an exchange with status 0, and the source asks the other host", async () => {
    const world = home.services.http;
    services.http.request = (asked) => {
      requests.push(asked);
      if (new URL(asked.url).host === "mesonet.agron.iastate.edu")
        return Promise.reject(new HttpError("network", "gone"));
      return world.request(asked);
    };
    await ingest({ source: "iem-observations", at: new Date(start).toISOString() }, services);
    expect(hosts()).toEqual(["mesonet.agron.iastate.edu", "api.weather.gov"]);
    expect(requests.filter(({ url }) => url.includes("weather.gov"))).toHaveLength(6);
    const stored = decodeExchanges(present(await services.lake.get(rawKey("iem-observations", start))));
    expect(stored.slice(0, 3)).toEqual(
      stored.slice(0, 3).map(({ url }) => ({ url, status: 0, fetched_at: start, body: "" })),
    );
    const pointer = await services.state.get<Pointer>(stateKeys.pointer("iem-observations"));
    expect(pointer?.value.parts.weather_observations).toHaveLength(1);
    expect(logged()).toContain("the window goes on without it");
  });

  it("fails the window when the other host is silent as well: nothing is stored", async () => {
    answer = silent("mesonet.agron.iastate.edu", "api.weather.gov");
    const at = new Date(start).toISOString();
    await expect(ingest({ source: "iem-observations", at }, services)).rejects.toThrow(/no usable answer/);
    expect(await services.lake.get(rawKey("iem-observations", start))).toBeUndefined();
  });
});

describe("the budget of calls", () => {
  const source = sourceOf("open-meteo-ensemble");
  const spendAll = async (calls: number) => {
    const outcome = spend(budget, undefined, calls, start);
    if ("refusal" in outcome) throw new Error(outcome.refusal);
    await services.state.put(stateKeys.budget(budget.service), outcome.spending, 0);
  };

  it("counts every request by its weight, the fallback's too, and sends each once", async () => {
    answer = ({ url }) =>
      new URL(url).host === "ensemble-api.open-meteo.com"
        ? text(503, "")
        : text(404, '{"error":true,"reason":"Not Found"}');
    const at = start;
    await fetchWindow(source, at, undefined, services);
    const spending = present(await services.state.get<Spending>(stateKeys.budget("open-meteo"))).value;
    // Three times meta.json and one forecast, of two hosts each.
    expect(spending.day.calls).toBeCloseTo(2 * (3 + 73.2), 6);
    expect(requests).toHaveLength(8);
    for (const request of requests) expect(request.repeatable).toBe(false);
  });

  it("does not send what is over it, says so, and tries the window again later", async () => {
    await spendAll(599);
    answer = () => text(404, "{}");
    await expect(fetchWindow(source, start, undefined, services)).rejects.toThrow(
      /the budget of open-meteo has 0 of 600 calls left this minute, the request counts for 1: not sent/,
    );
    expect(requests).toHaveLength(1);
  });

  it("does not touch hosts without a budget", async () => {
    answer = silent("mesonet.agron.iastate.edu");
    await expect(fetchWindow(sourceOf("iem-nbm"), start, undefined, services)).rejects.toThrow(/no usable answer/);
    expect(requests.every(({ repeatable }) => repeatable === undefined)).toBe(true);
    expect(await services.state.get(stateKeys.budget("open-meteo"))).toBeUndefined();
  });
});

describe("a window that asks several times", () => {
  const source = sourceOf("venue-quotes");
  const ticker = text(200, '{"bid":"80000.00","ask":"80000.02"}');
  /** A clock that moves by sleeping, each time by `off` ms more or less than asked; answers take `takes` ms. */
  const moving = (from: number, { off = 0, takes = 0, stopAfter = Infinity } = {}) => {
    let now = from;
    const slept: number[] = [];
    answer = () => {
      now += takes / 5;
      return ticker;
    };
    services = {
      ...services,
      clock: {
        now: () => now,
        sleep(ms) {
          slept.push(ms);
          now += slept.length > stopAfter ? 1 : ms + off;
          return Promise.resolve();
        },
      },
    };
    return slept;
  };
  const instants = async (at: number) => {
    const exchanges = await fetchWindow(source, at, undefined, services);
    return [...new Set(exchanges.map(({ fetched_at }) => Math.round((fetched_at - at) / 1000)))];
  };

  it("waits for each round, with a patience of its own and no repeat", async () => {
    const slept = moving(start + 200, { off: -1 });
    expect(await instants(start)).toEqual([0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50]);
    expect(slept).toHaveLength(10);
    for (const request of requests) expect(request).toMatchObject({ timeoutMs: 1_500, repeatable: false });
  });

  it("has one round where the clock does not move by sleeping", async () => {
    answer = () => ticker;
    expect(await instants(start)).toEqual([0]);
    expect(requests).toHaveLength(5);
  });

  it("has one round when it comes late, instead of all at once", async () => {
    const slept = moving(start + 5 * minute);
    expect(await instants(start)).toEqual([300]);
    expect(slept).toEqual([]);
  });

  it("leaves out what it cannot keep: after a round that took longer than its five seconds the running one is next", async () => {
    moving(start, { takes: 11_000 });
    const exchanges = await fetchWindow(source, start, undefined, services);
    const ends = exchanges.map(({ fetched_at }) => (fetched_at - start) / 1000).filter((_, index) => index % 5 === 4);
    expect(ends).toEqual([11, 22, 33, 44, 55]);
  });

  it("is over before its minute is where every venue is silent for the whole of it, and is tried again", async () => {
    // The five are asked at once and each of them waits as long as it may, twice where there is a second host.
    let now = start + 200;
    const waiting = new Map<number, Promise<void>>();
    const clock = { now: () => now, sleep: (ms: number) => Promise.resolve(void (now += ms)) };
    services = { ...services, clock };
    services.http.request = async (asked) => {
      requests.push(asked);
      const end = now + present(asked.timeoutMs);
      const ended = waiting.get(end) ?? new Promise((resolve) => setImmediate(resolve)).then(() => void (now = end));
      waiting.set(end, ended);
      await ended;
      throw new HttpError("timeout", "no whole answer within 1500 ms");
    };
    await expect(fetchWindow(source, start, undefined, services)).rejects.toThrow(
      "venue-quotes: no usable answer to any of 55 requests",
    );
    // Six hosts a round, Binance's second one after its first.
    expect(requests).toHaveLength(11 * 6);
    expect(now).toBe(start + 50_000 + 2 * 1_500);
  });

  it("ends with what it has when it is woken because the home stops", async () => {
    moving(start, { stopAfter: 3 });
    expect(await instants(start)).toEqual([0, 5, 10, 15]);
    expect(requests).toHaveLength(4 * 5);
  });

  it("lands without a venue that takes too long", async () => {
    answer = (asked) => {
      if (asked.url.includes("coinbase")) throw new HttpError("timeout", "no whole answer within 1500 ms");
      throw new Error("asked elsewhere");
    };
    const world = home.services.http;
    services.http.request = (asked) => {
      requests.push(asked);
      return asked.url.includes("coinbase") ? Promise.resolve().then(() => answer(asked)) : world.request(asked);
    };
    await ingest({ source: source.id, at: new Date(start).toISOString() }, services);
    expect(requests.filter(({ url }) => url.includes("coinbase"))).toHaveLength(1);
    const { rows } = await services.sql.query("select distinct venue from venue_quotes order by venue");
    expect(rows.flat()).toEqual(["binance", "bitstamp", "gemini", "kraken"]);
  });
});

describe("a service that is asked too often", () => {
  const throttling = (status: number, after: string | undefined) => {
    const headers: Record<string, string> = after === undefined ? {} : { "retry-after": after };
    answer = () => ({ status, headers, body: "{}" });
  };

  it.each([
    [429, "600", 600_000],
    [418, "600", 600_000],
    [418, new Date(start + 90_000).toUTCString(), 90_000],
    // A ban is never longer.
    [418, "99999999999999999999", 3 * 86_400_000],
    [429, undefined, undefined],
    [429, "soon", undefined],
  ])("with %i, Retry-After %s: the source is told, and no second host is asked", async (status, after, pause) => {
    throttling(status, after);
    const exchanges = await fetchWindow(sourceOf("venue-quotes"), start, undefined, services);
    expect(exchanges.map(({ retry_at }) => retry_at)).toEqual(
      Array.from({ length: 5 }, () => (pause === undefined ? undefined : start + pause)),
    );
    expect(requests).toHaveLength(5);
    expect(decodeExchanges(encodeExchanges(exchanges))).toEqual(exchanges);
  });

  it.each([429, 418])("with %i fails the window of a source that cannot do without, on one host", async (status) => {
    throttling(status, "600");
    await expect(fetchWindow(sourceOf("kalshi-crypto-markets"), start, undefined, services)).rejects.toThrow(
      `answered ${status}`,
    );
    expect(hosts()).toHaveLength(1);
  });

  it("is not asked again before the end of its Retry-After, by other windows of other processes", async () => {
    const world = home.services.http;
    let asked = 0;
    const http = {
      request: (request: HttpRequest) => {
        if (!request.url.includes("binance")) return world.request(request);
        asked += 1;
        return Promise.resolve({ status: 418, headers: { "retry-after": "600" }, body: "{}" });
      },
    };
    for (let window = 0; window < 10; window++)
      await ingest(
        { source: "venue-quotes", at: new Date(start + window * minute).toISOString() },
        { ...services, http },
      );
    expect(asked).toBe(1);
    expect(await services.lake.list("tables/venue_quotes/")).toHaveLength(10);
    const { rows } = await services.sql.query("select distinct venue from venue_quotes order by venue");
    expect(rows.flat()).toEqual(["bitstamp", "coinbase", "gemini", "kraken"]);
  });
});

describe("candles of venues that cannot be reached once", () => {
  const id = "spot-candles";
  const window = (minutes: number) => new Date(start + minutes * minute).toISOString();

  it.each([
    ["no connection", () => Promise.reject(new HttpError("network", "gone"))],
    ["503", () => Promise.resolve(text(503, ""))],
    ["429", () => Promise.resolve(text(429, ""))],
    ["Kraken's word for it", () => Promise.resolve(text(200, '{"error":["EService:Unavailable"]}'))],
  ])("are no drift (%s): the window is tried again, and what was known stands", async (_, request) => {
    await ingest({ source: id, at: window(6) }, { ...services, http: home.services.http });
    const before = await services.state.get<Pointer>(stateKeys.pointer(id));
    await expect(ingest({ source: id, at: window(16) }, { ...services, http: { request } })).rejects.toThrow(
      "spot-candles: no usable answer to any of 2 requests",
    );
    expect(await services.lake.get(rawKey(id, start + 16 * minute))).toBeUndefined();
    expect(await services.state.get<Pointer>(stateKeys.pointer(id))).toEqual(before);
    expect((await services.state.get<SourceHealth>(stateKeys.health(id)))?.value.status).toBe("ok");
    await ingest({ source: id, at: window(16) }, { ...services, http: home.services.http });
    expect((await services.state.get<Pointer>(stateKeys.pointer(id)))?.value.window_at).toBe(start + 16 * minute);
  });
});

describe("a venue that shuts its door, between two watches", () => {
  it.each([451, 418])("with %i is told once, although the windows after it are whole", async (status) => {
    const sent: OutgoingMessage[] = [];
    const queue = {
      ...services.queue,
      send: (_: string, messages: readonly OutgoingMessage[]) => Promise.resolve(void sent.push(...messages)),
    };
    const world = home.services.http;
    const http = {
      request: (asked: HttpRequest) =>
        asked.url.includes("gemini") ? Promise.resolve(text(status, "{}")) : world.request(asked),
    };
    const at = (minutes: number) => new Date(start + minutes * minute).toISOString();
    await watch({ at: at(-2) }, { ...services, queue });
    for (let window = 0; window < 20; window++) {
      await ingest({ source: "venue-quotes", at: at(window) }, { ...services, http });
      if (window % 5 === 3) await watch({ at: at(window) }, { ...services, queue });
    }
    const told = sent.map((message) => JSON.stringify(message)).filter((message) => message.includes("gemini status"));
    expect(told).toHaveLength(1);
    expect(told[0]).toContain(`HTTP ${status}`);
    // The source itself was well all the time, and is forgotten about in the end.
    const health = await services.state.get<SourceHealth>(stateKeys.health("venue-quotes"));
    expect(health?.value).toEqual({ status: "ok", window_at: start + 19 * minute, refusals: [] });
  });
});

describe("a source that runs for a while only", () => {
  const span = { from: Date.UTC(2026, 9, 28, 6), until: Date.UTC(2026, 9, 28, 7) };
  const id = "kalshi-crypto-markets";

  /** What the watch says of an hour-long span at a time of the day, whatever landed. */
  async function watchedAt(hours: number, minutes: number): Promise<string> {
    const sent: OutgoingMessage[] = [];
    const queue = {
      ...services.queue,
      send: (_: string, messages: readonly OutgoingMessage[]) => Promise.resolve(void sent.push(...messages)),
    };
    await watch({ at: new Date(Date.UTC(2026, 9, 28, hours, minutes)).toISOString() }, { ...services, queue });
    return JSON.stringify(sent);
  }

  it("is watched then, and outside of it nothing of it is expected, overdue or stale", async () => {
    await services.state.put(stateKeys.runningSpans(), { [id]: span }, 0);
    await watchedAt(0, 3);
    expect(await watchedAt(5, 58)).not.toContain(id);
    // It has just begun: nothing has landed, and nothing is late.
    expect(await watchedAt(6, 3)).not.toContain(id);
    expect(await watchedAt(6, 8)).toContain(`${id} is stale`);
    for (let at = span.from; at < span.until - minute; at += minute)
      await ingest({ source: id, at: new Date(at).toISOString() }, { ...services, http: home.services.http });
    // The last window is overdue when its grace has ended, although the source no longer runs.
    const afterwards = await watchedAt(7, 33);
    expect(afterwards).toContain(`${id}: 1 window overdue`);
    expect(afterwards).toContain("2026-10-28T06:59");
    expect(afterwards).not.toContain(`${id} is stale`);
    expect(await watchedAt(12, 3)).not.toContain(id);
    const { rows } = await services.sql.query(
      `select count(*) as n, min(window_at) as first, max(window_at) as last from ingest_ledger where entry = 'expected' and source = '${id}'`,
    );
    expect(rows).toEqual([[60, "2026-10-28T06:00:00.000Z", "2026-10-28T06:59:00.000Z"]]);
  });
});

describe("a source with a key", () => {
  const id = "visual-crossing";
  const at = new Date(start).toISOString();
  const withKey = () =>
    (services = {
      ...services,
      secrets: { get: (name) => Promise.resolve(name === "visual-crossing-key" ? KEY : undefined) },
    });

  it("asks nothing and misses nothing without it", async () => {
    await ingest({ source: id, at }, services);
    expect(requests).toEqual([]);
    expect((await services.state.get<SourceHealth>(stateKeys.health(id)))?.value.status).toBe("off");
    expect(await services.lake.list(`raw/${id}/`)).toEqual([]);
    expect(await landed(id, at, services)).toEqual({ Landed: 1 });
  });

  it("is not watched while it rests: no window of it is expected, none is overdue, it is not stale", async () => {
    const sent: OutgoingMessage[] = [];
    const queue = {
      ...services.queue,
      send: (_: string, messages: readonly OutgoingMessage[]) => Promise.resolve(void sent.push(...messages)),
    };
    const watching = { ...services, queue };
    const fires = [32, 212, 392, 572].map((minutes) => Date.UTC(2026, 9, 28) + minutes * minute);
    await watch({ at: new Date(Date.UTC(2026, 9, 28, 0, 3)).toISOString() }, watching);
    for (const due of fires) await ingest({ source: id, at: new Date(due).toISOString() }, services);
    await watch({ at: new Date(Date.UTC(2026, 9, 28, 12, 3)).toISOString() }, watching);
    const alerts = JSON.stringify(sent);
    expect(alerts).toContain("twc-portal");
    expect(alerts).not.toContain(id);
    const ledger = await services.sql.query(
      "select source, count(*) as n from ingest_ledger where entry = 'expected' and source in ('visual-crossing', 'open-meteo-hourly') group by source",
    );
    expect(ledger.rows.map(([source]) => source)).toEqual(["open-meteo-hourly"]);
  });

  it("sends it in the address and stores and says it nowhere", async () => {
    withKey();
    answer = () => text(401, `No account found with API key '${KEY}' (${encodeURIComponent(KEY)})`);
    await ingest({ source: id, at }, services);
    expect(requests).toHaveLength(6);
    for (const { url } of requests) expect(url).toMatch(/&key=K3Y%2F5ECRET$/);
    const kept: string[] = [];
    for (const key of await services.lake.list("")) {
      const bytes = present(await services.lake.get(key));
      kept.push(key.endsWith(".zst") ? zstdDecompressSync(bytes).toString() : Buffer.from(bytes).toString());
    }
    expect(kept.join("\n")).toContain("HTTP 401");
    expect(kept.join("\n") + logged()).not.toMatch(/5ECRET/);
    expect(JSON.stringify(await services.state.get(stateKeys.health(id)))).not.toMatch(/5ECRET/);
    await expect(landed(id, at, services)).resolves.toEqual({ Landed: 0 });
  });

  it("keeps it out of the message of a failure", async () => {
    withKey();
    answer = () => {
      throw new HttpError("timeout", "GET weather.visualcrossing.com/VisualCrossingWebServices: no whole answer");
    };
    await expect(ingest({ source: id, at }, services)).rejects.toThrow(/^(?!.*5ECRET).*no usable answer/);
  });
});
