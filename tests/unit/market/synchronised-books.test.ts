import { describe, expect, it } from "vitest";
import { SynchronisedBooks } from "../../../core/market/synchronised-books.ts";
import type { BookDeltaEvent, BookSnapshotEvent } from "../../../core/stream/event.ts";

const snapshot = (market: string, seq: number, sid = 1): BookSnapshotEvent => ({
  kind: "book-snapshot",
  sid,
  seq,
  market,
  bids: [[300_000, 500]],
  asks: [[600_000, 200]],
  eventTime: null,
});
const delta = (market: string, seq: number, change = 100, sid = 1): BookDeltaEvent => ({
  kind: "book-delta",
  sid,
  seq,
  market,
  side: "bid",
  price: 310_000,
  change,
  eventTime: null,
});

function inStep(): SynchronisedBooks {
  const books = new SynchronisedBooks();
  books.expect("A");
  books.expect("B");
  books.apply(snapshot("A", 1));
  books.apply(snapshot("B", 2));
  return books;
}

describe("books kept in step", () => {
  it("has no book before its snapshot, and one after", () => {
    const books = new SynchronisedBooks();
    books.expect("A");
    expect(books.apply(delta("A", 1))).toBe("waiting");
    expect(books.book("A")).toBeUndefined();
    expect(books.lost("A")).toBe(false);
    expect(books.apply(snapshot("A", 2))).toBe("applied");
    expect(books.apply(delta("A", 3))).toBe("applied");
    expect(books.book("A")?.bids.depth(2)).toEqual([
      [310_000, 100],
      [300_000, 500],
    ]);
    expect(books.sequence("A")).toBe(3);
  });

  it("puts every book of the subscription out of step at a gap, until its own snapshot", () => {
    const books = inStep();
    expect(books.apply(delta("A", 4))).toBe("gap");
    expect(books.outOfStep).toBe(2);
    expect(books.book("A")).toBeUndefined();
    expect(books.book("B")).toBeUndefined();
    expect(books.lost("B")).toBe(true);
    expect(books.apply(delta("A", 5))).toBe("waiting");
    expect(books.apply(snapshot("A", 6))).toBe("applied");
    expect(books.book("A")?.bids.depth(5)).toEqual([[300_000, 500]]);
    expect(books.book("B")).toBeUndefined();
    expect(books.outOfStep).toBe(1);
  });

  it("lets a reply consume a number", () => {
    const books = inStep();
    expect(books.number(1, 3)).toBe("next");
    expect(books.apply(delta("A", 4))).toBe("applied");
  });

  it("takes a lost reply as a gap: it could as well have been a change", () => {
    const books = inStep();
    expect(books.number(1, 4)).toBe("gap");
    expect(books.book("B")).toBeUndefined();
  });

  it("leaves out what came before", () => {
    const books = inStep();
    expect(books.apply(delta("A", 3))).toBe("applied");
    expect(books.apply(delta("A", 3))).toBe("repeat");
    expect(books.apply(snapshot("A", 1))).toBe("repeat");
    expect(books.book("A")?.bids.bestSize).toBe(100);
  });

  it("counts each subscription for itself", () => {
    const books = inStep();
    expect(books.number(2, 900)).toBe("next");
    expect(books.number(2, 950)).toBe("gap");
    expect(books.outOfStep).toBe(0);
    expect(books.apply(delta("A", 3))).toBe("applied");
  });

  it("does not believe a book whose level would fall below 0", () => {
    const books = inStep();
    expect(books.apply(delta("A", 3, -1))).toBe("fault");
    expect(books.book("A")).toBeUndefined();
    expect(books.book("B")).toBeDefined();
  });

  it("takes no frame without a number", () => {
    const books = inStep();
    expect(books.apply({ ...delta("A", 3), seq: null })).toBe("fault");
    expect(books.apply({ ...delta("A", 3), sid: null })).toBe("fault");
    expect(books.book("A")?.bids.bestPrice).toBe(300_000);
  });

  it("counts the number of a market that nobody expects, and nothing else of it", () => {
    const books = inStep();
    expect(books.apply(snapshot("C", 3))).toBe("waiting");
    expect(books.book("C")).toBeUndefined();
    expect(books.apply(delta("A", 4))).toBe("applied");
    books.forget("A");
    expect([books.size, books.outOfStep]).toEqual([1, 0]);
  });
});
