import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { moved } from "../../../core/pointer.ts";
import type { Pointer } from "../../../core/source.ts";

const hour = 3_600_000;
const start = Date.UTC(2026, 9, 28);

/** What window `n` (hours after the start) alone brought. */
function landed(n: number, version = 1, tables: readonly string[] = ["weather_observations"]): Pointer {
  const at = start + n * hour;
  return {
    window_at: at,
    fetched_at: at + 1_000,
    raw_key: `raw/${n}`,
    raw_sha256: `raw-${n}`,
    parts: Object.fromEntries(
      tables.map((table) => [
        table,
        [{ key: `tables/${table}/s-${n}-v${version}.parquet`, sha256: `${n}-${version}`, window_at: at }],
      ]),
    ),
  };
}

function after(windows: readonly Pointer[], keeping: Parameters<typeof moved>[2] = {}): Pointer | undefined {
  return windows.reduce<Pointer | undefined>((stored, one) => moved(stored, one, keeping) ?? stored, undefined);
}

const hoursOf = (pointer: Pointer | undefined) =>
  pointer?.parts.weather_observations?.map(({ window_at }) => (window_at - start) / hour);

describe("a pointer", () => {
  it("names what the newest window brought, and of a table that it did not bring what came before", () => {
    const pointer = after([landed(1, 1, ["kalshi_series", "market_snapshots"]), landed(2, 1, ["market_snapshots"])]);
    expect(pointer?.window_at).toBe(start + 2 * hour);
    expect(pointer?.parts.market_snapshots?.map(({ sha256 }) => sha256)).toEqual(["2-1"]);
    expect(pointer?.parts.kalshi_series?.map(({ sha256 }) => sha256)).toEqual(["1-1"]);
  });

  it("is not moved by a window that comes late", () => {
    expect(moved(landed(3), landed(2), {})).toBeUndefined();
    expect(moved(landed(3), landed(3), {})).toBeUndefined();
  });

  it("keeps parts for as long as the source says, the newest for ever", () => {
    expect(
      hoursOf(
        after(
          [1, 2, 3, 4, 5].map((n) => landed(n)),
          { keepPartsMinutes: 120 },
        ),
      ),
    ).toEqual([4, 5]);
    expect(
      hoursOf(
        after(
          [1, 2, 3, 4, 5].map((n) => landed(n)),
          { keepPartsMinutes: 180 },
        ),
      ),
    ).toEqual([3, 4, 5]);
    const quiet = { ...landed(90), parts: {} };
    expect(hoursOf(after([landed(1), landed(2), quiet], { keepPartsMinutes: 120 }))).toEqual([2]);
  });

  it("keeps parts of those tables alone that the source names, whatever the order in which windows land", () => {
    const both = (n: number) => landed(n, 1, ["kalshi_markets", "market_snapshots"]);
    const keeping: Parameters<typeof moved>[2] = { keepPartsMinutes: 120, keepPartsOf: ["market_snapshots"] };
    for (const order of [
      [1, 2, 3],
      [3, 1, 2],
      [2, 3, 1],
    ]) {
      const pointer = after(order.map(both), keeping);
      expect(pointer?.parts.market_snapshots?.map(({ sha256 }) => sha256)).toEqual(["2-1", "3-1"]);
      expect(pointer?.parts.kalshi_markets?.map(({ sha256 }) => sha256)).toEqual(["3-1"]);
    }
  });

  it("takes in what a late window brought, and says nothing else by it", () => {
    const late = moved(after([landed(1), landed(3)], { keepPartsMinutes: 600 }), landed(2), { keepPartsMinutes: 600 });
    expect(hoursOf(late)).toEqual([1, 2, 3]);
    expect(late).toMatchObject({ window_at: start + 3 * hour, raw_key: "raw/3" });
  });

  it("names a window's part once: the one that came last, of a newer decoder perhaps", () => {
    const again = after([landed(1), landed(2), landed(1, 2)], { keepPartsMinutes: 600 });
    expect(again?.parts.weather_observations?.map(({ sha256 }) => sha256)).toEqual(["1-2", "2-1"]);
  });

  it("ends alike whatever the order in which windows land", () => {
    const order = fc.shuffledSubarray([1, 2, 3, 4, 5, 6, 7, 8], { minLength: 8 });
    fc.assert(
      fc.property(order, (hours) => {
        expect(
          after(
            hours.map((n) => landed(n)),
            { keepPartsMinutes: 300 },
          ),
        ).toEqual(
          after(
            [1, 2, 3, 4, 5, 6, 7, 8].map((n) => landed(n)),
            { keepPartsMinutes: 300 },
          ),
        );
      }),
    );
  });
});
