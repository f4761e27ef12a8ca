/** Holding streams: what reaches the lake and the state store, alone and when two holders overlap. */
import { generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodePart } from "../../../adapters/parquet.ts";
import { cryptoDesk } from "../../../core/crypto/desk.ts";
import { feedDefinition } from "../../../core/crypto/feeds.ts";
import type { Desk } from "../../../core/desk.ts";
import type { Http, Lake, Log, Queue, SocketListener, Sockets, State } from "../../../core/ports.ts";
import type { Pointer } from "../../../core/source.ts";
import { Feed } from "../../../core/stream/feed.ts";
import { Asks } from "../../../functions/stream/asks.ts";
import { openFeeds } from "../../../functions/stream/feeds.ts";
import { holdStreams } from "../../../functions/stream/hold.ts";
import { type Holders, takeOver } from "../../../functions/stream/holders.ts";
import { tables, type TableName, type TableRow } from "../../../schemas/index.ts";
import { SteppedClock } from "./stepped-clock.ts";
import { runs } from "../../runs.ts";

const minute = 60_000;
// A little after the minute, and just before midnight UTC.
const start = Date.UTC(2026, 10, 20, 23, 56, 20);

function memoryLake() {
  const objects = new Map<string, Uint8Array>();
  let broken: string | undefined;
  const lake: Lake = {
    get: (key) => Promise.resolve(objects.get(key)),
    putIfAbsent(key, bytes) {
      if (broken !== undefined && key.includes(broken)) return Promise.reject(new Error("the lake is away"));
      if (objects.has(key)) return Promise.resolve("exists");
      objects.set(key, bytes);
      return Promise.resolve("created");
    },
    list: (prefix) => Promise.resolve([...objects.keys()].filter((key) => key.startsWith(prefix)).sort()),
  };
  async function rows<N extends TableName>(name: N): Promise<{ key: string; row: TableRow<N> }[]> {
    const found: { key: string; row: TableRow<N> }[] = [];
    for (const [key, bytes] of objects) {
      if (!key.startsWith(`tables/${name}/`)) continue;
      for (const row of await decodePart(tables[name] as never, bytes)) found.push({ key, row: row as TableRow<N> });
    }
    return found;
  }
  return {
    lake,
    objects,
    rows /** It takes no key that holds this; all again where it is undefined. */,
    breakDown: (keys: string | undefined) => (broken = keys),
  };
}

function memoryState(clock: SteppedClock): { state: State; refuse(prefix: string | undefined): void } {
  const items = new Map<string, { value: string; version: number; expiresAt: number }>();
  const live = (key: string) => {
    const item = items.get(key);
    return item !== undefined && item.expiresAt > clock.now() ? item : undefined;
  };
  let refused: string | undefined;
  const isRefused = (key: string) => refused !== undefined && key.startsWith(refused);
  const away = () => Promise.reject(new Error("the state store is away"));
  const state: State = {
    get<T>(key: string) {
      if (isRefused(key)) return away();
      const item = live(key);
      return Promise.resolve(item && { value: JSON.parse(item.value) as T, version: item.version });
    },
    put(key, value, expected, options = {}) {
      if (isRefused(key)) return away();
      if ((live(key)?.version ?? 0) !== expected) return Promise.resolve(false);
      const expiresAt = options.expiresAt ?? Number.POSITIVE_INFINITY;
      items.set(key, { value: JSON.stringify(value), version: expected + 1, expiresAt });
      return Promise.resolve(true);
    },
    increment: () => Promise.reject(new Error("not used")),
    count: () => Promise.reject(new Error("not used")),
  };
  return { state, refuse: (prefix) => (refused = prefix) };
}

/** The status that a holder's handshake for a feed gets now, where it is refused. What is connected is closed then. */
type Door = (feed: string, now: number) => number | undefined;
const open: Door = () => undefined;

/** A Kraken that tells every socket the same quotes and trades. */
function simulatedKraken(clock: SteppedClock, quotesEveryMs: number) {
  const listeners = new Set<SocketListener>();
  const trades: number[] = [];
  let tradeId = 1_000;
  const tell = (frame: unknown) => {
    for (const listener of listeners) listener.frame(JSON.stringify(frame));
  };
  const at = () => new Date(clock.now()).toISOString();
  clock.every(1_000, () => tell({ channel: "heartbeat" }));
  clock.every(quotesEveryMs, () => {
    const bid = 81_000 + (clock.now() % 1_000) / 10;
    const quote = { bid, bid_qty: 1, ask: bid + 0.1, ask_qty: 2, timestamp: at() };
    const data = ["BTC/USD", "USDT/USD"].map((symbol) => ({ symbol, ...quote }));
    tell({ channel: "ticker", type: "update", data });
  });
  clock.every(1_700, () => {
    tradeId += 1;
    trades.push(tradeId);
    const data = [{ symbol: "BTC/USD", side: "buy", price: 81_000, qty: 0.1, trade_id: tradeId, timestamp: at() }];
    tell({ channel: "trade", type: "update", data });
  });
  const socketsBehind = (door: Door): Sockets => ({
    connect({ url }, listener) {
      const feed = url.slice(url.lastIndexOf("/") + 1);
      let left = false;
      const begin = async () => {
        await clock.sleep(200);
        if (left) return;
        const status = door(feed, clock.now());
        if (status !== undefined) {
          listener.refused(status);
          return;
        }
        listeners.add(listener);
        listener.opened();
        while (listeners.has(listener)) {
          await clock.sleep(1_000);
          if (door(feed, clock.now()) === undefined || !listeners.delete(listener)) continue;
          listener.closed("closed with 1006");
        }
      };
      void begin();
      return {
        send: (text) => {
          const { params, req_id } = JSON.parse(text) as { params?: { channel: string }; req_id: number };
          if (params === undefined) return;
          listener.frame(JSON.stringify({ method: "subscribe", success: true, result: params, req_id }));
        },
        close: () => {
          left = true;
          listeners.delete(listener);
        },
      };
    },
  });
  return { socketsBehind, trades, listeners };
}

