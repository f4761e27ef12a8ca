import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readFinePrint } from "../../../core/crypto/fine-print.ts";
import { finePrint } from "./listing.ts";

const captures = process.env["BRIER_CAPTURES"] ?? "../shared/captures";

describe("the fine print of a bitcoin market", () => {
  it.each([
    [`${finePrint}.`, false],
    [finePrint, false],
    [`${finePrint}, rounded to the nearest 2 decimal places.`, true],
    [`${finePrint}, rounded to the nearest two decimal places`, true],
    [`${finePrint}, rounded to the nearest cent.`, true],
    // What says nothing of the average may be said.
    [`While other prices may help a decision, they do not count. ${finePrint}. Trading can close early.`, false],
  ])("%s", (text, rounded) => {
    expect(readFinePrint(text)).toEqual({ rounded });
  });

  it.each([
    ["", "does not name CF Benchmarks' Real Time Index"],
    [finePrint.replace("CF Benchmarks", "An Exchange"), "does not name CF Benchmarks' Real Time Index"],
    [finePrint.replace("60", "300"), "does not name 60 prices of the last minute before expiration"],
    [finePrint.replace("last minute", "last hour"), "does not name 60 prices of the last minute"],
    [finePrint.replace("average", "median"), "does not say that the final value is the average"],
    [`${finePrint}, rounded to the nearest 3 decimal places.`, 'adds ", rounded to the nearest 3 decimal places"'],
    [`${finePrint}, rounded down to the nearest 2 decimal places.`, "adds"],
    [`${finePrint} without the extremes.`, 'adds " without the extremes"'],
    [`${finePrint}. The top and bottom 20% are excluded.`, 'says "excluded"'],
    [`The highest and lowest 20% are removed. ${finePrint}.`, 'says "highest"'],
    [`${finePrint}. It is a trimmed mean.`, 'says "trimmed"'],
    [`${finePrint}. The value is then rounded.`, 'says "rounded"'],
    [`Prices are weighted by volume. ${finePrint}.`, 'says "weighted"'],
  ])("refuses %s", (text, reason) => {
    expect(readFinePrint(text)).toEqual({ unknown: expect.stringContaining(reason) as string });
  });

  it.skipIf(!existsSync(captures))(
    "as captured: rounded of the quarter hours, and of the ranges not a word of it",
    () => {
      const read = (path: string): unknown => JSON.parse(readFileSync(join(captures, path), "utf8"));
      const ranges = Object.values(
        read("kalshi/crypto/kxbtckxbtc26jul1003.raw.json") as Record<string, { rules_secondary: string }>,
      );
      const { markets } = read("crypto/kalshi/kxbtc15m_market_active_20260827.json") as {
        markets: { rules_secondary: string }[];
      };
      expect(new Set(ranges.map(({ rules_secondary }) => JSON.stringify(readFinePrint(rules_secondary))))).toEqual(
        new Set(['{"rounded":false}']),
      );
      expect(markets.map(({ rules_secondary }) => readFinePrint(rules_secondary))).toEqual([{ rounded: true }]);
    },
  );
});
