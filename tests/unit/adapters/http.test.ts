import { expect, test } from "vitest";
import type { HttpRequest, Random } from "../../../core/ports.ts";
import { createHttp } from "../../../adapters/upstream/http.ts";
import { upstreamLimits } from "../../../adapters/upstream/limits.ts";
import type { RateLimit } from "../../../adapters/upstream/rate-limit.ts";

const start = Date.UTC(2026, 10, 1);

/** A client whose fetch answers from a list, on a clock that notes its sleeps and moves by them. */
function scripted(
  answers: (Response | Error)[],
  options: { random?: Random; limits?: Record<string, RateLimit> } = {},
) {
  let now = start;
  const sleeps: number[] = [];
  const sent: { url: string; headers: Record<string, string> }[] = [];
  const lines: string[] = [];
  const write = (event: string, fields?: Record<string, unknown>) => lines.push(JSON.stringify({ event, ...fields }));
  const http = createHttp({
    fetch: async (input, init) => {
      sent.push({
        url: input instanceof Request ? input.url : input.toString(),
        headers: Object.fromEntries(new Headers(init?.headers)),
      });
      const answer = answers.shift() ?? new Response("unscripted", { status: 404 });
      if (answer instanceof Error) throw answer;
      return answer;
    },
    clock: {
      now: () => now,
      async sleep(ms) {
        sleeps.push(ms);
        now += ms;
      },
    },
    random: options.random ?? { next: () => 0.5 },
    log: { info: write, warn: write, error: write },
    ...(options.limits && { limits: options.limits }),
  });
  return { http, sleeps, sent, lines };
}

const status = (code: number, headers: Record<string, string> = {}) => new Response("", { status: code, headers });

test.each([
  [0, [250, 500, 1_000]],
  [0.5, [375, 750, 1_500]],
  [0.999_999_999, [500, 1_000, 2_000]],
])("back-off doubles and is jittered between half and whole (%d)", async (draw, expected) => {
  const { http, sleeps } = scripted([status(503), status(503), status(503), status(503)], {
    random: { next: () => draw },
  });
  await http.request({ url: "https://a.test/" });
  expect(sleeps).toEqual(expected);
});

test.each([
  ["3", 3_000],
  ["Sun, 01 Nov 2026 00:00:07 GMT", 7_000],
  ["20", 20_000],
  ["0", 375],
  ["soon", 375],
  ["Sat, 31 Oct 2026 00:00:00 GMT", 375],
])("honours Retry-After %s, never below the back-off", async (value, expected) => {
  const { http, sleeps } = scripted([status(429, { "retry-after": value }), status(200)]);
  await http.request({ url: "https://a.test/" });
  expect(sleeps).toEqual([expected]);
});

test.each(["21", "86400", "Sun, 01 Nov 2026 00:10:00 GMT"])(
  "does not ask again here where Retry-After is %s: the queue waits that long",
  async (value) => {
    const { http, sleeps, sent } = scripted([status(429, { "retry-after": value }), status(200)]);
    expect((await http.request({ url: "https://a.test/" })).status).toBe(429);
    expect([sleeps, sent.length]).toEqual([[], 1]);
  },
);

test("spends the burst at once, then keeps the host's rate; other hosts do not wait for it", async () => {
  const { http, sleeps } = scripted([], {
    limits: { "a.test": { perSecond: 2, burst: 3 }, "b.test": { perSecond: 1, burst: 1 } },
  });
  for (let request = 0; request < 5; request++) await http.request({ url: `https://a.test/${request}` });
  expect(sleeps).toEqual([500, 500]);
  await http.request({ url: "https://b.test/" });
  expect(sleeps).toEqual([500, 500]);
  await http.request({ url: "https://b.test/" });
  expect(sleeps).toEqual([500, 500, 1_000]);
});

test("parallel requests queue up one interval apart", async () => {
  const waits: number[] = [];
  const http = createHttp({
    fetch: async () => new Response("ok"),
    clock: { now: () => start, sleep: async (ms) => void waits.push(ms) },
    random: { next: () => 0 },
    log: { info() {}, warn() {}, error() {} },
    limits: { "a.test": { perSecond: 4, burst: 1 } },
  });
  await Promise.all(Array.from({ length: 4 }, () => http.request({ url: "https://a.test/" })));
  expect(waits).toEqual([250, 500, 750]);
});

test("retries take turns too, and hosts without a limit have the default one", async () => {
  const { http, sleeps } = scripted([status(503), status(200)], { limits: { "a.test": { perSecond: 0.1, burst: 1 } } });
  await http.request({ url: "https://a.test/" });
  expect(sleeps).toEqual([375, 9_625]);
  const other = scripted([]);
  for (let request = 0; request < 21; request++) await other.http.request({ url: "https://c.test/" });
  expect(other.sleeps).toEqual([100]);
});

