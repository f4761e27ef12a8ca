/** The simulated bitcoin: its path, what its venues show of it, and what Kalshi makes of it. */
import { describe, expect, test } from "vitest";
import { createBitcoin } from "../../../sandbox/crypto/bitcoin.ts";
import { createNoise } from "../../../sandbox/noise.ts";
import { demoStart } from "../../../sandbox/incidents.ts";
import { ask, askJson, day, demoWorld, hour, kalshi, type Json } from "./asking.ts";

const world = demoWorld();
const minute = 60_000;
const noon = demoStart + 3 * day + 18 * hour;
const bitcoin = createBitcoin(createNoise("brier"));
const marketsOf = (query: string, now: number): Json[] => askJson(world, `${kalshi}/markets?${query}`, now).markets;
const number = (text: unknown) => Number(text);

describe("the path", () => {
  test("is continuous, across midnights too: no second moves it by more than a tenth of a percent", () => {
    for (const from of [noon, demoStart + day - 20_000, demoStart + 4 * day - 20_000]) {
      let before = bitcoin.priceAt(from);
      for (let at = from + 250; at <= from + 40_000; at += 250) {
        const price = bitcoin.priceAt(at);
        expect(Math.abs(Math.log(price / before))).toBeLessThan(1e-3);
        before = price;
      }
    }
  });

  test("stays at a price that a bitcoin can have, over years", () => {
    for (let days = -700; days < 700; days += 7) {
      const price = bitcoin.priceAt(demoStart + days * day);
      expect(price).toBeGreaterThan(40_000);
      expect(price).toBeLessThan(170_000);
    }
  });

  test("has calm and stormy hours: squared returns of neighbouring hours go together, and their size is what is said of it", () => {
    const realised = (from: number) => {
      let sum = 0;
      for (let at = from; at < from + hour; at += minute)
        sum += Math.log(bitcoin.priceAt(at + minute) / bitcoin.priceAt(at)) ** 2;
      return sum;
    };
    const hours = Array.from({ length: 7 * 24 }, (_, index) => Math.log(realised(demoStart + index * hour)));
    const mean = hours.reduce((sum, one) => sum + one, 0) / hours.length;
    const covariance = (lag: number) =>
      hours.slice(lag).reduce((sum, one, index) => sum + (one - mean) * ((hours[index] ?? mean) - mean), 0);
    expect(covariance(1) / covariance(0)).toBeGreaterThan(0.3);
    const yearly = Math.sqrt(Math.exp(mean) * 24 * 365);
    expect(yearly).toBeGreaterThan(0.25);
    expect(yearly).toBeLessThan(0.9);
    const said = bitcoin.volatilityAt(noon + hour / 2) * Math.sqrt(3600);
    expect(Math.sqrt(realised(noon)) / said).toBeGreaterThan(0.5);
    expect(Math.sqrt(realised(noon)) / said).toBeLessThan(2);
  });

  test("the same seed is the same price, another seed another one", () => {
    expect(createBitcoin(createNoise("brier")).priceAt(noon)).toBe(bitcoin.priceAt(noon));
    expect(createBitcoin(createNoise("other")).priceAt(noon)).not.toBe(bitcoin.priceAt(noon));
  });
});