function setUp(quotesEveryMs = 300) {
  const clock = new SteppedClock(start);
  const said: string[] = [];
  const reasons: unknown[] = [];
  const say = (event: string, fields: Record<string, unknown> = {}) => {
    said.push(event);
    if ("reason" in fields) reasons.push(fields["reason"]);
  };
  const log: Log = { info: () => undefined, warn: say, error: say };
  const store = memoryLake();
  const { state, refuse } = memoryState(clock);
  const kraken = simulatedKraken(clock, quotesEveryMs);
  const sent: { id: string; at: number; pointer: Pointer | undefined }[] = [];
  const queue = {
    async send(name, messages) {
      expect(name).toBe("coordinate");
      const pointer = (await state.get<Pointer>("pointer/stream-kraken"))?.value;
      for (const { id } of messages) sent.push({ id, at: clock.now(), pointer });
    },
  } as Pick<Queue, "send"> as Queue;
  interface Held {
    until?: number;
    givesWay?: boolean;
    signal?: AbortSignal;
    desks?: readonly Desk[];
    /** Each of them a Kraken. */
    ids?: readonly string[];
    door?: Door;
    /** How far its clock is ahead of ours. */
    aheadMs?: number;
    /** How long the headers of a handshake take. */
    headersMs?: number;
    /** From then on it does nothing more. */
    diesAt?: number;
  }
  const hold = (holder: string, more: Held = {}) => {
    let ended: number | undefined;
    const feeds = (more.ids ?? ["kraken"]).map((id) => {
      const definition = { ...feedDefinition("kraken"), id, url: `wss://kraken/${id}` };
      // As a market of Kalshi would be known.
      if (more.desks !== undefined) {
        definition.session.handOver = () => ({ lastTrades: {}, markets: [["M", null, Date.UTC(2026, 10, 21)]] });
      }
      return new Feed(definition, holder);
    });
    const { aheadMs = 0, diesAt = Number.POSITIVE_INFINITY } = more;
    const never = new Promise<void>(() => undefined);
    const done = holdStreams({
      feeds,
      holder,
      desks: more.desks ?? [],
      sockets: kraken.socketsBehind(more.door ?? open),
      services: {
        lake: store.lake,
        state,
        queue,
        clock: {
          now: () => clock.now() + aheadMs,
          sleep: (ms) => clock.sleep(ms).then(() => (clock.now() >= diesAt ? never : undefined)),
        },
        random: { next: () => 0.5 },
        log,
      },
      signal: more.signal ?? new AbortController().signal,
      until: more.until ?? Number.POSITIVE_INFINITY,
      givesWay: more.givesWay ?? true,
      headers: () => clock.sleep(more.headersMs ?? 0).then(() => ({})),
      refresh: () => Promise.resolve(),
    }).then(() => (ended = clock.now()));
    const holds = () => feeds.filter(({ phase }) => phase !== "stopped").map(({ id }) => id);
    return { feeds, done, holds, ended: () => ended };
  };
  const takenBy = async () => {
    const feeds = (await state.get<Partial<Holders>>("stream/holder"))?.value.feeds ?? {};
    return Object.fromEntries(Object.entries(feeds).map(([feed, { holder }]) => [feed, holder]));
  };
  return { clock, store, state, refuse, kraken, hold, takenBy, said, reasons, sent };
}

const countsBy = <T>(all: readonly T[], key: (one: T) => string) =>
  new Map([...Map.groupBy(all, key)].map(([name, of]) => [name, of.length]));

