/** The world's live feeds, listened to by the real feeds, beside what the same world answers over REST. */
import { createServer } from "node:http";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../../adapters/embedded/clock.ts";
import { sockets as realSockets } from "../../../adapters/upstream/websocket.ts";
import { feedDefinition, feedIds, kalshiFeed, kalshiStreamSeries } from "../../../core/crypto/feeds.ts";
import { knownTickers } from "../../../core/crypto/venues/rest.ts";
import { decodeListing, listingRequest } from "../../../core/stream/market-listing.ts";
import { Feed, type RowBatch } from "../../../core/stream/feed.ts";
import type { Queue } from "../../../core/ports.ts";
import type { TableName, TableRow } from "../../../schemas/index.ts";
import { holdStreams } from "../../../functions/stream/hold.ts";
import { sandboxSockets, socketHosts } from "../../../sandbox/crypto/sockets.ts";
import { binanceConversation, bitstampConversation } from "../../../sandbox/crypto/spot-conversations.ts";
import { serveSockets } from "../../../sandbox/serve-sockets.ts";
import type { SentLog } from "../../../sandbox/sent.ts";
import { createWorld } from "../../../sandbox/world.ts";
import { SteppedClock } from "../functions/stepped-clock.ts";

const minute = 60_000;
/** Two minutes before an hour: one event of each series closes and the next ones open. */
const start = Date.UTC(2026, 9, 29, 16, 58);
const nothingSent: SentLog = {
  append: () => {
    throw new Error("nothing is sent");
  },
  close: () => undefined,
};
const world = createWorld({ seed: "sockets", start: start - 86_400_000, days: 3, incidents: "none", cities: ["KMDW"] });

function ask(url: string, now: number): string {
  const answer = world.answer({ url }, now, nothingSent);
  if (answer?.status !== 200) throw new Error(`${url}: ${answer?.status} ${answer?.body}`);
  return answer.body;
}

/** The open markets of all series by REST. */
function listed(now: number) {
  return kalshiStreamSeries.flatMap((series) =>
    (["open", "unopened"] as const).flatMap((status) => {
      const page = decodeListing(ask(listingRequest(series, status).url, now));
      if ("refusal" in page) throw new Error(page.refusal.message);
      return page.markets;
    }),
  );
}

type Levels = [price: number, size: number][];

/** REST's book on the Yes side in micro-dollars and hundredths, the best level first. */
function restBook(ticker: string, now: number): { bids: Levels; asks: Levels } {
  const { orderbook_fp } = JSON.parse(
    ask(`https://external-api.kalshi.com/trade-api/v2/markets/${ticker}/orderbook`, now),
  ) as { orderbook_fp: { yes_dollars: [string, string][]; no_dollars: [string, string][] } };
  const micro = (price: string) => Math.round(Number(price) * 1e6);
  const size = (text: string) => Math.round(Number(text) * 100);
  return {
    bids: orderbook_fp.yes_dollars.map(([price, n]): [number, number] => [micro(price), size(n)]).toReversed(),
    asks: orderbook_fp.no_dollars.map(([price, n]): [number, number] => [1e6 - micro(price), size(n)]).toReversed(),
  };
}

async function listen(ids: readonly string[], minutes: number) {
  const clock = new SteppedClock(start);
  const batches: RowBatch[] = [];
  const definition = kalshiFeed();
  const feeds = ids.map((id) => new Feed(id === "kalshi" ? definition : feedDefinition(id), "test"));
  const stop = new AbortController();
  const compared: [market: string, streamed: unknown, polled: unknown][] = [];
  const done = holdStreams({
    feeds,
    holder: "test",
    desks: [],
    sockets: sandboxSockets(world.live, clock),
    services: {
      clock,
      lake: { get: async () => undefined, list: async () => [], putIfAbsent: async () => "created" },
      state: {
        get: async () => undefined,
        put: async () => true,
        increment: async () => 0,
        count: async () => 0,
      },
      queue: {} as Queue,
      random: { next: () => 0.5 },
      log: { info: () => undefined, warn: (event) => expect.fail(event), error: (event) => expect.fail(event) },
    },
    signal: stop.signal,
    until: Number.POSITIVE_INFINITY,
    givesWay: false,
    headers: async () => ({}),
    refresh: async () => definition.session.list(listed(clock.now())),
    onBatch: (batch) => batches.push(batch),
  });
  for (let at = start + 10_000; at <= start + minutes * minute; at += 10_000) {
    await clock.runUntil(at);
    // What was told of this second has arrived before the next look of the world.
    await clock.runUntil(at + 150);
    for (const [market, openAt, closeAt] of ids.includes("kalshi") ? listed(at) : []) {
      const book = definition.session.bookOf(market);
      if (openAt === null || closeAt === null || openAt > at || closeAt <= at) continue;
      compared.push([market, { bids: book?.bids.depth(99), asks: book?.asks.depth(99) }, restBook(market, at)]);
    }
  }
  stop.abort();
  await clock.runUntil(clock.now() + 1_000);
  await done;
  const rows = <N extends TableName>(name: N) => batches.flatMap(({ rows: of }) => of[name] ?? []) as TableRow<N>[];
  return { rows, compared, session: definition.session };
}

