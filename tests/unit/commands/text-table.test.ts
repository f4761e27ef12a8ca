import { describe, expect, it } from "vitest";
import { textTable } from "../../../runtime/text-table.ts";

describe("a table for people", () => {
  it("puts numbers to the right, with or without units, and text to the left", () => {
    expect(
      textTable(
        ["gate", "n", "edge"],
        [
          ["thin", 7, "+1.2¢"],
          ["no_quote", 1663, "–"],
        ],
      ).split("\n"),
    ).toEqual(["gate         n   edge", "--------  ----  -----", "thin         7  +1.2¢", "no_quote  1663      –"]);
  });

  it("tells NULL from an empty text, and keeps one line a row", () => {
    const [, , row] = textTable(["a", "b", "c"], [[null, "", "two\nlines"]]).split("\n");
    expect(row).toBe("NULL     two lines");
  });

  it("cuts what is too wide and says so", () => {
    expect(textTable(["a"], [["x".repeat(100)]], 10).split("\n")[2]).toBe(`${"x".repeat(9)}…`);
  });

  it("shows integers beyond 2^53 and lists whole", () => {
    expect(textTable(["n", "pmf"], [[9007199254740993n, [0.5, null]]]).split("\n")[2]).toBe(
      "9007199254740993  [0.5, NULL]",
    );
  });
});