describe("holding streams", () => {
  it("signs each handshake anew, and says what a refused one may come from", async () => {
    const { clock, store, state } = setUp();
    const privateKey = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const secret: Record<string, string> = { "kalshi-key-id": "key", "kalshi-private-key": privateKey };
    const http: Http = { request: () => Promise.reject(new Error("not reached")) };
    const secrets = { get: (name: string) => Promise.resolve(secret[name]) };
    const { feeds, headers, refresh } = await openFeeds(["kalshi"], "one", { secrets, http, clock });
    const signedAt: number[] = [];
    const asked: number[] = [];
    const phases: (string | null)[][] = [];
    const done = holdStreams({
      feeds,
      holder: "one",
      sockets: {
        connect({ headers: signed }, listener) {
          asked.push(clock.now());
          signedAt.push(Number(signed?.["KALSHI-ACCESS-TIMESTAMP"]));
          // A firewall first, then a key or a clock.
          queueMicrotask(() => listener.refused(asked.length === 1 ? 403 : 401));
          return { send: () => undefined, close: () => undefined };
        },
      },
      services: {
        lake: store.lake,
        state,
        // No feed without a close asks anybody.
        queue: {} as Queue,
        clock,
        random: { next: () => 0.5 },
        log: { info: () => undefined, warn: () => undefined, error: () => undefined },
      },
      signal: new AbortController().signal,
      until: start + 14 * minute,
      givesWay: true,
      desks: [],
      headers,
      refresh,
      onPhase: (_, phase, reason) => phases.push([phase, reason]),
    });
    await clock.runUntil(start + 15 * minute);
    await done;
    expect(asked.map((at) => Math.round((at - start) / 1_000))).toEqual([0, 45, 135, 315, 540, 765]);
    expect(signedAt).toEqual(asked);
    const reasons = phases.filter(([phase]) => phase === "waiting").map(([, reason]) => reason);
    expect(reasons[0]).toMatch(/403 .*firewall/);
    expect(reasons[1]).toMatch(/401 .*clock is off/);
    expect(phases.map(([phase]) => phase)).not.toContain("disabled");
  });

  it("writes each minute's rows under the holder's name, by the day of their keys, and points at them", async () => {
    const { clock, store, state, hold } = setUp();
    const stop = new AbortController();
    const { done } = hold("one", { signal: stop.signal });
    await clock.runUntil(start + 5 * minute);
    stop.abort();
    await clock.runUntil(start + 5 * minute + 2_000);
    await done;
    const keys = [...store.objects.keys()].filter((key) => key.startsWith("tables/venue_quotes/"));
    expect(keys).toEqual([
      "tables/venue_quotes/dt=2026-11-20/stream-kraken-20261120T235600Z-one-v2.parquet",
      "tables/venue_quotes/dt=2026-11-20/stream-kraken-20261120T235700Z-one-v2.parquet",
      "tables/venue_quotes/dt=2026-11-20/stream-kraken-20261120T235800Z-one-v2.parquet",
      "tables/venue_quotes/dt=2026-11-20/stream-kraken-20261120T235900Z-one-v2.parquet",
      "tables/venue_quotes/dt=2026-11-21/stream-kraken-20261121T000000Z-one-v2.parquet",
      "tables/venue_quotes/dt=2026-11-21/stream-kraken-20261121T000100Z-one-v2.parquet",
    ]);
    const quotes = await store.rows("venue_quotes");
    for (const { key, row } of quotes) expect(key).toContain(`dt=${new Date(row.quote_at).toISOString().slice(0, 10)}`);
    const health = await store.rows("feed_health");
    expect(health.map(({ row }) => [row.phase, row.connects, row.gaps, row.unquotable])).toEqual([
      ["live", 1, 0, 0],
      ...Array.from({ length: 5 }, () => ["live", 0, 0, 0]),
    ]);
    const pointer = (await state.get<Pointer>("pointer/stream-kraken"))?.value;
    expect(pointer?.parts.venue_quotes?.map(({ key }) => key)).toEqual(keys);
    expect((await state.get<{ venue: string }>("stream/newest/kraken"))?.value.venue).toBe("kraken");
  });

  it("overlaps its successor without losing or doubling a row, and leaves once that one is at work", async () => {
    const { clock, store, takenBy, kraken, hold } = setUp();
    const one = hold("one");
    await clock.runUntil(start + 2 * minute);
    const two = hold("two");
    await clock.runUntil(start + 7 * minute);
    expect(one.ended()).toBeDefined();
    // The successor came at 23:58:20; its first whole minute, 23:59, is in the lake soon after midnight.
    expect(one.ended()).toBeGreaterThan(Date.UTC(2026, 10, 21));
    expect(one.ended()).toBeLessThan(Date.UTC(2026, 10, 21) + 15_000);
    expect(two.ended()).toBeUndefined();
    expect(kraken.listeners.size).toBe(1);
    expect(await takenBy()).toEqual({ kraken: "two" });

    const trades = (await store.rows("venue_trades")).map(({ row }) => row);
    const times = countsBy(trades, ({ trade_id }) => trade_id);
    const until = Math.max(...[...times.keys()].map(Number));
    // Nothing is missing between the first and the last that reached the lake …
    expect([...times.keys()].map(Number).toSorted((x, y) => x - y)).toEqual(kraken.trades.filter((id) => id <= until));
    // … some lie there twice, since both held the socket for a while, and both say the same under the same key and day.
    expect([...times.values()].filter((n) => n === 2).length).toBeGreaterThan(30);
    for (const same of Map.groupBy(trades, ({ trade_id }) => trade_id).values()) {
      expect(new Set(same.map(({ event_time, price, size }) => `${event_time} ${price} ${size}`)).size).toBe(1);
    }
    const quotes = (await store.rows("venue_quotes"))
      .map(({ row }) => row)
      .filter(({ product }) => product === "BTC/USD");
    const seconds = [...countsBy(quotes, ({ quote_at }) => String(quote_at)).keys()]
      .map(Number)
      .toSorted((x, y) => x - y);
    for (const [index, second] of seconds.entries()) expect(second).toBe((seconds[0] ?? 0) + index * 1_000);
    const losses = (await store.rows("feed_health")).reduce((sum, { row }) => sum + row.lost_trades, 0);
    expect(losses).toBe(0);
  });

  it("holds on to the end of its time when no successor gets to work", async () => {
    const { clock, hold } = setUp();
    const one = hold("one", { until: start + 5 * minute });
    await clock.runUntil(start + 2 * minute);
    // It comes and dies before its first whole minute is written.
    const stop = new AbortController();
    hold("two", { signal: stop.signal });
    await clock.runUntil(start + 2 * minute + 20_000);
    stop.abort();
    await clock.runUntil(start + 4 * minute);
    expect(one.ended()).toBeUndefined();
    await clock.runUntil(start + 5 * minute + 1_000);
    expect(one.ended()).toBeDefined();
  });

  it("keeps rows while the lake is away, and writes them when it is back", async () => {
    const { clock, store, hold, kraken, said } = setUp();
    const { done } = hold("one", { until: start + 6 * minute });
    await clock.runUntil(start + minute);
    store.breakDown("");
    await clock.runUntil(start + 4 * minute);
    expect(said).toContain("a minute of a stream was not written");
    store.breakDown(undefined);
    await clock.runUntil(start + 6 * minute + 1_000);
    await done;
    const ids = (await store.rows("venue_trades")).map(({ row }) => Number(row.trade_id));
    const last = Math.max(...ids);
    expect(ids.toSorted((x, y) => x - y)).toEqual(kraken.trades.filter((id) => id <= last));
    expect(last).toBeGreaterThan((kraken.trades.at(-1) ?? 0) - 3);
  });

  it("says so when minutes are lost in the end", async () => {
    const { clock, store, hold, said } = setUp();
    const { done } = hold("one", { until: start + minute });
    store.breakDown("");
    await clock.runUntil(start + 2 * minute);
    await done;
    expect(said).toContain("minutes of streams were lost");
  });

  it("keeps refused frames in the quarantine", async () => {
    const { clock, store, hold, kraken } = setUp();
    hold("one");
    await clock.runUntil(start + 10_000);
    for (const listener of kraken.listeners)
      listener.frame('{"channel":"ticker","data":[{"symbol":"BTC/USD","bid":"x"}]}');
    await clock.runUntil(start + minute);
    const key = "quarantine/stream-kraken/dt=2026-11-20/20261120T235600Z-v2-one.json";
    const { refused } = JSON.parse(new TextDecoder().decode(store.objects.get(key))) as { refused: object[] };
    expect(refused).toMatchObject([{ path: "data[0].bid", text: expect.stringContaining('"bid":"x"') }]);
  });
});