test("a limit that lets nothing through is refused", () => {
  expect(() => scripted([], { limits: { "a.test": { perSecond: 0, burst: 1 } } })).toThrow(/a\.test.*perSecond 0/);
  expect(() => scripted([], { limits: { "a.test": { perSecond: 1, burst: 0.5 } } })).toThrow(/burst 0\.5/);
});

test("log lines hold host, path and outcome, never query, token or header", async () => {
  const { http, lines } = scripted([
    status(503),
    status(200),
    new TypeError("fetch failed: https://a.test/?key=hidden"),
  ]);
  await http.request({
    url: "https://a.test/bot123:ABC-secret/getMe?apikey=hidden#hidden",
    headers: { authorization: "hidden" },
  });
  const failed = http.request({ url: "https://a.test/x?key=hidden", repeatable: false });
  await expect(failed).rejects.toThrow(/^GET a\.test\/x: no answer \(TypeError\)$/);
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    expect.objectContaining({ host: "a.test", path: "/bot<redacted>/getMe", status: 503, attempt: 1, delayMs: 375 }),
    expect.objectContaining({ event: "http request", method: "GET", status: 200, attempt: 2 }),
    expect.objectContaining({ event: "http request failed", path: "/x", failure: "network" }),
  ]);
  expect(lines.join()).not.toMatch(/hidden|secret/);
});

test.each(["not a url hidden", "file:///etc/hidden", "https://user:hidden@a.test/", "/hidden"])(
  "refuses the address %s without showing it",
  async (url) => {
    const { http, sent } = scripted([]);
    const error = await http.request({ url }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(String(error)).not.toContain("hidden");
    expect(sent).toEqual([]);
  },
);

test("names itself unless the request does", async () => {
  const { http, sent } = scripted([]);
  await http.request({ url: "https://a.test/" });
  await http.request({ url: "https://a.test/", headers: { "User-Agent": "(me, me@example.org)" } });
  expect(sent.map(({ headers }) => headers["user-agent"])).toEqual(["brier", "(me, me@example.org)"]);
});

const moved = (location: string, code = 302) => status(code, { location });

test.each([
  ["relative, same host", {}, "https://a.test/new", "/new"],
  ["another host, nothing personal in the headers", { accept: "text/plain" }, "https://b.test/", "https://b.test/"],
  ["same host with a key", { "x-api-key": "k" }, "https://a.test/new", "/new"],
])("follows a GET's redirect: %s", async (_case, headers: Record<string, string>, expected, location) => {
  const { http, sent } = scripted([moved(location), status(200)]);
  expect((await http.request({ url: "https://a.test/old", headers })).status).toBe(200);
  expect(sent.map(({ url }) => url)).toEqual(["https://a.test/old", expected]);
});

test.each<[string, Partial<HttpRequest>, string]>([
  ["to another host with a key", { headers: { authorization: "k" } }, "https://b.test/"],
  ["to another port with a key", { headers: { "KALSHI-ACCESS-KEY": "k" } }, "https://a.test:8443/"],
  ["out of https", {}, "http://a.test/"],
  ["of a POST", { method: "POST" }, "/new"],
  ["to no address", {}, "http://["],
  ["to a file", {}, "file:///etc/passwd"],
])("does not follow a redirect %s: it is the answer", async (_case, request, location) => {
  const { http, sent } = scripted([moved(location)]);
  expect((await http.request({ url: "https://a.test/old", ...request })).status).toBe(302);
  expect(sent).toHaveLength(1);
});

test("gives up following after five redirects", async () => {
  const { http, sent } = scripted(Array.from({ length: 9 }, (_, hop) => moved(`/${hop}`)));
  expect((await http.request({ url: "https://a.test/" })).status).toBe(302);
  expect(sent).toHaveLength(6);
});

test("reads text whose characters are split between chunks", async () => {
  const bytes = new TextEncoder().encode("70–71 °F");
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
      controller.close();
    },
  });
  const { http } = scripted([new Response(body)]);
  expect((await http.request({ url: "https://a.test/" })).body).toBe("70–71 °F");
});

test("a body that is announced as too large is not read", async () => {
  let pulls = 0;
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        pulls += 1;
        controller.enqueue(new Uint8Array(10));
      },
    },
    { highWaterMark: 0 },
  );
  const { http, sent } = scripted([new Response(body, { headers: { "content-length": "5000" } })]);
  await expect(http.request({ url: "https://a.test/", maxBytes: 3_000 })).rejects.toThrow(/more than 3000 bytes/);
  expect([pulls, sent.length]).toEqual([0, 1]);
});

test("the limits of the known upstreams are usable", async () => {
  const { http } = scripted([], { limits: upstreamLimits });
  expect((await http.request({ url: "https://mesonet.agron.iastate.edu/" })).status).toBe(404);
});
