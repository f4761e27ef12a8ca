/** Kalshi's bitcoin feeds: their pace, the books that are chosen, and the simulated exchange read by them. */
import { describe, expect, it } from "vitest";
import { dollar } from "../../../core/market/price.ts";
import type { SpanMarket } from "../../../core/market/span-markets.ts";
import type { Exchange, Source } from "../../../core/source.ts";
import {
  kalshiCryptoBooks,
  kalshiCryptoCandles,
  kalshiCryptoMarkets,
  kalshiCryptoSettlements,
  kalshiCryptoTrades,
  nearTheMoney,
} from "../../../core/sources/kalshi-crypto.ts";
import { demoStart } from "../../../sandbox/incidents.ts";
import { ask, day, demoWorld, hour } from "../sandbox/asking.ts";

const world = demoWorld();
const minute = 60_000;
const noon = demoStart + 3 * day + 18 * hour;

function fetched(source: Source, at: number, known: readonly string[] = []) {
  const exchanges: Exchange[] = [];
  const asked: string[] = [];
  for (;;) {
    const requests = source.next({ at }, exchanges, new Set(known));
    if (requests.length === 0) break;
    for (const { url } of requests) {
      asked.push(url);
      exchanges.push({ url, fetched_at: at, ...ask(world, url, at) });
    }
  }
  return { asked, ...source.decode(exchanges, { window_at: at, raw_key: "raw/x" }) };
}

describe("listing and quotes", () => {
  it("come every minute, series and events a minute after each quarter", () => {
    const first = fetched(kalshiCryptoMarkets, noon + minute);
    expect([first.refusals, first.asked.length]).toEqual([[], 9]);
    expect(first.rows.kalshi_series?.map(({ series_ticker }) => series_ticker)).toEqual([
      "KXBTC",
      "KXBTCD",
      "KXBTC15M",
    ]);
    // Of the hour ranges and thresholds, of the evening thresholds, and a quarter of an hour.
    expect(first.rows.kalshi_events).toHaveLength(4);
    expect(first.rows.kalshi_markets).toHaveLength(30 + 29 + 13 + 1);
    expect(first.rows.market_snapshots).toHaveLength(73);
    for (let minutes = 2; minutes < 16; minutes += 1)
      expect(fetched(kalshiCryptoMarkets, noon + minutes * minute, first.known).asked).toHaveLength(3);
    expect(fetched(kalshiCryptoMarkets, noon + 16 * minute, first.known).asked).toHaveLength(9);
    const later = fetched(kalshiCryptoMarkets, noon + 5 * minute, first.known);
    expect(later.rows.kalshi_events).toEqual([]);
    // Strikes come with the quotes: a quarter's target is known a minute after it opened, not a quarter of an hour.
    expect(later.rows.kalshi_markets).toHaveLength(73);
  });

  it("take a quarter whose target is yet to come, without a strike", () => {
    const { rows, refusals } = fetched(kalshiCryptoMarkets, noon + 15 * minute);
    expect(refusals).toEqual([]);
    const quarter = rows.kalshi_markets?.find(({ series_ticker }) => series_ticker === "KXBTC15M");
    expect(quarter).toMatchObject({ floor_strike: null, yes_sub_title: "Target price: TBD", status: "active" });
    const a_minute_later = fetched(kalshiCryptoMarkets, noon + 16 * minute).rows.kalshi_markets;
    const known = a_minute_later?.find(({ market_ticker }) => market_ticker === quarter?.market_ticker);
    expect(known?.floor_strike).toBeGreaterThan(0);
  });
});

describe("a missing target", () => {
  it("is drift as soon as the label names one: a field that went away is not a target to come", () => {
    const at = noon + 16 * minute;
    const [request] = kalshiCryptoMarkets.next({ at }, [], new Set()).slice(-1);
    const url = request?.url ?? "";
    const { body, status } = ask(world, url, at);
    const renamed = body.replaceAll('"floor_strike"', '"target_price"');
    expect(renamed).not.toBe(body);
    const exchange = { url, status, fetched_at: at, body: renamed };
    const { refusals } = kalshiCryptoMarkets.decode([exchange], { window_at: at, raw_key: "raw/x" });
    expect(refusals).toMatchObject([{ kind: "drift", path: "markets[0].floor_strike" }]);
  });
});

