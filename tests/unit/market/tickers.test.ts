import { describe, expect, it } from "vitest";
import { dailyEventOf, dailyEventTicker, eventOfTicker, seriesOfTicker } from "../../../core/market/tickers.ts";

describe("tickers", () => {
  it("names series and day of a daily event", () => {
    expect(dailyEventOf("KXHIGHCHI-26OCT04")).toStrictEqual({ series: "KXHIGHCHI", date: "2026-10-04" });
    expect(dailyEventOf("KXHIGHNY-28FEB29")).toStrictEqual({ series: "KXHIGHNY", date: "2028-02-29" });
  });

  it.each([
    "KXHIGHCHI",
    "KXHIGHCHI-26FEB30",
    "KXHIGHCHI-26XYZ01",
    "KXBTC-26JUL1003",
    "KXHIGHCHI-26OCT04-T70",
    "kxhighchi-26OCT04",
  ])("%s is no daily event", (ticker) => {
    expect(dailyEventOf(ticker)).toBeUndefined();
  });

  it("takes a market's ticker apart", () => {
    expect(eventOfTicker("KXHIGHCHI-26OCT04-B70.5")).toBe("KXHIGHCHI-26OCT04");
    expect(seriesOfTicker("KXHIGHCHI-26OCT04-B70.5")).toBe("KXHIGHCHI");
  });
});

it("a daily event's ticker is made as it is read", () => {
  for (const date of ["2026-01-01", "2026-02-28", "2028-02-29", "2026-10-04", "2026-12-31"]) {
    expect(dailyEventOf(dailyEventTicker({ series: "KXHIGHCHI", date }))).toEqual({ series: "KXHIGHCHI", date });
  }
  expect(dailyEventTicker({ series: "KXHIGHCHI", date: "2026-10-04" })).toBe("KXHIGHCHI-26OCT04");
});