const troubles = (health: readonly TableRow<"feed_health">[]) =>
  health.reduce((sum, row) => sum + row.gaps + row.refused + row.faults + row.repeats + row.resyncs + row.closes, 0);

describe("the sandbox's Kalshi over WebSocket", () => {
  let heard: Awaited<ReturnType<typeof listen>>;
  beforeAll(async () => {
    heard = await listen(["kalshi"], 4);
  });

  it("keeps books that equal REST's at the same instant, over a close and the opening of the next events", () => {
    const { rows, compared } = heard;
    expect(compared.length).toBeGreaterThan(1_000);
    for (const [market, streamed, polled] of compared) expect(streamed, market).toEqual(polled);
    expect(compared.filter(([, streamed]) => (streamed as { bids: Levels }).bids.length > 0).length).toBeGreaterThan(
      300,
    );

    // Of the events before the hour and after it, each series, and of the day's thresholds.
    const events = new Set(rows("book_tops").map(({ market_ticker }) => market_ticker.split("-", 2).join("-")));
    expect(events).toEqual(
      new Set(
        ["26OCT2913", "26OCT2914"]
          .flatMap((stamp) => [`KXBTC-${stamp}`, `KXBTCD-${stamp}`])
          .concat("KXBTC15M-26OCT291300", "KXBTC15M-26OCT291315", "KXBTCD-26OCT2917"),
      ),
    );
    expect(troubles(rows("feed_health"))).toBe(0);
    expect(rows("market_trades").length).toBeGreaterThan(3);
    for (const trade of rows("market_trades")) {
      const url = `https://external-api.kalshi.com/trade-api/v2/markets/trades?ticker=${trade.market_ticker}`;
      expect(ask(url, start + 7 * minute)).toContain(trade.trade_id);
    }
  });

  it("prints the index each second, and settles on the mean of the last sixty prints before the close", () => {
    const { rows } = heard;
    const prints = rows("index_prints");
    const close = start + 2 * minute;
    const last = prints.filter(({ print_at }) => print_at >= close - minute && print_at < close);
    expect(last).toHaveLength(60);
    const mean = last.reduce((sum, { value }) => sum + value, 0) / 60;
    const settled = JSON.parse(
      ask("https://external-api.kalshi.com/trade-api/v2/markets/KXBTC15M-26OCT291300-00", close + minute),
    ) as { market: { expiration_value: string } };
    expect(Number(settled.market.expiration_value)).toBeCloseTo(mean, 1);
    const atClose = prints.find(({ print_at }) => print_at === close);
    expect(atClose?.average_60s_end).toBe(close);
    expect(atClose?.average_60s).toBeCloseTo(mean, 6);
    expect(atClose?.average_60s_prints).toBe(60);
    // Only in the last minute before a quarter of an hour.
    expect(prints.filter(({ quarter_hour_average }) => quarter_hour_average !== null)).toHaveLength(59);
  });

  it("answers what it does not know with the documented codes", async () => {
    const clock = new SteppedClock(start);
    const said: string[] = [];
    const socket = sandboxSockets(world.live, clock).connect(
      { url: "wss://external-api-ws.kalshi.com/trade-api/ws/v2" },
      {
        opened: () => undefined,
        refused: () => undefined,
        frame: (text) => said.push(text),
        alive: () => undefined,
        closed: () => undefined,
      },
    );
    const send = (frame: unknown) => socket.send(JSON.stringify(frame));
    socket.send("no JSON");
    send({ id: 2, cmd: "dance", params: {} });
    send({ id: 3, cmd: "subscribe", params: { channels: ["nothing"] } });
    send({ id: 4, cmd: "subscribe", params: { channels: ["orderbook_delta"] } });
    send({ id: 5, cmd: "update_subscription", params: { sids: [9], action: "add_markets" } });
    send({ id: 6, cmd: "update_subscription", params: { sids: [], action: "add_markets" } });
    await clock.runUntil(start + 500);
    const codes = said.map((text) => (JSON.parse(text) as { msg: { code: number } }).msg.code);
    expect(codes).toEqual([1, 5, 8, 14, 7, 12]);
    socket.close();
  });
});

