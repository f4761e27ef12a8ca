/** How a window is fetched: second hosts, optional requests, keys, budgets. On the embedded home with upstreams of our own. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zstdDecompressSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { decodeExchanges } from "../../../adapters/exchanges.ts";
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
import { type Home, openHome } from "../../../runtime/home.ts";
import { present } from "../weather/present.ts";

const minute = 60_000;
const start = Date.UTC(2026, 9, 28, 15);
const KEY = "K3Y/5ECRET";
let home: Home;
let services: Services;
let requests: HttpRequest[];
let logged: string;
let answer: (request: HttpRequest) => HttpResponse;

const text = (status: number, body: string): HttpResponse => ({ status, headers: {}, body });
const sourceOf = (id: string) => present(sources.find((source) => source.id === id));
const budget = present(callBudgets[0]);

beforeEach(() => {
  requests = [];
  logged = "";
  home = openHome({
    folder: mkdtempSync(join(tmpdir(), "brier-ingest-")),
    surroundings: {
      kind: "sandbox",
      seed: "fetch",
      start,
      days: 2,
      incidents: "none",
      cities: ["KMDW"],
      clock: "virtual",
    },
    log: { write: (line) => (logged += line) },
  });
  const request = (asked: HttpRequest) => {
    requests.push(asked);
    return Promise.resolve().then(() => answer(asked));
  };
  services = { ...home.services, http: { request } };
});
afterEach(() => {
  home.close();
  rmSync(home.folder, { recursive: true });
});

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
    expect(logged).toContain("the window goes on without it");
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
    expect(kept.join("\n") + logged).not.toMatch(/5ECRET/);
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
