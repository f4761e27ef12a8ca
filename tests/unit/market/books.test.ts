import { describe, expect, it } from "vitest";
import { decodeBook } from "../../../core/market/books.ts";
import { noFindings } from "../../../core/market/findings.ts";

function decode(body: unknown) {
  const findings = noFindings();
  return { book: decodeBook(body, findings), faults: findings.faults };
}
const sides = (yes_dollars: unknown, no_dollars: unknown) => ({ orderbook_fp: { yes_dollars, no_dollars } });

describe("order books", () => {
  it("takes the best bid from the end and the ask from the other side", () => {
    const { book } = decode(
      sides(
        [
          ["0.0100", "100.00"],
          ["0.4100", "15.25"],
        ],
        [
          ["0.0200", "5.00"],
          ["0.5600", "7.00"],
        ],
      ),
    );
    expect(book?.yesBid).toStrictEqual({ price: 410_000, size: 1_525 });
    expect(book?.yesAsk).toStrictEqual({ price: 440_000, size: 700 });
    expect(book?.yes).toHaveLength(2);
  });

  it.each([
    ["null", sides(null, null)],
    ["empty", sides([], [])],
    ["missing", { orderbook_fp: {} }],
  ])("a side that is %s has no bids", (_what, body) => {
    expect(decode(body).book).toStrictEqual({ yes: [], no: [], yesBid: null, yesAsk: null });
  });

  it("has an ask without a bid", () => {
    expect(decode(sides(null, [["0.9400", "14.00"]])).book).toMatchObject({
      yesBid: null,
      yesAsk: { price: 60_000, size: 1_400 },
    });
  });

  it.each([
    ["the old envelope", { orderbook: { yes: null, no: null } }, "orderbook"],
    ["no envelope", {}, "orderbook_fp"],
    ["a re-typed envelope", { orderbook_fp: [] }, "orderbook_fp"],
    ["renamed sides", { orderbook_fp: { yes_dollars_fp: [], no_dollars_fp: [] } }, "orderbook_fp.yes_dollars_fp"],
    [
      "whole cents beside dollars",
      { orderbook_fp: { yes: [[41, 15]], yes_dollars: [], no_dollars: [] } },
      "orderbook_fp.yes",
    ],
    ["a number as price", sides([[0.41, "15.00"]], []), "orderbook_fp.yes_dollars[0][0]"],
    ["a level of three", sides([["0.41", "15.00", "x"]], []), "orderbook_fp.yes_dollars[0]"],
    [
      "best first",
      sides(
        [
          ["0.4100", "15.00"],
          ["0.0100", "1.00"],
        ],
        [],
      ),
      "orderbook_fp.yes_dollars[1][0]",
    ],
    [
      "a level twice",
      sides(
        [],
        [
          ["0.4100", "15.00"],
          ["0.4100", "1.00"],
        ],
      ),
      "orderbook_fp.no_dollars[1][0]",
    ],
    ["a level at a dollar", sides([["1.0000", "15.00"]], []), "orderbook_fp.yes_dollars[0][0]"],
    ["a level without size", sides([["0.4100", "0.00"]], []), "orderbook_fp.yes_dollars[0][1]"],
    ["a crossed book", sides([["0.4100", "15.00"]], [["0.5900", "1.00"]]), "orderbook_fp.yes_dollars"],
    ["a side of another type", sides("none", []), "orderbook_fp.yes_dollars"],
  ])("refuses %s", (_what, body, path) => {
    const { book, faults } = decode(body);
    expect(book).toBeUndefined();
    expect(faults[0]?.path).toBe(path);
  });
});
