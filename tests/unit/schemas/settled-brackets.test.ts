/** The view settled_brackets: the recomputed outcome is worked out by hand from strike and value beside it. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tables } from "../../../schemas/index.ts";
import type { TableRow } from "../../../schemas/index.ts";
import { lakeFolder } from "./lake-folder.ts";
import type { LakeFolder } from "./lake-folder.ts";
import { rowWith } from "./table-rows.ts";

const at = Date.UTC(2026, 10, 1, 12);

const market = (market_ticker: string, given: Partial<TableRow<"kalshi_markets">>) =>
  rowWith(tables.kalshi_markets, {
    market_ticker,
    window_at: at,
    ingested_at: at,
    status: "finalized",
    result: "yes",
    floor_strike: null,
    cap_strike: null,
    ...given,
  });

let lake: LakeFolder;
beforeAll(async () => {
  lake = await lakeFolder();
});
afterAll(() => lake.close());

describe("settled_brackets", () => {
  it("recomputes each kind of strike at its edges", async () => {
    const cases: [string, string, number | null, number | null, string, string | null][] = [
      ["a", "greater", 70, null, "71.00", "yes"],
      ["b", "greater", 70, null, "70.00", "no"],
      ["c", "greater_or_equal", 70, null, "70.00", "yes"],
      ["d", "greater_or_equal", 70, null, "69", "no"],
      ["e", "less", null, 60, "59.00", "yes"],
      ["f", "less", null, 60, "60.00", "no"],
      ["g", "less_or_equal", null, 60, "60.00", "yes"],
      ["h", "less_or_equal", null, 60, "61.00", "no"],
      ["i", "between", 60, 61, "60.00", "yes"],
      ["j", "between", 60, 61, "61.00", "yes"],
      ["k", "between", 60, 61, "62.00", "no"],
      ["l", "between", 60, 61, "59.00", "no"],
      ["m", "greater", 70, null, "No", null],
      ["n", "greater", 70, null, "", null],
      ["o", "structured", null, null, "71.00", null],
      ["p", "between", 60, null, "60.00", null],
      ["q", "less", null, 10, "-3.00", "yes"],
    ];
    lake.write(
      tables.kalshi_markets,
      cases.map(([ticker, strike_type, floor_strike, cap_strike, expiration_value]) =>
        market(ticker, { strike_type, floor_strike, cap_strike, expiration_value }),
      ),
    );
    const rows = await lake.read(
      "SELECT market_ticker, recomputed, agreement FROM settled_brackets ORDER BY market_ticker",
    );
    expect(rows).toEqual(
      cases.map(([market_ticker, , , , , recomputed]) => ({
        market_ticker,
        recomputed,
        agreement: recomputed === null ? "not_recomputable" : recomputed === "yes" ? "agree" : "disagree",
      })),
    );
  });

  it("counts a market once, as it was listed last, and only once it has settled with yes or no", async () => {
    lake.write(tables.kalshi_markets, [
      market("twice", { strike_type: "greater", floor_strike: 70, expiration_value: "70.00", result: "yes" }),
      market("twice", {
        window_at: at + 60_000,
        strike_type: "greater",
        floor_strike: 70,
        expiration_value: "70.00",
        result: "no",
      }),
      market("open", { status: "active", result: "" }),
      market("determined", { status: "determined" }),
      market("scalar", { result: "scalar" }),
    ]);
    expect(
      await lake.read(
        "SELECT market_ticker, agreement FROM settled_brackets WHERE market_ticker IN ('twice', 'open', 'determined', 'scalar')",
      ),
    ).toEqual([{ market_ticker: "twice", agreement: "agree" }]);
  });
});