describe("handing over feed by feed", () => {
  const ids = ["a", "b"];
  const lifeMs = 14.5 * minute;
  const shut =
    (status: number, from = 0, until = Number.POSITIVE_INFINITY): Door =>
    (feed, now) =>
      feed === "b" && now >= from && now < until ? status : undefined;
  const world = () => {
    const made = setUp(5_000);
    const { clock, hold } = made;
    const begin = (holder: string, more: Parameters<typeof hold>[1] = {}) =>
      hold(holder, { ids, until: clock.now() + (more.aheadMs ?? 0) + lifeMs, ...more });
    return { ...made, begin };
  };

  it.each([
    ["is refused for too many requests", { door: shut(429) }],
    ["is refused for its key", { door: shut(401) }],
    ["is refused for its address", { door: shut(403) }],
    ["cannot be reached", { door: shut(503) }],
    ["has no key", { ids: ["a"] }],
  ])("keeps a feed for which its successor %s, to the end of its time", async (_, more) => {
    const { clock, store, state, begin, takenBy } = world();
    const one = begin("one");
    await clock.runUntil(start + 2 * minute);
    const two = begin("two", more);
    await clock.runUntil(start + 5 * minute);
    expect([one.holds(), one.ended()]).toEqual([["b"], undefined]);
    expect(await takenBy()).toEqual({ a: "two", b: "one" });
    await clock.runUntil(start + lifeMs - 1_000);
    expect([one.holds(), one.ended()]).toEqual([["b"], undefined]);
    await clock.runUntil(start + lifeMs + 1_000);
    expect(one.ended()).toBeDefined();
    const trades = (await store.rows("venue_trades")).filter(({ key }) => key.includes("stream-b-"));
    const newest = Math.max(...trades.map(({ row }) => row.received_at));
    expect(start + lifeMs - newest).toBeLessThan(5_000);
    // A feed that was left has no health of ours any more.
    expect((await store.rows("feed_health")).map(({ row }) => row.phase)).not.toContain("stopped");
    // Minutes of one that does not hear the feed are not waited for: the last is one's last whole minute.
    await clock.runUntil(start + 16 * minute);
    const windowAt = async (feed: string) => (await state.get<Pointer>(`pointer/stream-${feed}`))?.value.window_at;
    expect([await windowAt("a"), await windowAt("b")]).toEqual([
      Math.floor((start + 15 * minute) / minute) * minute,
      Math.floor((start + lifeMs - minute) / minute) * minute,
    ]);
    expect(two.ended()).toBeUndefined();
  });

  it("leaves it when the successor has it after all, for a whole minute", async () => {
    const { clock, begin } = world();
    const one = begin("one");
    await clock.runUntil(start + 2 * minute);
    // Open for less than a minute first, then from 6 min on; asked again within a minute.
    const door: Door = (feed, now) =>
      shut(401, 0, start + 3 * minute)(feed, now) ?? shut(401, start + 3.8 * minute)(feed, now);
    const later: Door = (feed, now) => (now < start + 6 * minute ? door(feed, now) : undefined);
    begin("two", { door: later });
    await clock.runUntil(start + 7 * minute);
    expect(one.holds()).toEqual(["b"]);
    await clock.runUntil(start + 9.5 * minute);
    expect(one.ended()).toBeDefined();
  });

  it("does not stay for a feed that it cannot have itself", async () => {
    const { clock, begin } = world();
    const one = begin("one", { door: shut(451) });
    await clock.runUntil(start + 2 * minute);
    begin("two", { door: shut(451) });
    await clock.runUntil(start + 4 * minute);
    expect(one.ended()).toBeLessThan(start + 4 * minute);
    // Alone it goes on: somebody must say that it is disabled.
    const alone = begin("three", { ids: ["b"], door: shut(451) });
    await clock.runUntil(start + 8 * minute);
    expect(alone.ended()).toBeUndefined();
  });

  it("is not confused by two predecessors, nor by one that lacks the feed", async () => {
    const { clock, begin, takenBy } = world();
    const one = begin("one");
    await clock.runUntil(start + 2 * minute);
    const two = begin("two", { door: shut(429) });
    await clock.runUntil(start + 5 * minute);
    expect([one.holds(), two.holds()]).toEqual([["b"], ["a", "b"]]);
    const three = begin("three");
    await clock.runUntil(start + 7.5 * minute);
    expect(await takenBy()).toEqual({ a: "three", b: "three" });
    expect([one.ended(), two.ended()]).toEqual([expect.any(Number), expect.any(Number)]);
    expect([three.holds(), three.ended()]).toEqual([ids, undefined]);
  });

  it("leaves one of two that were begun at once", async () => {
    const { clock, begin } = world();
    const one = begin("one");
    await clock.runUntil(start + 50);
    const two = begin("two");
    await clock.runUntil(start + 3 * minute);
    expect([one.ended(), two.ended()]).toEqual([expect.any(Number), undefined]);
  });

  it("goes on where its successor dies without a word, before it has taken a feed over or after", async () => {
    const { clock, begin, takenBy } = world();
    const one = begin("one");
    await clock.runUntil(start + 2 * minute);
    begin("two", { diesAt: start + 3.6 * minute });
    await clock.runUntil(start + 6 * minute);
    expect(one.holds()).toEqual(ids);
    begin("three", { door: shut(429), diesAt: start + 8 * minute });
    await clock.runUntil(start + 9 * minute);
    expect([await takenBy(), one.holds()]).toEqual([{ a: "three", b: "one" }, ["b"]]);
    begin("four");
    await clock.runUntil(start + 11.5 * minute);
    expect(await takenBy()).toEqual({ a: "four", b: "four" });
    expect(one.ended()).toBeDefined();
  });

  it("takes over from one that died without a word", async () => {
    const { clock, begin, takenBy } = world();
    begin("one", { diesAt: start + 2.5 * minute });
    await clock.runUntil(start + 3 * minute);
    const two = begin("two");
    await clock.runUntil(start + 6 * minute);
    expect([await takenBy(), two.holds()]).toEqual([{ a: "two", b: "two" }, ids]);
  });

  it("holds on while the state store refuses, whoever came, and leaves when it is back", async () => {
    const { clock, begin, refuse, said } = world();
    const one = begin("one");
    await clock.runUntil(start + 2 * minute);
    refuse("");
    const two = begin("two");
    await clock.runUntil(start + 6 * minute);
    expect([one.holds(), two.holds()]).toEqual([ids, ids]);
    expect(said).toContain("what the holder before left was not read");
    refuse(undefined);
    await clock.runUntil(start + 8.5 * minute);
    expect([one.ended(), two.ended()]).toEqual([expect.any(Number), undefined]);
  });

  it("takes over with a later minute where the store refused that alone", async () => {
    const { clock, begin, refuse, takenBy, said } = world();
    begin("one");
    refuse("stream/holder");
    await clock.runUntil(start + 2 * minute);
    expect(said).toContain("a feed was not taken over");
    refuse(undefined);
    expect(await takenBy()).toEqual({});
    await clock.runUntil(start + 3 * minute);
    expect(await takenBy()).toEqual({ a: "one", b: "one" });
  });

  it.each([
    ["a minute behind", -minute, true],
    ["five minutes behind", -5 * minute, true],
    ["half a minute ahead", minute / 2, true],
    ["an hour ahead", 60 * minute, false],
  ])("with a successor whose clock is %s: leaves too late rather than too early", async (_, aheadMs, leaves) => {
    const { clock, begin, takenBy } = world();
    const one = begin("one");
    await clock.runUntil(start + 12 * minute);
    const two = begin("two", { aheadMs });
    await clock.runUntil(start + lifeMs - 5_000);
    expect(one.ended() === undefined).toBe(!leaves);
    await clock.runUntil(start + 24 * minute);
    expect(two.holds()).toEqual(ids);
    // Who comes next has taken everything over, whatever the item says of other times.
    const three = begin("three");
    await clock.runUntil(start + 30 * minute);
    expect([await takenBy(), three.holds()]).toEqual([{ a: "three", b: "three" }, ids]);
  });

  it("is not taken back by an older one that has it later", async () => {
    const { state, takenBy } = setUp();
    const [one, two] = ["one", "two"].map((holder, index) => ({ holder, begun: start + index }));
    for (const own of [one, two, one]) if (own !== undefined) await takeOver(state, "a", own, start + minute);
    expect(await takenBy()).toEqual({ a: "two" });
  });

  it("takes no notice of an item from before feeds were handed over one by one", async () => {
    const { clock, state, begin, takenBy } = world();
    await state.put("stream/holder", { holder: "zero", since: start + minute, relieved: true }, 0);
    const one = begin("one");
    await clock.runUntil(start + 5 * minute);
    expect([await takenBy(), one.holds()]).toEqual([{ a: "one", b: "one" }, ids]);
    // Written once a feed.
    expect(await state.get("stream/holder")).toEqual({
      value: { feeds: { a: { holder: "one", begun: start }, b: { holder: "one", begun: start } } },
      version: 3,
    });
  });

  it("opens no socket for a feed that was left meanwhile", async () => {
    const { clock, begin, kraken } = world();
    const stop = new AbortController();
    begin("one", { headersMs: 5_000, signal: stop.signal });
    await clock.runUntil(start + 1_000);
    stop.abort();
    await clock.runUntil(start + 10_000);
    expect(kraken.listeners.size).toBe(0);
  });

  it("never leaves at home", async () => {
    const { clock, begin } = world();
    const one = begin("one", { givesWay: false });
    await clock.runUntil(start + minute);
    begin("two");
    await clock.runUntil(start + 5 * minute);
    expect(one.holds()).toEqual(ids);
  });

  it("counts what was lost of a feed that nobody heard in between, and nothing of one that was handed over", async () => {
    const { clock, store, begin, kraken } = world();
    begin("one");
    await clock.runUntil(start + 12 * minute);
    begin("two", { door: shut(429) });
    await clock.runUntil(start + 20 * minute);
    begin("three");
    await clock.runUntil(start + 23 * minute);
    const health = (await store.rows("feed_health")).map(({ row }) => row);
    const lost = (feed: string) =>
      health.filter((row) => row.feed === feed).reduce((sum, { lost_trades }) => sum + lost_trades, 0);
    const heard = new Set(
      (await store.rows("venue_trades"))
        .filter(({ key }) => key.includes("stream-b-"))
        .map(({ row }) => Number(row.trade_id)),
    );
    const last = Math.max(...heard);
    expect([lost("a"), lost("b")]).toEqual([0, kraken.trades.filter((id) => id <= last && !heard.has(id)).length]);
    expect(lost("b")).toBeGreaterThan(100);
  });

  // Holders come every four minutes and live six and a half; doors open and shut at any time.
  const everyMs = 4 * minute;
  const shortLifeMs = 6.5 * minute;
  const names = ["one", "two", "three"];
  const feeds = ["a", "b", "c"];
  const shutSpans = fc.array(fc.tuple(fc.integer({ min: 0, max: 840 }), fc.integer({ min: 5, max: 600 })), {
    maxLength: 3,
  });
  const statuses = fc.constantFrom(401, 403, 429, 503);
  const plans = fc.array(fc.record({ spans: shutSpans, status: statuses }), { minLength: 9, maxLength: 9 });

  async function play(doors: readonly { spans: [number, number][]; status: number }[], offsetMs: number) {
    const { clock, hold } = setUp(5_000);
    const begun = start + offsetMs;
    await clock.runUntil(begun);
    const refusal = (holder: number, feed: string, now: number) => {
      const plan = doors[holder * 3 + feeds.indexOf(feed)];
      const second = (now - begun) / 1_000;
      return plan?.spans.some(([from, length]) => second >= from && second < from + length) ? plan.status : undefined;
    };
    const holders: { at: number; held: ReturnType<typeof hold> }[] = [];
    const seen: { at: number; holder: number; feed: string; phase: string; isShut: boolean }[] = [];
    for (let at = begun; at <= begun + 2 * everyMs + shortLifeMs + 2_000; at += 1_000) {
      const next = begun + holders.length * everyMs;
      if (holders.length < names.length && at >= next) {
        const index = holders.length;
        const door: Door = (feed, now) => refusal(index, feed, now);
        holders.push({ at, held: hold(names[index] ?? "", { ids: feeds, until: at + shortLifeMs, door }) });
      }
      await clock.runUntil(at);
      for (const [holder, { held }] of holders.entries()) {
        for (const { id: feed, phase } of held.feeds) {
          seen.push({ at, holder, feed, phase, isShut: refusal(holder, feed, at) !== undefined });
        }
      }
    }
    return { begun, holders, seen };
  }

  /** For how long it had been live at the most, at any time after `after`. Of samples a second apart. */
  function longestLive(samples: readonly { at: number; phase: string }[], after: number): number {
    let longest = 0;
    let since: number | undefined;
    for (const { at, phase } of samples) {
      since = phase === "live" ? (since ?? at) : undefined;
      if (since !== undefined && at > after) longest = Math.max(longest, at - since);
    }
    return longest;
  }

  it("whatever is open to whom: whoever could have a feed holds it, or left it to a later one that had it for a minute", async () => {
    await fc.assert(
      fc.asyncProperty(plans, fc.integer({ min: 0, max: 59_000 }), async (doors, offsetMs) => {
        const { begun, holders, seen } = await play(doors, offsetMs);
        for (const { at, held } of holders) expect(held.ended()).toBeLessThanOrEqual(at + shortLifeMs + 1_000);
        for (const [of, all] of Map.groupBy(seen, ({ feed, at }) => `${feed} at ${at}`)) {
          const alive = all.filter(({ holder, at }) => at < begun + holder * everyMs + shortLifeMs);
          if (!alive.some(({ isShut, phase }) => !isShut && phase !== "disabled")) continue;
          expect(
            alive.some(({ phase }) => phase !== "stopped"),
            of,
          ).toBe(true);
        }
        for (const [of, all] of Map.groupBy(seen, ({ feed, holder }) => `${feed} of ${names[holder]}`)) {
          const [first] = all;
          if (first === undefined) continue;
          const { feed, holder } = first;
          const left = all.find(({ phase }) => phase === "stopped")?.at ?? Number.POSITIVE_INFINITY;
          if (left >= begun + holder * everyMs + shortLifeMs || all.some(({ phase }) => phase === "disabled")) continue;
          const later = names.map((_, index) => index).filter((index) => index > holder);
          // Whoever looks every ten seconds leaves so soon after it was taken over.
          const heard = later.map((index) =>
            longestLive(
              seen.filter((one) => one.feed === feed && one.holder === index && one.at <= left),
              left - 12_000,
            ),
          );
          // Both ends of it lie up to a second beside a sample.
          expect(Math.max(0, ...heard), of).toBeGreaterThanOrEqual(minute - 2_000);
        }
      }),
      { numRuns: runs(6, 50) },
    );
  }, 60_000);

  it("where nothing fails, two hold a feed for no longer than until the later one's first whole minute", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 59_000 }), async (offsetMs) => {
        const { holders, seen } = await play([], offsetMs);
        for (const [index, { at, held }] of holders.slice(0, 2).entries()) {
          const next = holders[index + 1]?.at ?? 0;
          expect(held.ended()).toBeLessThan(next + 2 * minute + 12_000);
          expect(held.ended()).toBeGreaterThan(next + minute);
          expect(at).toBeLessThan(next);
        }
        for (const of of Map.groupBy(seen, ({ at, feed }) => `${feed} ${at}`).values()) {
          expect(of.filter(({ phase }) => phase !== "stopped").length).toBeLessThanOrEqual(2);
        }
      }),
      { numRuns: runs(2, 10) },
    );
  }, 60_000);
});