describe("Kalshi's bitcoin events", () => {
  const settled = (series: string) => marketsOf(`series_ticker=${series}&status=settled&limit=1000`, noon);

  test("settle on the mean of the sixty prints before the close, to the cent", () => {
    for (const series of ["KXBTC", "KXBTCD", "KXBTC15M"]) {
      const markets = settled(series);
      expect(markets.length).toBeGreaterThan(90);
      for (const market of markets.filter((_, index) => index % 37 === 0)) {
        const close = Date.parse(market.close_time);
        let sum = 0;
        for (let second = close / 1000 - 60; second < close / 1000; second += 1)
          sum += Math.round(bitcoin.priceAt(second * 1000) * 100);
        expect(number(market.expiration_value)).toBeCloseTo(sum / 6000, 1);
        expect(market.expiration_value).toMatch(/^\d+\.\d\d$/);
        expect(Date.parse(market.settlement_ts) - close).toBe(series === "KXBTC15M" ? 9_000 : 68_000);
      }
    }
  });

  test("each result follows from strike and value: a tie is Yes for the quarter, above is strict", () => {
    const pays = ({ strike_type: type, floor_strike: floor, cap_strike: cap, expiration_value }: Json) => {
      const value = number(expiration_value);
      if (type === "greater_or_equal") return value >= floor;
      if (type === "greater") return value > floor;
      return type === "less" ? value < cap : value >= floor && value <= cap;
    };
    for (const market of ["KXBTC", "KXBTCD", "KXBTC15M"].flatMap(settled))
      expect(market.result, market.ticker).toBe(pays(market) ? "yes" : "no");
  });

  test("ranges hold every cent once, thresholds pay downwards from the value", () => {
    for (const [, markets] of Map.groupBy(settled("KXBTC"), (one): string => one.event_ticker)) {
      expect(markets.filter(({ result }) => result === "yes")).toHaveLength(1);
      const between = markets.filter(({ strike_type: type }) => type === "between");
      const edges = between.map(({ floor_strike: floor }) => floor as number).toSorted((a, b) => a - b);
      for (const one of between) expect(Math.round((one.cap_strike - one.floor_strike) * 100)).toBe(9_999);
      expect(edges.every((edge, index) => index === 0 || edge - (edges[index - 1] ?? 0) === 100)).toBe(true);
      const less = markets.find(({ strike_type: type }) => type === "less");
      const greater = markets.find(({ strike_type: type }) => type === "greater");
      expect(less.cap_strike).toBe(edges[0]);
      expect(greater.floor_strike).toBeCloseTo((edges.at(-1) ?? 0) + 99.99, 6);
    }
    for (const [, markets] of Map.groupBy(settled("KXBTCD"), (one): string => one.event_ticker)) {
      const results = markets.toSorted((a, b) => a.floor_strike - b.floor_strike).map(({ result }) => result as string);
      expect(results.join(" ")).toMatch(/^(yes ?)+(no ?)*$/);
    }
  });

  test("the thresholds of 17:00 in New York trade for a day, $250 apart; those of other hours for an hour", () => {
    // The end of daylight time lies between the two: the day before it is an hour longer.
    for (const [at, daily, closes] of [
      [Date.parse("2026-10-30T15:30:00Z"), "KXBTCD-26OCT3017", "2026-10-30T21:00:00Z"],
      [Date.parse("2026-11-02T20:30:00Z"), "KXBTCD-26NOV0217", "2026-11-02T22:00:00Z"],
    ] as const) {
      const byEvent = Map.groupBy(
        marketsOf("series_ticker=KXBTCD&status=open&limit=1000", at),
        (one): string => one.event_ticker,
      );
      expect(byEvent.size).toBe(2);
      for (const [event, markets] of byEvent) {
        const strikes = markets.map(({ floor_strike: floor }) => floor as number).toSorted((a, b) => a - b);
        expect((strikes[1] ?? 0) - (strikes[0] ?? 0)).toBeCloseTo(event === daily ? 250 : 100, 6);
        const [one] = markets;
        if (event === daily) expect(one.close_time).toBe(closes);
        expect(Date.parse(one.close_time) - Date.parse(one.open_time)).toBe(event === daily ? day : hour);
      }
    }
  });

  test("a quarter of an hour is named by its close in New York and has its target a second after it opens", () => {
    const open = demoStart + 5 * day + 20 * hour;
    const quarter = (now: number): Json =>
      marketsOf("series_ticker=KXBTC15M&status=open", now).find(({ open_time }) => Date.parse(open_time) === open);
    const [fresh, later] = [quarter(open + 500), quarter(open + 1_000)];
    expect(fresh.ticker).toBe("KXBTC15M-26NOV021515-15");
    expect("floor_strike" in fresh).toBe(false);
    expect(fresh.yes_sub_title).toBe("Target price: TBD");
    expect(later.floor_strike).toBe(bitcoin.settlement(open));
    expect(later.yes_sub_title).toMatch(/^Target Price: \$\d\d,\d{3}\.\d\d$/);
    const before = marketsOf("series_ticker=KXBTC15M", open - minute).find(({ ticker }) => ticker === fresh.ticker);
    expect([before.status, "floor_strike" in before]).toEqual(["initialized", false]);
  });

  test("quotes lie on their grid, do not cross, and leave no sure profit in a whole range", () => {
    for (let at = noon - 6 * hour; at < noon; at += 7 * minute) {
      for (const one of marketsOf("series_ticker=KXBTC15M&status=open", at)) {
        for (const text of [one.yes_bid_dollars, one.yes_ask_dollars] as string[]) {
          const tenths = Math.round(Number(text) * 1000);
          if (tenths > 100 && tenths < 900) expect(tenths % 10, text).toBe(0);
        }
        expect(number(one.yes_bid_dollars)).toBeLessThan(number(one.yes_ask_dollars));
      }
      const fee = (price: number) => 0.07 * price * (1 - price);
      const ranges = marketsOf("series_ticker=KXBTC&status=open&limit=1000", at);
      for (const [, markets] of Map.groupBy(ranges, (one): string => one.event_ticker)) {
        const [asks, bids] = (["yes_ask_dollars", "yes_bid_dollars"] as const).map((side) =>
          markets.map((one) => number(one[side])),
        );
        expect(asks?.reduce((sum, one) => sum + one + fee(one), 0)).toBeGreaterThan(1);
        expect(bids?.reduce((sum, one) => sum + one - fee(one), 0)).toBeLessThan(1);
      }
    }
  });

  test("now and then a threshold is traded against its neighbour, for minutes", () => {
    const crossed = new Set<number>();
    for (let at = demoStart + 5.5 * day; at < demoStart + 6 * day; at += minute) {
      const thresholds = marketsOf("series_ticker=KXBTCD&status=open&limit=1000", at);
      for (const [, markets] of Map.groupBy(thresholds, (one): string => one.event_ticker)) {
        const ladder = markets.toSorted((a, b) => a.floor_strike - b.floor_strike);
        for (const [index, one] of ladder.entries()) {
          const above = ladder[index + 1];
          if (above !== undefined && number(above.yes_bid_dollars) - number(one.yes_ask_dollars) > 0.03)
            crossed.add(at);
        }
      }
    }
    expect(crossed.size).toBeGreaterThan(5);
    expect(crossed.size).toBeLessThan(120);
    const shown = demoStart + 5 * day + 20 * hour;
    expect([...crossed].some((at) => at >= shown && at < shown + hour)).toBe(true);
  });

  test("books begin at the listed quote and stay on the grid; trades add up to the volume", () => {
    let fine = 0;
    for (let at = noon; at < noon + 3 * hour; at += 4 * minute) {
      const [open] = marketsOf("series_ticker=KXBTC15M&status=open", at);
      const { orderbook_fp: book } = askJson(world, `${kalshi}/markets/${open.ticker}/orderbook`, at);
      const best = (levels: [string, string][]) => levels.at(-1) ?? ["0.0000", "0.00"];
      expect(best(book.yes_dollars)).toEqual([open.yes_bid_dollars, open.yes_bid_size_fp]);
      expect(best(book.no_dollars)).toEqual([open.no_bid_dollars, open.yes_ask_size_fp]);
      for (const side of [book.yes_dollars, book.no_dollars] as [string, string][][]) {
        for (const [index, [price]] of side.entries()) {
          const tenths = Math.round(Number(price) * 1000);
          if (tenths > 100 && tenths < 900) expect(tenths % 10).toBe(0);
          else if (tenths % 10 !== 0) fine += 1;
          if (index > 0) expect(Number(price)).toBeGreaterThan(Number(side[index - 1]?.[0]));
        }
      }
    }
    expect(fine).toBeGreaterThan(10);
    const [one] = marketsOf("series_ticker=KXBTC15M&status=open", noon);
    const end = Date.parse(one.close_time);
    const { trades } = askJson(
      world,
      `${kalshi}/markets/trades?ticker=${one.ticker}&min_ts=${end / 1000 - 900}&max_ts=${end / 1000}&limit=1000`,
      end + hour,
    );
    const closed = marketsOf(`tickers=${one.ticker}&series_ticker=KXBTC15M`, end + hour)[0];
    const traded = trades.reduce((sum: number, trade: Json) => sum + number(trade.count_fp), 0);
    expect(traded).toBeCloseTo(number(closed.volume_fp), 6);
    expect(new Set(trades.map((trade: Json) => trade.trade_id as string)).size).toBe(trades.length);
  });

  test("what settled before the cutoff is in the archive, by the name of its event", () => {
    const name = "KXBTC-26AUG2307";
    const old = askJson(world, `${kalshi}/historical/markets?event_ticker=${name}&limit=1000`, noon).markets;
    expect(old).toHaveLength(30);
    expect(old[0].close_time).toBe("2026-08-23T11:00:00Z");
    expect(askJson(world, `${kalshi}/historical/markets?event_ticker=KXBTC-26OCT3007`, noon).markets).toEqual([]);
    expect(askJson(world, `${kalshi}/historical/markets?event_ticker=KXBTC-26AUG2399`, noon).markets).toEqual([]);
  });

  test("values of the index are for those who are entitled to them", () => {
    const answer = ask(world, `${kalshi}/cfbenchmarks/values?id=BRTI`, noon);
    expect(answer.status).toBe(403);
    expect(JSON.parse(answer.body).error.code).toBe("forbidden");
  });
});
