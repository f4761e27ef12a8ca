import { describe, expect, it } from "vitest";
import { PriceBuffer } from "../../../core/stream/price-buffer.ts";
import { RowBuffer } from "../../../core/stream/row-buffer.ts";
import { tables } from "../../../schemas/index.ts";
import { rowWith } from "../schemas/table-rows.ts";

const trade = (trade_id: string, price = 1) => rowWith(tables.venue_trades, { trade_id, price });

describe("the buffer of rows", () => {
  it("keeps one row a key, the newest, and counts the others", () => {
    const buffer = new RowBuffer(10);
    buffer.put("venue_trades", "a", trade("a", 1));
    buffer.put("venue_trades", "b", trade("b", 2));
    buffer.put("venue_trades", "a", trade("a", 3));
    buffer.put("market_trades", "a", rowWith(tables.market_trades, { trade_id: "a" }));
    expect([buffer.size, buffer.replaced, buffer.dropped]).toEqual([3, 1, 0]);
    const rows = buffer.take();
    expect(rows.venue_trades?.map(({ trade_id, price }) => [trade_id, price])).toEqual([
      ["a", 3],
      ["b", 2],
    ]);
    expect(rows.market_trades).toHaveLength(1);
    expect(buffer.size).toBe(0);
    expect(buffer.take()).toEqual({});
  });

  it("gives up the oldest when it is full, and says how many", () => {
    const buffer = new RowBuffer(3);
    for (const id of ["a", "b", "c", "d", "e"]) buffer.put("venue_trades", id, trade(id));
    buffer.put("venue_trades", "e", trade("e", 9));
    expect([buffer.size, buffer.replaced, buffer.dropped]).toEqual([3, 1, 2]);
    expect(buffer.take().venue_trades?.map(({ trade_id }) => trade_id)).toEqual(["c", "d", "e"]);
  });
});

describe("the buffer of prices", () => {
  const minute = 60_000;

  it("gives returns over unbroken stretches only", () => {
    const prices = new PriceBuffer(5 * minute);
    expect(prices.logReturn(0, minute)).toBeNull();
    for (let at = 0; at <= 90_000; at += 500) prices.push(at, 80_000 + at / 1_000);
    expect(prices.logReturn(90_000, minute)).toBeCloseTo(Math.log(80_090 / 80_030.5), 12);
    expect(prices.logReturn(90_000, 2 * minute)).toBeNull();
    expect(prices.since).toBe(0);
  });

  it("starts anew after a gap: nothing reaches over it", () => {
    const prices = new PriceBuffer(5 * minute);
    for (let at = 0; at <= minute; at += 1_000) prices.push(at, 80_000);
    prices.clear();
    expect(prices.since).toBeNull();
    for (let at = 70_000; at <= 125_000; at += 1_000) prices.push(at, 88_000);
    expect(prices.logReturn(125_000, minute)).toBeNull();
    for (let at = 126_000; at <= 131_000; at += 1_000) prices.push(at, 88_000);
    expect(prices.logReturn(131_000, minute)).toBe(0);
  });

  it("takes the last price before an instant without one, and forgets what is too old", () => {
    const prices = new PriceBuffer(2 * minute);
    prices.push(0, 100);
    prices.push(100_000, 110);
    expect(prices.logReturn(100_000, minute)).toBeCloseTo(Math.log(1.1), 12);
    prices.push(500_000, 120);
    expect(prices.logReturn(500_000, minute)).toBeNull();
  });
});