describe("the sandbox's venues over WebSocket", () => {
  const ids = feedIds.filter((id) => id !== "kalshi");

  it("quotes what REST shows at the same second", async () => {
    const { rows } = await listen(ids, 3);
    const quotes = rows("venue_quotes");
    for (const id of ids) {
      const own = quotes.filter(({ venue }) => venue === id);
      expect(own.length, id).toBeGreaterThan(150);
      const rest = knownTickers.find(({ venue }) => venue === id);
      if (rest === undefined) continue;
      for (const { product, quote_at, bid, ask: offer } of own) {
        const polled = rest.decoders.flatMap((decoder) => {
          const read = decoder(ask(rest.url, quote_at));
          if ("refusal" in read) throw new Error(read.refusal.message);
          return read.events;
        });
        const quote = polled.find(
          (one) => one.kind === "quote" && one.product === product.replace("BTC/", "XBT").replace("/", ""),
        );
        if (quote?.kind !== "quote") throw new Error(`${id} has no ${product}`);
        // The same price, written with as many decimals as the interface has.
        expect(Math.abs(quote.bid - bid), `${id} ${product}`).toBeLessThanOrEqual(0.011);
        expect(Math.abs(quote.ask - offer), `${id} ${product}`).toBeLessThanOrEqual(0.011);
      }
    }
    expect(troubles(rows("feed_health"))).toBe(0);
    expect(rows("feed_health").reduce((sum, { lost_trades }) => sum + lost_trades, 0)).toBe(0);
    expect(rows("venue_trades").filter(({ venue }) => venue === "coinbase").length).toBeGreaterThan(150);
  });
});

describe("a venue that is away, or asks to be left", () => {
  const from = start;

  it("lets nobody in, and says nothing to those who are there", async () => {
    let away = true;
    const venues = {
      ...world.live.venues,
      quote: (id: string, at: number) => (away ? undefined : world.live.venues.quote(id, at)),
    };
    const clock = new SteppedClock(start);
    const told: string[] = [];
    const connect = () =>
      sandboxSockets({ ...world.live, venues }, clock).connect(
        { url: "wss://data-stream.binance.vision/stream?streams=btcusdt@bookTicker" },
        {
          opened: () => told.push("opened"),
          refused: (status) => told.push(`refused ${status}`),
          frame: () => told.push("frame"),
          alive: () => undefined,
          closed: (reason) => told.push(reason),
        },
      );
    connect();
    await clock.runUntil(start + 2_000);
    expect(told).toEqual(["refused 503"]);
    away = false;
    const socket = connect();
    await clock.runUntil(start + 4_500);
    expect(told.slice(1)).toEqual(["opened", "frame", "frame"]);
    away = true;
    await clock.runUntil(start + 8_000);
    expect(told).toHaveLength(4);
    socket.close();
  });

  it.each([
    ["bts:request_reconnect", bitstampConversation(world.live.venues, from), 50, 10],
    [
      "serverShutdown",
      binanceConversation(world.live.venues, "binance", new URL("wss://x/stream?streams=btcusdt@trade"), from),
      110,
      30,
    ],
  ] as const)("says %s once, and goes soon after", (name, server, minutes, seconds) => {
    const at = from + minutes * minute;
    const said = (now: number) => server.look(now).filter((frame) => frame.includes(name)).length;
    expect(said(at - 1)).toBe(0);
    expect(server.over(at)).toBeUndefined();
    expect([said(at), said(at + 100)]).toEqual([1, 0]);
    expect(server.over(at + seconds * 1_000)).toContain("1001");
  });
});

describe("the sandbox's WebSockets on a local port", () => {
  const ends: (() => void)[] = [];
  afterEach(() => {
    for (const end of ends.splice(0)) end();
  });

  async function served(): Promise<string> {
    const server = createServer();
    ends.push(serveSockets(server, sandboxSockets(world.live, systemClock)), () => server.close());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    return `ws://127.0.0.1:${address.port}`;
  }

  it("speaks to a real client, and refuses what nobody in this world has", async () => {
    const base = await served();
    const first = await new Promise<string>((resolve, reject) => {
      const socket = realSockets.connect(
        { url: `${base}/ws.kraken.com/v2` },
        {
          opened: () => socket.send(JSON.stringify({ method: "ping", req_id: 7 })),
          refused: (status) => reject(new Error(String(status))),
          frame(text) {
            if (!text.includes("pong")) return;
            socket.close();
            resolve(text);
          },
          alive: () => undefined,
          closed: (reason) => reject(new Error(reason)),
        },
      );
    });
    expect(JSON.parse(first)).toMatchObject({ method: "pong", req_id: 7 });
    const status = (path: string) =>
      new Promise<number>((resolve, reject) => {
        realSockets.connect(
          { url: base + path },
          {
            opened: () => reject(new Error("opened")),
            refused: resolve,
            frame: () => undefined,
            alive: () => undefined,
            closed: (reason) => reject(new Error(reason)),
          },
        );
      });
    expect(await status("/ws.kraken.com/v1")).toBe(404);
    expect(await status("/nobody.example/ws")).toBe(502);
    expect(socketHosts).toContain("ws.kraken.com");
  });
});
