/** Trades, candles and books: what is asked for, round by round, and what becomes of the answers. */
import { describe, expect, it } from "vitest";
import type { Exchange, Source } from "../../../core/source.ts";
import { kalshiBooks } from "../../../core/sources/kalshi-books.ts";
import { kalshiCandles } from "../../../core/sources/kalshi-candles.ts";
import { kalshiTrades } from "../../../core/sources/kalshi-trades.ts";
import { ask as answerOf, day, demoWorld, hour } from "../sandbox/asking.ts";

const series = "KXHIGHXYZ";
const ticker = `${series}-26NOV02-B50.5`;
/** The window after the quarter of a day from 06 to 12 UTC. */
const from = Date.UTC(2026, 10, 2, 6);
const until = from + 6 * hour;
const seconds = (at: number) => at / 1000;
const iso = (at: number) => new Date(at).toISOString();

const trades = kalshiTrades([series]);
const candles = kalshiCandles([series]);
const books = kalshiBooks([series]);
const windowOf = (source: Source) => until + source.schedule.offsetMinutes * 60_000;
const path = (url: string) => url.replace(/^https:\/\/[^/]+\/trade-api\/v2/, "");

const market = (overrides: Record<string, unknown> = {}) => ({
  ticker,
  event_ticker: `${series}-26NOV02`,
  open_time: "2026-11-01T14:00:00Z",
  close_time: "2026-11-03T06:00:00Z",
  volume_fp: "10.00",
  ...overrides,
});

interface World {
  cutoff?: number;
  live?: unknown[];
  archived?: unknown[];
  /** Answers of everything else by the beginning of the path; the status is 200 unless it is given. */
  answers?: Record<string, { status?: number; body: unknown }>;
}

function respond({ cutoff = from - 30 * day, live = [market()], archived = [], answers = {} }: World, asked: string) {
  if (asked === "/historical/cutoff")
    return { status: 200, body: { market_settled_ts: iso(cutoff), trades_created_ts: iso(cutoff) } };
  const other = Object.entries(answers).find(([beginning]) => asked.startsWith(beginning));
  if (other !== undefined) return { status: other[1].status ?? 200, body: other[1].body };
  if (asked.startsWith("/markets?")) return { status: 200, body: { markets: live, cursor: "" } };
  if (asked.startsWith("/historical/markets?")) {
    const event = new URLSearchParams(asked.split("?")[1]).get("event_ticker");
    const markets = archived.filter((one) => (one as Record<string, unknown>)["event_ticker"] === event);
    return { status: 200, body: { markets, cursor: "" } };
  }
  if (asked.includes("/trades?")) return { status: 200, body: { trades: [], cursor: "" } };
  const tickers = new URLSearchParams(asked.split("?")[1]).get("market_tickers")?.split(",") ?? [];
  if (asked.startsWith("/markets/candlesticks"))
    return { status: 200, body: { markets: tickers.map((one) => ({ market_ticker: one, candlesticks: [] })) } };
  const one = /^\/historical\/markets\/([^/]+)\/candlesticks/.exec(asked)?.[1];
  return { status: 200, body: { ticker: one, candlesticks: [] } };
}

/** Asks round after round as ingest does. */
function play(source: Source, world: World): { exchanges: Exchange[]; asked: string[][] } {
  const exchanges: Exchange[] = [];
  const asked: string[][] = [];
  for (;;) {
    const requests = source.next({ at: windowOf(source) }, exchanges, new Set());
    if (requests.length === 0) return { exchanges, asked };
    if (asked.length > 20) throw new Error("the source does not stop asking");
    asked.push(requests.map(({ url }) => path(url)));
    for (const { url } of requests) {
      const { status, body } = respond(world, path(url));
      exchanges.push({ url, status, fetched_at: windowOf(source) + 1_000, body: JSON.stringify(body) });
    }
  }
}

function decode(source: Source, world: World) {
  return source.decode(play(source, world).exchanges, { window_at: windowOf(source), raw_key: "raw/x" });
}

const trade = (id: string, at: number, overrides: Record<string, unknown> = {}) => ({
  trade_id: id,
  ticker,
  count_fp: "1.00",
  yes_price_dollars: "0.4000",
  no_price_dollars: "0.6000",
  taker_outcome_side: "yes",
  taker_book_side: "bid",
  created_time: iso(at),
  is_block_trade: false,
  ...overrides,
});

