/** What the sandbox says was traded and quoted agrees with what its listings showed at the time. */
import { expect, test } from "vitest";
import { demoStart } from "../../../sandbox/incidents.ts";
import { ask, askJson, day, demoWorld, hour, kalshi, type Json } from "./asking.ts";

const world = demoWorld();
const at = demoStart + 3 * day + 18 * hour;
const marketsAt = (now: number): Json[] =>
  askJson(world, `${kalshi}/markets?series_ticker=KXHIGHCHI&status=open&limit=1000`, now).markets;
/** One whose price is still moving. */
const [market] = marketsAt(at - 4 * hour)
  .filter(({ open_time }) => Date.parse(open_time) < at - 12 * hour)
  .toSorted((a, b) => Math.abs(a.last_price_dollars - 0.5) - Math.abs(b.last_price_dollars - 0.5));
const { ticker } = market;

const tradesOf = (from: number, until: number): Json[] => {
  const trades: Json[] = [];
  for (let cursor = ""; ;) {
    const range = `min_ts=${from / 1000}&max_ts=${until / 1000}&limit=3`;
    const page = askJson(world, `${kalshi}/markets/trades?ticker=${ticker}&${range}&cursor=${cursor}`, at + day);
    trades.push(...page.trades);
    cursor = page.cursor;
    if (cursor === "") return trades;
  }
};

const candlesOf = (from: number, until: number): Json[] =>
  askJson(
    world,
    `${kalshi}/markets/candlesticks?market_tickers=${ticker}&start_ts=${from / 1000}&end_ts=${until / 1000}&period_interval=1`,
    at + day,
  ).markets[0].candlesticks;

const shown = (now: number): Json => marketsAt(now).find((one) => one.ticker === ticker);

test("trades add up to the listed volume and end at the listed price", () => {
  for (let from = at - 3 * hour; from < at; from += hour / 2) {
    const trades = tradesOf(from, from + hour / 2);
    const contracts = trades.reduce((sum, trade) => sum + Number(trade.count_fp), 0);
    const [before, after] = [shown(from), shown(from + hour / 2)];
    expect(contracts).toBeCloseTo(Number(after.volume_fp) - Number(before.volume_fp), 6);
    if (trades.length > 0) expect(trades[0].yes_price_dollars).toBe(after.last_price_dollars);
  }
  const ids = tradesOf(at - 12 * hour, at).map(({ trade_id }) => trade_id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.length).toBeGreaterThan(10);
});

test("candles hold the trades and end at the quotes that were listed", () => {
  const candles = candlesOf(at - 6 * hour, at);
  const trades = tradesOf(at - 6 * hour, at);
  const volume = candles.reduce((sum, one) => sum + Number(one.volume_fp), 0);
  expect(volume).toBeCloseTo(
    trades.reduce((sum, trade) => sum + Number(trade.count_fp), 0),
    6,
  );
  let compared = 0;
  for (const { end_period_ts, yes_bid, yes_ask } of candles) {
    if (end_period_ts % 1_800 !== 0) continue;
    const listed = shown(end_period_ts * 1000);
    expect([yes_bid.close_dollars, yes_ask.close_dollars]).toEqual([listed.yes_bid_dollars, listed.yes_ask_dollars]);
    compared += 1;
  }
  expect(compared).toBeGreaterThan(2);
});

test("a market ends with a candle of an empty book after its close", () => {
  const closeAt = Date.parse(market.close_time);
  const candles = candlesOf(closeAt - hour, closeAt + hour);
  expect(candles.at(-1)).toMatchObject({
    end_period_ts: closeAt / 1000 + 60,
    yes_bid: { close_dollars: "0.0000" },
    yes_ask: { close_dollars: "1.0000" },
    volume_fp: "0.00",
  });
});

test("what settled before the cutoff is in the archive only, under names without unit", () => {
  const cutoff = Date.parse(askJson(world, `${kalshi}/historical/cutoff`, at).market_settled_ts);
  expect(cutoff % day).toBe(0);
  const name = (days: number) =>
    new Date(at - days * day)
      .toUTCString()
      .replace(
        /^.{5}(\d\d) (...) \d\d(\d\d).*/,
        (_, date, month: string, year) => `${year}${month.toUpperCase()}${date}`,
      );
  const archived = (event: string): Json[] =>
    askJson(world, `${kalshi}/historical/markets?event_ticker=${event}`, at).markets;
  const old = archived(`KXHIGHCHI-${name(70)}`);
  expect(old).toHaveLength(6);
  expect(archived(`KXHIGHCHI-${name(3)}`)).toEqual([]);
  expect(archived("KXHIGHCHI-99XYZ99")).toEqual([]);
  for (const one of old) expect(Date.parse(one.settlement_ts)).toBeLessThan(cutoff);
  const open = Date.parse(old[0].open_time) / 1000;
  const range = `start_ts=${open}&end_ts=${open + 36_000}&period_interval=1`;
  const past = askJson(world, `${kalshi}/historical/markets/${old[0].ticker}/candlesticks?${range}`, at);
  expect(Object.keys(past.candlesticks[0]).toSorted((a, b) => a.localeCompare(b))).toEqual([
    "end_period_ts",
    "open_interest",
    "price",
    "volume",
    "yes_ask",
    "yes_bid",
  ]);
  expect(ask(world, `${kalshi}/historical/markets/${ticker}/candlesticks?${range}`, at).status).toBe(404);
  const live = askJson(world, `${kalshi}/markets?series_ticker=KXHIGHCHI&status=settled&limit=1000`, at).markets;
  for (const one of live) expect(Date.parse(one.settlement_ts)).toBeGreaterThanOrEqual(cutoff);
});

test("requests beyond the documented limits are refused", () => {
  const range = "start_ts=0&end_ts=6000000&period_interval=1";
  expect(ask(world, `${kalshi}/markets/candlesticks?market_tickers=${ticker}&${range}`, at).status).toBe(400);
  const tickers = Array.from({ length: 101 }, () => `tickers=${ticker}`).join("&");
  expect(ask(world, `${kalshi}/markets/orderbooks?${tickers}`, at).status).toBe(400);
});
