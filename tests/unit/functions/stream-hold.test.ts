/** Holding streams: what reaches the lake and the state store, alone and when two holders overlap. */
import { describe, expect, it } from "vitest";
import { decodePart } from "../../../adapters/parquet.ts";
import { cryptoDesk } from "../../../core/crypto/desk.ts";
import { feedDefinition } from "../../../core/crypto/feeds.ts";
import type { Desk } from "../../../core/desk.ts";
import type { Lake, Log, Queue, SocketListener, Sockets, State } from "../../../core/ports.ts";
import type { Pointer } from "../../../core/source.ts";
import { Feed } from "../../../core/stream/feed.ts";
import { Asks } from "../../../functions/stream/asks.ts";
import type { Holder } from "../../../functions/stream/hold.ts";
import { holdStreams } from "../../../functions/stream/hold.ts";
import { tables, type TableName, type TableRow } from "../../../schemas/index.ts";
import { SteppedClock } from "./stepped-clock.ts";

const minute = 60_000;
// A little after the minute, and just before midnight UTC.
const start = Date.UTC(2026, 10, 20, 23, 56, 20);

function memoryLake() {
  const objects = new Map<string, Uint8Array>();
  let broken = false;
  const lake: Lake = {
    get: (key) => Promise.resolve(objects.get(key)),
    putIfAbsent(key, bytes) {
      if (broken) return Promise.reject(new Error("the lake is away"));
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
  return { lake, objects, rows, breakDown: (now: boolean) => (broken = now) };
}

function memoryState(clock: SteppedClock): State {
  const items = new Map<string, { value: string; version: number; expiresAt: number }>();
  const live = (key: string) => {
    const item = items.get(key);
    return item !== undefined && item.expiresAt > clock.now() ? item : undefined;
  };
  return {
    get<T>(key: string) {
      const item = live(key);
      return Promise.resolve(item && { value: JSON.parse(item.value) as T, version: item.version });
    },
    put(key, value, expected, options = {}) {
      if ((live(key)?.version ?? 0) !== expected) return Promise.resolve(false);
      const expiresAt = options.expiresAt ?? Number.POSITIVE_INFINITY;
      items.set(key, { value: JSON.stringify(value), version: expected + 1, expiresAt });
      return Promise.resolve(true);
    },
    increment: () => Promise.reject(new Error("not used")),
    count: () => Promise.reject(new Error("not used")),
  };
}

/** A Kraken that tells every socket the same quotes and trades. */
function simulatedKraken(clock: SteppedClock) {
  const listeners = new Set<SocketListener>();
  const trades: number[] = [];
  let tradeId = 1_000;
  const tell = (frame: unknown) => {
    for (const listener of listeners) listener.frame(JSON.stringify(frame));
  };
  const at = () => new Date(clock.now()).toISOString();
  clock.every(1_000, () => tell({ channel: "heartbeat" }));
  clock.every(300, () => {
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
  const sockets: Sockets = {
    connect(_, listener) {
      const open = async () => {
        await clock.sleep(200);
        listeners.add(listener);
        listener.opened();
      };
      void open();
      return {
        send: (text) => {
          const { params, req_id } = JSON.parse(text) as { params?: { channel: string }; req_id: number };
          if (params === undefined) return;
          listener.frame(JSON.stringify({ method: "subscribe", success: true, result: params, req_id }));
        },
        close: () => void listeners.delete(listener),
      };
    },
  };
  return { sockets, trades, listeners };
}

function setUp() {
  const clock = new SteppedClock(start);
  const said: string[] = [];
  const reasons: unknown[] = [];
  const say = (event: string, fields: Record<string, unknown> = {}) => {
    said.push(event);
    if ("reason" in fields) reasons.push(fields["reason"]);
  };
  const log: Log = { info: () => undefined, warn: say, error: say };
  const store = memoryLake();
  const state = memoryState(clock);
  const kraken = simulatedKraken(clock);
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
  }
  const hold = (holder: string, more: Held = {}) => {
    let ended: number | undefined;
    const definition = feedDefinition("kraken");
    const { session } = definition;
    // As a market of Kalshi would be known.
    if (more.desks !== undefined) {
      session.handOver = () => ({ lastTrades: {}, markets: [["M", null, Date.UTC(2026, 10, 21)]] });
    }
    const feed = new Feed(definition, holder);
    const done = holdStreams({
      feeds: [feed],
      holder,
      desks: more.desks ?? [],
      sockets: kraken.sockets,
      services: { lake: store.lake, state, queue, clock, random: { next: () => 0.5 }, log },
      signal: more.signal ?? new AbortController().signal,
      until: more.until ?? Number.POSITIVE_INFINITY,
      givesWay: more.givesWay ?? true,
      headers: () => Promise.resolve({}),
      refresh: () => Promise.resolve(),
    }).then(() => (ended = clock.now()));
    return { feed, done, ended: () => ended };
  };
  return { clock, store, state, kraken, hold, said, reasons, sent };
}

const countsBy = <T>(all: readonly T[], key: (one: T) => string) =>
  new Map([...Map.groupBy(all, key)].map(([name, of]) => [name, of.length]));

describe("holding streams", () => {
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
      "tables/venue_quotes/dt=2026-11-20/stream-kraken-20261120T235600Z-one-v1.parquet",
      "tables/venue_quotes/dt=2026-11-20/stream-kraken-20261120T235700Z-one-v1.parquet",
      "tables/venue_quotes/dt=2026-11-20/stream-kraken-20261120T235800Z-one-v1.parquet",
      "tables/venue_quotes/dt=2026-11-20/stream-kraken-20261120T235900Z-one-v1.parquet",
      "tables/venue_quotes/dt=2026-11-21/stream-kraken-20261121T000000Z-one-v1.parquet",
      "tables/venue_quotes/dt=2026-11-21/stream-kraken-20261121T000100Z-one-v1.parquet",
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
    const { clock, store, state, kraken, hold } = setUp();
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
    expect((await state.get<Holder>("stream/holder"))?.value).toMatchObject({ holder: "two", relieved: true });

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
    store.breakDown(true);
    await clock.runUntil(start + 4 * minute);
    expect(said).toContain("a minute of a stream was not written");
    store.breakDown(false);
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
    store.breakDown(true);
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
    const key = "quarantine/stream-kraken/dt=2026-11-20/20261120T235600Z-v1-one.json";
    const { refused } = JSON.parse(new TextDecoder().decode(store.objects.get(key))) as { refused: object[] };
    expect(refused).toMatchObject([{ path: "data[0].bid", text: expect.stringContaining('"bid":"x"') }]);
  });
});

describe("a desk that plans between the minutes", () => {
  const midnight = Date.UTC(2026, 10, 21);
  const desk: Desk = {
    ...cryptoDesk,
    betweenMinutes: { everySeconds: 10, beforeCloseSeconds: 120, stream: "stream-kraken" },
  };
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
    store.breakDown(true);
    // The instant 90 s before; its rows are tried again until the lake is back.
    await clock.runUntil(midnight - 82_000);
    store.breakDown(false);
    await clock.runUntil(midnight + 11_000);
    await done;
    expect(sent.map(({ id }) => id)).toEqual(ids(110, 100, 70, 50, 40, 30, 20, 10));
    expect(reasons).toEqual([
      "rows are not in the lake yet",
      "no feed has new rows, or the lake has not taken older ones",
    ]);
    const trades = (await store.rows("venue_trades")).map(({ row }) => Number(row.trade_id));
    expect(trades.toSorted((a, b) => a - b)).toEqual(kraken.trades.slice(0, trades.length));
    expect(trades.length).toBeGreaterThan(kraken.trades.length - 4);
    expect([...store.objects.keys()].filter((key) => key.includes("235830Z-one"))).not.toEqual([]);
    expect(await store.rows("feed_health")).toHaveLength(5);
  });

  it("is asked for the same by two holders, and a part of a minute relieves nobody", async () => {
    const { clock, hold, state, sent } = setUp();
    hold("one", { desks: [desk] });
    await clock.runUntil(midnight - 85_000);
    const two = hold("two", { desks: [desk] });
    await clock.runUntil(midnight - 12_000);
    expect((await state.get<Holder>("stream/holder"))?.value).toMatchObject({ holder: "two", relieved: false });
    expect(two.ended()).toBeUndefined();
    await clock.runUntil(midnight);
    const times = countsBy(sent, ({ id }) => id);
    expect([...times.keys()]).toEqual(ids(110, 100, 90, 80, 70, 50, 40, 30, 20, 10));
    expect(times.get(ids(50)[0] ?? "")).toBe(2);
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
    hold("one", {
      desks: [{ ...desk, betweenMinutes: { everySeconds: 10, beforeCloseSeconds: 120, stream: "stream-kalshi" } }],
    });
    await clock.runUntil(midnight);
    expect(sent).toEqual([]);
    expect([...store.objects.keys()].filter((key) => !/T\d{4}00Z-/.test(key))).toEqual([]);
  });
});