const side = (price: string, suffix = "_dollars") =>
  Object.fromEntries(["open", "low", "high", "close"].map((name) => [`${name}${suffix}`, price]));
const candle = (at: number, bid: string, ask: string) => ({
  end_period_ts: seconds(at),
  yes_bid: side(bid),
  yes_ask: side(ask),
  price: {},
  volume_fp: "0.00",
  open_interest_fp: "5.00",
});
const pastCandle = (at: number, bid: string, ask: string) => ({
  end_period_ts: seconds(at),
  yes_bid: side(bid, ""),
  yes_ask: side(ask, ""),
  price: { ...side("0", ""), open: null, low: null, high: null, close: null, mean: null, previous: null },
  volume: "0.00",
  open_interest: "5.00",
});

const listing = `/markets?series_ticker=${series}&min_close_ts=${seconds(from)}&max_close_ts=${seconds(from + 4 * day)}&mve_filter=exclude&limit=1000`;

describe("what is asked for", () => {
  it("is the cutoff and the markets of the span, then their trades", () => {
    const quiet = market({ ticker: `${series}-26NOV02-T49`, volume_fp: "0.00" });
    const later = market({ ticker: `${series}-26NOV03-T49`, open_time: iso(until) });
    const over = market({ ticker: `${series}-26NOV01-T49`, close_time: iso(from) });
    const range = `min_ts=${seconds(from) - 1}&max_ts=${seconds(until) + 1}&limit=1000`;
    expect(play(trades, { live: [market(), quiet, later, over] }).asked).toEqual([
      ["/historical/cutoff", listing],
      [`/markets/trades?ticker=${ticker}&${range}`],
    ]);
  });

  it("is the cutoff and the markets of the span, then their candles in batches of at most 10,000", () => {
    const many = Array.from({ length: 60 }, (_, index) => market({ ticker: `${ticker}${index}` }));
    const [first, second = []] = play(candles, { live: many }).asked;
    expect(first).toEqual(["/historical/cutoff", listing]);
    const tickers = second.map((url) => new URLSearchParams(url.split("?")[1]).get("market_tickers")?.split(",") ?? []);
    expect(tickers.flat()).toHaveLength(60);
    for (const batch of tickers) expect(batch.length * 360).toBeLessThanOrEqual(10_000);
    expect(second[0]).toContain(`&start_ts=${seconds(from)}&end_ts=${seconds(until) - 1}&period_interval=1`);
  });

  it("is the open markets, then all their books, a hundred at a time", () => {
    const many = Array.from({ length: 130 }, (_, index) => market({ ticker: `${ticker}${index}` }));
    const [first, second = []] = play(books, { live: many, answers: { "/markets/orderbooks": { body: {} } } }).asked;
    expect(first).toEqual([`/markets?series_ticker=${series}&status=open&mve_filter=exclude&limit=1000`]);
    expect(second.map((url) => new URLSearchParams(url.split("?")[1]).getAll("tickers").length)).toEqual([100, 30]);
  });

  it("reaches into the archive where the span begins before the cutoff, event by event", () => {
    const past = market({ ticker: `${series}-26NOV01-B50.5`, event_ticker: `${series}-26NOV01` });
    const world: World = { cutoff: until + 1, live: [], archived: [past] };
    const archive = ["26NOV01", "26NOV02", "26NOV03"].map(
      (date) => `/historical/markets?event_ticker=${series}-${date}&limit=1000`,
    );
    const [, second, third] = play(candles, world).asked;
    expect(second).toEqual(archive);
    expect(third).toEqual([
      `/historical/markets/${series}-26NOV01-B50.5/candlesticks?start_ts=${seconds(from)}&end_ts=${seconds(until) - 1}&period_interval=1`,
    ]);
    const [, , bare] = play(trades, world).asked;
    expect(bare?.map((url) => url.split("?")[0])).toEqual(["/historical/trades"]);
    const [, , both] = play(trades, { ...world, cutoff: from + hour }).asked;
    expect(both?.map((url) => url.split("?")[0])).toEqual(["/markets/trades", "/historical/trades"]);
  });

  it("follows the pages of trades", () => {
    const { exchanges } = play(trades, {
      answers: {
        [`/markets/trades?ticker=${ticker}&min_ts=${seconds(from) - 1}&max_ts=${seconds(until) + 1}&limit=1000&cursor=next`]:
          { body: { trades: [trade("b", from + 2)], cursor: "" } },
        "/markets/trades": { body: { trades: [trade("a", from + 1)], cursor: "next" } },
      },
    });
    const { rows, refusals } = trades.decode(exchanges, { window_at: windowOf(trades), raw_key: "raw/x" });
    expect(refusals).toEqual([]);
    expect(rows.market_trades?.map(({ trade_id }) => trade_id)).toEqual(["a", "b"]);
  });

  it.each([trades, candles, books])("ends at a listing that cannot be read, which is refused ($id)", (source) => {
    for (const live of [[market({ close_time: undefined })], [market({ event_ticker: "KXHIGHABC-26NOV02" })]]) {
      const world: World = { live };
      expect(play(source, world).asked).toHaveLength(1);
      const { rows, refusals } = decode(source, world);
      expect(Object.values(rows).flat()).toEqual([]);
      expect(refusals).toMatchObject([{ kind: "drift" }]);
    }
  });

  it("takes the archive's 404 for an event that is not there", () => {
    const world: World = { cutoff: until, answers: { "/historical/markets?": { status: 404, body: {} } } };
    expect(decode(candles, world).refusals).toEqual([]);
  });
});