describe("a desk that plans between the minutes", () => {
  const midnight = Date.UTC(2026, 10, 21);
  const rule = (stream: string) => ({ everySeconds: 10, beforeCloseSeconds: 120, stream });
  const desk: Desk = { ...cryptoDesk, betweenMinutes: rule("stream-kraken") };
  const ids = (...secondsBefore: number[]) =>
    secondsBefore.map((seconds) => `coordinate-crypto@${new Date(midnight - seconds * 1_000).toISOString()}`);

  it("is asked when the rows up to the instant lie in the lake, and the minute is still waited for", async () => {
    const { clock, store, hold, kraken, said, sent } = setUp();
    const { done } = hold("one", { until: midnight + 10_000, desks: [desk] });
    await clock.runUntil(midnight + 11_000);
    await done;
    expect(sent.map(({ id }) => id)).toEqual(ids(110, 100, 90, 80, 70, 50, 40, 30, 20, 10));
    expect(said).toEqual([]);
    for (const { id, at, pointer } of sent) {
      const instant = Date.parse(id.split("@")[1] ?? "");
      expect(at - instant).toBeLessThan(500);
      const stem = `stream-kraken-${new Date(instant).toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z-one`;
      const part = pointer?.parts.venue_quotes?.find(({ key }) => key.includes(stem));
      const minuteOf = Math.floor(instant / minute) * minute;
      expect([part?.window_at, pointer?.window_at]).toEqual([minuteOf, minuteOf - minute]);
      const newest = Math.max(
        ...(await store.rows("venue_quotes")).filter(({ key }) => key === part?.key).map(({ row }) => row.received_at),
      );
      expect(instant - newest).toBeLessThan(1_000);
    }
    const trades = (await store.rows("venue_trades")).map(({ row }) => Number(row.trade_id));
    expect(trades.toSorted((a, b) => a - b)).toEqual(kraken.trades.slice(0, trades.length));
    expect(trades.length).toBeGreaterThan(kraken.trades.length - 4);
    expect((await store.rows("feed_health")).map(({ row }) => row.minute_at)).toEqual(
      [4, 3, 2, 1, 0].map((before) => midnight - before * minute),
    );
  });

  it("is left out where the lake does not take the rows in time; none is lost or doubled, and the next instant is asked for", async () => {
    const { clock, store, hold, kraken, reasons, sent } = setUp();
    const { done } = hold("one", { until: midnight + 10_000, desks: [desk] });
    await clock.runUntil(midnight - 95_000);
    store.breakDown("");
    // The instant 90 s before; its rows are tried again until the lake is back.
    await clock.runUntil(midnight - 82_000);
    store.breakDown(undefined);
    await clock.runUntil(midnight + 11_000);
    await done;
    expect(sent.map(({ id }) => id)).toEqual(ids(110, 100, 70, 50, 40, 30, 20, 10));
    expect(reasons).toEqual([
      "rows of stream-kraken are not in the lake yet",
      "older rows of stream-kraken are not in the lake yet",
    ]);
    const trades = (await store.rows("venue_trades")).map(({ row }) => Number(row.trade_id));
    expect(trades.toSorted((a, b) => a - b)).toEqual(kraken.trades.slice(0, trades.length));
    expect(trades.length).toBeGreaterThan(kraken.trades.length - 4);
    expect([...store.objects.keys()].filter((key) => key.includes("235830Z-one"))).not.toEqual([]);
    expect(await store.rows("feed_health")).toHaveLength(5);
  });

  describe("beside a second feed", () => {
    const desks = [{ ...desk, betweenMinutes: rule("stream-a") }];

    it.each([
      ["the one that names the closes", "a"],
      ["the other one, which is live", "b"],
    ])("is not asked on the older rows of %s while the lake refuses these alone", async (_what, feed) => {
      const { clock, store, hold, reasons, sent } = setUp();
      const { done } = hold("one", { until: midnight + 10_000, desks, ids: ["a", "b"] });
      await clock.runUntil(midnight - 95_000);
      store.breakDown(`stream-${feed}-`);
      await clock.runUntil(midnight - 79_000);
      store.breakDown(undefined);
      await clock.runUntil(midnight + 11_000);
      await done;
      expect(sent.map(({ id }) => id)).toEqual(ids(110, 100, 70, 50, 40, 30, 20, 10));
      expect(reasons).toEqual([
        `rows of stream-${feed} are not in the lake yet`,
        `older rows of stream-${feed} are not in the lake yet`,
      ]);
    });

    it.each([
      ["has never been", start, []],
      ["is no longer", midnight - 65_000, [110, 100, 90, 80, 70]],
    ])("is not asked where the one that names the closes %s live, and the log says so", async (_what, away, asked) => {
      const { clock, hold, reasons, sent } = setUp();
      hold("one", { desks, ids: ["a", "b"], door: (feed, now) => (feed === "a" && now >= away ? 503 : undefined) });
      await clock.runUntil(midnight);
      expect(sent.map(({ id }) => id)).toEqual(ids(...asked));
      expect(reasons).toEqual(Array.from({ length: 10 - asked.length }, () => "stream-a is not live"));
    });

    it("is asked while the other one is away, for the rows that there are", async () => {
      const { clock, hold, sent } = setUp();
      hold("one", { desks, ids: ["a", "b"], door: (feed) => (feed === "b" ? 503 : undefined) });
      await clock.runUntil(midnight);
      expect(sent.map(({ id }) => id)).toEqual(ids(110, 100, 90, 80, 70, 50, 40, 30, 20, 10));
    });

    it("does not wait for older rows of one that is not live any more", async () => {
      const { clock, store, hold, reasons, sent } = setUp();
      hold("one", {
        desks,
        ids: ["a", "b"],
        door: (feed, now) => (feed === "b" && now > midnight - 88_000 ? 503 : undefined),
      });
      await clock.runUntil(midnight - 95_000);
      store.breakDown("stream-b-");
      await clock.runUntil(midnight);
      expect(sent.map(({ id }) => id)).toEqual(ids(110, 100, 80, 70, 50, 40, 30, 20, 10));
      expect(reasons).toEqual(["rows of stream-b are not in the lake yet"]);
    });

    it("is not asked where the one that names the closes is live and has no new rows", () => {
      const reasons: unknown[] = [];
      const log = { warn: (_event: string, { reason }: { reason: string }) => reasons.push(reason) };
      const handOver = () => ({ lastTrades: {}, markets: [["M", null, midnight]] });
      const feeds = ["a", "b"].map((id) => ({ id, phase: "live", isWriting: id === "b", handOver }) as unknown as Feed);
      const asks = new Asks(desks, { queue: {} as Queue, log: log as unknown as Log }, midnight - 25_000);
      const [at = 0] = asks.due(feeds, midnight - 20_000);
      for (const feed of feeds) if (feed.isWriting) asks.sent(feed, at);
      asks.asked(at, feeds);
      expect(reasons).toEqual(["stream-a has no new rows"]);
    });

    it("is left out by itself where another desk's stream has what it needs", async () => {
      const { clock, hold, reasons, sent } = setUp();
      const other = { ...desk, id: "other", betweenMinutes: rule("stream-b") };
      hold("one", { desks: [...desks, other], ids: ["a", "b"], door: (feed) => (feed === "a" ? 503 : undefined) });
      await clock.runUntil(midnight);
      expect(new Set(sent.map(({ id }) => id.split("@")[0]))).toEqual(new Set(["coordinate-other"]));
      expect([sent.length, reasons.length]).toEqual([10, 10]);
    });
  });

  it("is asked for the same by two holders, and a part of a minute relieves nobody", async () => {
    const { clock, hold, takenBy, sent } = setUp();
    const one = hold("one", { desks: [desk] });
    await clock.runUntil(midnight - 85_000);
    const two = hold("two", { desks: [desk] });
    await clock.runUntil(midnight - 12_000);
    expect(await takenBy()).toEqual({ kraken: "one" });
    expect([one.ended(), two.ended()]).toEqual([undefined, undefined]);
    await clock.runUntil(midnight);
    const times = countsBy(sent, ({ id }) => id);
    expect([...times.keys()]).toEqual(ids(110, 100, 90, 80, 70, 50, 40, 30, 20, 10));
    expect(times.get(ids(50)[0] ?? "")).toBe(2);
  });

  it("is not asked by a holder that has left the stream which names the closes, and goes on with others", async () => {
    const { clock, hold, sent } = setUp();
    const desks = [{ ...desk, betweenMinutes: rule("stream-a") }];
    const one = hold("one", { desks, ids: ["a", "b"] });
    await clock.runUntil(midnight - 200_000);
    hold("two", { desks, ids: ["a"] });
    await clock.runUntil(midnight + 1_000);
    expect(one.holds()).toEqual(["b"]);
    const times = countsBy(sent, ({ id }) => id);
    expect(ids(110, 70, 50, 40, 30, 20, 10).map((id) => times.get(id))).toEqual([2, 1, 1, 1, 1, 1, 1]);
  });

  it("is not asked for what has passed while the holder was busy, or asleep", () => {
    const said: unknown[] = [];
    const log = { warn: (event: string, fields: object) => said.push(event, fields) };
    const definition = feedDefinition("kraken");
    definition.session.handOver = () => ({ lastTrades: {}, markets: [["M", null, midnight]] });
    const services = { queue: {} as Queue, log: log as unknown as Log };
    const asks = new Asks([desk], services, midnight - 45_000);
    expect(asks.due([new Feed(definition, "one")], midnight - 19_000)).toEqual([midnight - 20_000]);
    const at = (seconds: number) => new Date(midnight - seconds * 1_000).toISOString();
    expect(said).toEqual(
      [40, 30].flatMap((seconds) => [
        "no decision between the minutes",
        { at: at(seconds), desks: ["crypto"], reason: "the holder was busy, or asleep" },
      ]),
    );
  });

  it("is asked nothing where no close is near, or nobody holds its stream", async () => {
    const { clock, hold, store, sent } = setUp();
    hold("one", { desks: [{ ...desk, betweenMinutes: rule("stream-kalshi") }] });
    await clock.runUntil(midnight);
    expect(sent).toEqual([]);
    expect([...store.objects.keys()].filter((key) => !/T\d{4}00Z-/.test(key))).toEqual([]);
  });
});