describe("settlements", () => {
  it("of the last two hours every five minutes, of a day once a day", () => {
    const at = demoStart + 3 * day + 20 * hour + 2 * minute;
    const since = (windowAt: number) =>
      new URL(kalshiCryptoSettlements.next({ at: windowAt }, [], new Set())[0]?.url ?? "").searchParams.get(
        "min_close_ts",
      );
    expect(since(at)).toBe(String((at - 2 * hour) / 1000));
    expect(since(at - 17 * hour)).toBe(String((at - 17 * hour - day) / 1000));
    expect(since(at - 17 * hour + 5 * minute)).toBe(String((at - 19 * hour + 5 * minute) / 1000));
    const { rows, refusals } = fetched(kalshiCryptoSettlements, at);
    expect(refusals).toEqual([]);
    const events = Map.groupBy(rows.kalshi_markets ?? [], ({ event_ticker }) => event_ticker);
    // Two hours end two minutes ago; so do eight quarters.
    expect([...events.keys()].filter((ticker) => ticker.startsWith("KXBTC-"))).toHaveLength(2);
    expect([...events.keys()].filter((ticker) => ticker.startsWith("KXBTC15M-"))).toHaveLength(8);
    for (const market of rows.kalshi_markets ?? []) expect(market.status).toBe("finalized");
  });
});

describe("books", () => {
  const market = (ticker: string, cents: number | null, closes = 30): SpanMarket => ({
    ticker,
    openAt: noon - hour,
    closeAt: noon + closes * minute,
    traded: true,
    mid: cents === null ? null : (cents / 100) * dollar,
    archived: false,
  });

  it("are those near the money, of events that close within the hour, at most a hundred", () => {
    const markets = [market("A", 3), market("B", 50), market("C", null), market("D", 48, 70), market("E", 97)];
    expect(nearTheMoney(markets, noon).map(({ ticker }) => ticker)).toEqual(["B", "A", "E"]);
    const many = Array.from({ length: 260 }, (_, index) => market(`M${index}`, 1 + (index % 98)));
    const chosen = nearTheMoney(many, noon);
    expect(chosen).toHaveLength(100);
    expect(Math.max(...chosen.map(({ mid }) => Math.abs((mid ?? 0) - dollar / 2)))).toBeLessThan(0.2 * dollar);
  });

  it("of the simulated exchange land whole", () => {
    const { rows, refusals, asked } = fetched(kalshiCryptoBooks, noon + 20 * minute);
    expect(refusals).toEqual([]);
    expect(asked).toHaveLength(4);
    const series = new Set(rows.order_books?.map(({ event_ticker }) => event_ticker.split("-")[0]));
    expect(series).toEqual(new Set(["KXBTC", "KXBTC15M", "KXBTCD"]));
    for (const book of rows.order_books ?? []) {
      expect(book.yes_bid).not.toBeNull();
      expect(book.yes_ask).not.toBeNull();
    }
  });
});

describe("trades and candles", () => {
  it.each([
    [kalshiCryptoTrades, "market_trades"],
    [kalshiCryptoCandles, "market_candles"],
  ] as const)("of the last whole hour", (source, table) => {
    const { rows, refusals } = fetched(source, noon + source.schedule.offsetMinutes * minute);
    expect(refusals).toEqual([]);
    const found = rows[table] ?? [];
    expect(found.length).toBeGreaterThan(300);
    const tickers = new Set(found.map((row) => row.market_ticker));
    for (const series of ["KXBTC", "KXBTCD", "KXBTC15M"])
      expect([...tickers].some((ticker) => ticker.startsWith(`${series}-`))).toBe(true);
    for (const row of found) {
      const at = "end_at" in row ? row.end_at : row.created_at;
      expect(at >= noon - hour && at < noon).toBe(true);
    }
  });

  it("of long ago are found in the archive by the names of the hours and quarters", () => {
    const at = demoStart - 70 * day + 18 * hour + kalshiCryptoCandles.schedule.offsetMinutes * minute;
    const exchanges: Exchange[] = [];
    const asked: string[] = [];
    for (;;) {
      const requests = kalshiCryptoCandles.next({ at }, exchanges, new Set());
      if (requests.length === 0) break;
      for (const { url } of requests) {
        asked.push(url);
        exchanges.push({ url, fetched_at: noon, ...ask(world, url, noon) });
      }
    }
    const { rows, refusals } = kalshiCryptoCandles.decode(exchanges, { window_at: at, raw_key: "raw/x" });
    expect(refusals).toEqual([]);
    const names = asked.filter((url) => url.includes("/historical/markets?")).map((url) => new URL(url).searchParams);
    // 17:00 to 18:00 UTC is one o'clock to two in New York: events of two o'clock and the day after, and five quarters.
    expect(names.map((query) => query.get("event_ticker"))).toContain("KXBTC-26AUG1914");
    expect(names.filter((query) => query.get("event_ticker")?.startsWith("KXBTC15M-"))).toHaveLength(5);
    const events = new Set(
      (rows.market_candles ?? []).map(({ market_ticker }) => market_ticker.split("-", 2).join("-")),
    );
    expect([...events].toSorted()).toEqual([
      "KXBTC-26AUG1914",
      "KXBTC15M-26AUG191315",
      "KXBTC15M-26AUG191330",
      "KXBTC15M-26AUG191345",
      "KXBTC15M-26AUG191400",
      "KXBTCD-26AUG1914",
      "KXBTCD-26AUG1917",
    ]);
  });
});