describe("trades", () => {
  it("count in the window of their instant, and once however many endpoints hold them", () => {
    const inside = [trade("a", from), trade("b", until - 1)];
    const { rows, refusals } = decode(trades, {
      cutoff: from + hour,
      answers: {
        "/markets/trades": { body: { trades: [trade("c", from - 1), ...inside, trade("d", until)], cursor: "" } },
        "/historical/trades": { body: { trades: inside, cursor: "" } },
      },
    });
    expect(refusals).toEqual([]);
    expect(rows.market_trades?.map(({ trade_id }) => trade_id)).toEqual(["a", "b"]);
  });

  it("of a market that one endpoint does not hold come from the other; held by none, it is refused", () => {
    const absent = { status: 404, body: { error: { code: "not_found", message: "not found" } } };
    const held = { body: { trades: [trade("a", from)], cursor: "" } };
    const world = (past: { status?: number; body: unknown }): World => ({
      cutoff: from + hour,
      answers: { "/markets/trades": absent, "/historical/trades": past },
    });
    expect(decode(trades, world(held)).refusals).toEqual([]);
    expect(decode(trades, world(held)).rows.market_trades).toHaveLength(1);
    expect(decode(trades, world(absent)).refusals).toMatchObject([{ kind: "content" }, { kind: "content" }]);
  });
});

describe("candles", () => {
  it("of live and historical endpoint are one row a minute", () => {
    const both: World = {
      cutoff: from + hour,
      archived: [market()],
      answers: {
        "/markets/candlesticks": {
          body: { markets: [{ market_ticker: ticker, candlesticks: [candle(from + 60_000, "0.4000", "0.4200")] }] },
        },
        "/historical/markets/": {
          body: {
            ticker,
            candlesticks: [
              pastCandle(from, "0.3900", "0.4100"),
              pastCandle(from + 60_000, "0.4000", "0.4200"),
              pastCandle(until, "0.5000", "0.5100"),
            ],
          },
        },
      },
    };
    const { rows, refusals } = decode(candles, both);
    expect(refusals).toEqual([]);
    expect(rows.market_candles?.map(({ end_at, yes_bid_close }) => [end_at, yes_bid_close])).toEqual([
      [from + 60_000, 400_000],
      [from, 390_000],
    ]);
  });

  it("after the close that show an empty book are dropped; others are not", () => {
    const closeAt = from + 2 * hour;
    const minute = (after: number, bid: string, ask: string) => candle(closeAt + after * 60_000, bid, ask);
    const candlesticks = [
      minute(-1, "0.0000", "1.0000"),
      minute(0, "0.4000", "0.4100"),
      minute(1, "0.0000", "1.0000"),
      minute(2, "0.4000", "1.0000"),
    ];
    const { rows } = decode(candles, {
      live: [market({ close_time: iso(closeAt) })],
      answers: { "/markets/candlesticks": { body: { markets: [{ market_ticker: ticker, candlesticks }] } } },
    });
    expect(rows.market_candles?.map(({ end_at }) => (end_at - closeAt) / 60_000)).toEqual([-1, 0, 2]);
  });

  it("of a market that was not asked for are refused; one left out is noted", () => {
    const answer = (market_ticker: string): World => ({
      answers: { "/markets/candlesticks": { body: { markets: [{ market_ticker, candlesticks: [] }] } } },
    });
    const { refusals, notes } = decode(candles, answer("KXHIGHXYZ-26NOV02-T1"));
    expect(refusals).toMatchObject([{ kind: "drift", path: "ticker" }]);
    expect(notes).toMatchObject([{ message: "the answer leaves out a market that was asked for" }]);
  });
});

