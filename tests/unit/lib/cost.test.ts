import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { desks } from "../../../core/desks.ts";
import { sources } from "../../../core/sources.ts";
import { ticks } from "../../../core/ticks.ts";
import { assumptions, costPage, listsOf, messagesPerMonth, monthlyCost } from "../../../lib/cost.ts";
import { type Price, prices } from "../../../lib/prices.ts";

const lists = listsOf(desks);
const lines = monthlyCost(lists);

describe("the cost of a month", () => {
  test("counts messages from the schedules", () => {
    const messages = messagesPerMonth(lists, assumptions);
    // 30 days of desks at their pace: today's and tomorrow's event of a city, this hour's of a series of bitcoin.
    const priced: Record<string, number> = { weather: 2, crypto: 1 };
    const jobs = desks.reduce(
      (sum, { id, series, schedule }) => sum + series.length * (priced[id] ?? 0) * (1440 / schedule.everyMinutes) * 30,
      0,
    );
    // Two events a day that trade for a day: five hours of quarters of an hour and eighteen hours before their last.
    const later = 2 * (5 * 4 + 18) * 30;
    expect([messages.predict, messages.enrich]).toEqual([jobs + later, jobs + later]);
    expect(messages.watch).toBe(12 * 24 * 30);
    expect(messages.ingest).toBe(sources.reduce((sum, { schedule }) => sum + (1440 / schedule.everyMinutes) * 30, 0));
  });

  test("is written down as it is computed", () => {
    // When this fails: npm run cost -- --write
    expect(readFileSync("docs/cost.md", "utf8")).toBe(costPage());
  });

  test("grows with the cadence", () => {
    const twice = ticks.map((tick) => ({
      ...tick,
      schedule: { everyMinutes: tick.schedule.everyMinutes / 2, offsetMinutes: 0 },
    }));
    const sum = (of: typeof lines) => of.reduce((total, { list }) => total + list, 0);
    expect(sum(monthlyCost({ ...lists, ticks: twice }))).toBeGreaterThan(sum(lines));
  });

  test("is less for a desk alone, and what both share is paid once", () => {
    const sum = (of: typeof lines) => of.reduce((total, { list }) => total + list, 0);
    const alone = desks.map((desk) => monthlyCost(listsOf([desk])));
    for (const one of alone) expect(sum(one)).toBeLessThan(sum(lines));
    expect(alone.reduce((total, one) => total + sum(one), 0)).toBeGreaterThan(sum(lines));
    const [total] = /\*\*total\*\*.*/.exec(costPage(desks.slice(0, 1))) ?? [];
    expect(total).toContain(`**${sum(alone[0] ?? []).toFixed(2)}**`);
    for (const desk of desks)
      expect(costPage([desk]).includes("With the live feeds held")).toBe(desk.streams.length > 0);
  });

  test("counts the holder of the live feeds where they are held", () => {
    const quantity = (all: typeof lines, name: string) => all.find(({ price }) => price === name)?.quantity ?? 0;
    const streamed = monthlyCost(lists, assumptions, true);
    const more = (name: string) => quantity(streamed, name) - quantity(lines, name);
    // Of each quarter of an hour, ten instants between the minutes; in two of twelve minutes two holders ask.
    const asks = (4 * 24 * 30 * 10 * 14) / 12;
    const { coordinate, predict, enrich, settle } = messagesPerMonth(lists, assumptions, true);
    const before = messagesPerMonth(lists, assumptions);
    const grown = [coordinate - before.coordinate, predict - before.predict, enrich - before.enrich];
    expect(grown).toEqual([asks, 1.5 * asks, 1.5 * asks]);
    expect(settle).toBe(before.settle);
    const messages = asks + 2 * 1.5 * asks;
    // Begun every twelve minutes and relieved after fourteen, with half a gigabyte.
    expect(more("lambdaRequest")).toBe(5 * 24 * 30 + messages);
    expect(more("lambdaArmSecond")).toBeGreaterThan(5 * 24 * 30 * 14 * 60 * 0.5);
    // Four parts of Kalshi and three of each of four venues a minute; for an ask all but their health, and what its jobs write.
    expect(more("s3Put")).toBe(5 * 24 * 30 * 14 * (4 + 4 * 3) + asks * (3 + 4 * 2) + asks * (1 + 1.5 * 2 + 1.5 * 3));
    // What the jobs and a watch read: the index and the venues over a quarter of an hour, and streams beside polls.
    expect(more("s3Get")).toBeGreaterThan(12 * 24 * 30 * 130);
    expect(more("sqsRequest")).toBe(3 * messages);
    for (const { price, list } of streamed)
      expect(list).toBeGreaterThanOrEqual(lines.find((one) => one.price === price)?.list ?? 0);
  });

  test("never counts more free than there is to pay, and says where each price is from", () => {
    for (const { price, list, afterFree } of lines) {
      const { page }: Price = prices[price];
      expect(page).toMatch(/^aws\.amazon\.com\/.+\/pricing/);
      expect(afterFree).toBeGreaterThanOrEqual(0);
      expect(afterFree).toBeLessThanOrEqual(list);
    }
    expect(lines.map(({ price }) => price).sort()).toEqual(Object.keys(prices).sort());
  });
});