describe("books", () => {
  const book = (name: string, yes: string, no: string) => ({
    ticker: name,
    orderbook_fp: { yes_dollars: [[yes, "5.00"]], no_dollars: [[no, "6.00"]] },
  });
  const other = `${series}-26NOV02-T49`;
  const both = [market(), market({ ticker: other })];
  const answer = (...orderbooks: unknown[]): World => ({
    live: both,
    answers: { "/markets/orderbooks": { body: { orderbooks } } },
  });

  it("become a row each", () => {
    const { rows, refusals } = decode(books, answer(book(ticker, "0.40", "0.58"), book(other, "0.10", "0.80")));
    expect(refusals).toEqual([]);
    expect(rows.order_books).toMatchObject([
      { market_ticker: ticker, yes_bid: 400_000, yes_ask: 420_000, window_at: windowOf(books) },
      { market_ticker: other },
    ]);
  });

  it.each<[string, unknown[], number]>([
    ["crossed", [book(ticker, "0.40", "0.60"), book(other, "0.10", "0.80")], 1],
    ["missing", [book(other, "0.10", "0.80")], 1],
    ["twice", [book(ticker, "0.40", "0.58"), book(ticker, "0.41", "0.58"), book(other, "0.10", "0.80")], 2],
    ["not asked for", [book("A-B", "0.1", "0.1"), book(ticker, "0.40", "0.58"), book(other, "0.1", "0.8")], 2],
  ])("%s are set aside, the others land", (_what, orderbooks, landed) => {
    const { rows, refusals } = decode(books, answer(...orderbooks));
    expect(rows.order_books).toHaveLength(landed);
    expect(refusals).toMatchObject([{ kind: "content" }]);
  });

  it("of another shape are drift", () => {
    expect(decode(books, answer({ ticker, orderbook: {} })).refusals).toMatchObject([{ kind: "drift" }]);
  });
});

describe("in the simulated world", () => {
  const world = demoWorld();
  const all = world.series;
  const fetched = (source: Source, at: number, now: number) => {
    const exchanges: Exchange[] = [];
    for (;;) {
      const requests = source.next({ at }, exchanges, new Set());
      if (requests.length === 0) break;
      for (const { url } of requests) {
        const { status, body } = answerOf(world, url, now);
        exchanges.push({ url, status, fetched_at: now, body });
      }
    }
    return source.decode(exchanges, { window_at: at, raw_key: "raw/x" });
  };
  const now = Date.UTC(2026, 9, 30, 12, 30);

  it.each([
    [kalshiTrades(all), "market_trades"],
    [kalshiCandles(all), "market_candles"],
  ] as const)("a day before and one that is archived decode whole ($0.id)", (source, table) => {
    for (const days of [0, 1, 57, 58, 59, 100]) {
      const at = Math.floor((now - days * day) / (6 * hour)) * 6 * hour + source.schedule.offsetMinutes * 60_000;
      const { rows, refusals, notes } = fetched(source, at, now);
      expect([refusals, notes], `${days} days ago`).toEqual([[], []]);
      expect(rows[table]?.length, `${days} days ago`).toBeGreaterThan(300);
      expect(new Set(rows[table]?.map(({ market_ticker }) => market_ticker.split("-")[0])).size).toBe(6);
    }
  });

  it("every open market has its book", () => {
    const { rows, refusals } = fetched(kalshiBooks(all), now, now);
    expect(refusals).toEqual([]);
    expect(rows.order_books?.length).toBeGreaterThanOrEqual(36);
  });
});
