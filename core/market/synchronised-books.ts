/**
 * Books kept in step with a stream of snapshots and signed changes. Numbers run per subscription over all its markets and
 * replies, so that one lost frame puts every book of the subscription out of step until its next snapshot.
 */
import type { BookDeltaEvent, BookSnapshotEvent } from "../stream/event.ts";
import { OrderBook } from "./order-book.ts";

/**
 * applied: the book is as the frame says. waiting: a change of a book that is out of step, left out. repeat: an old number,
 * left out. gap: numbers are missing; all books of the subscription are out of step, but for the one that this frame
 * brings whole. fault: the change contradicts the book, which is out of step now.
 */
export type BookOutcome = "applied" | "waiting" | "repeat" | "gap" | "fault";

interface Tracked {
  book: OrderBook;
  inStep: boolean;
  /** Whether it was ever in step. */
  seen: boolean;
  sid: number | null;
  sequence: number | null;
}

export class SynchronisedBooks {
  readonly #books = new Map<string, Tracked>();
  readonly #numbers = new Map<number, number>();
  #outOfStep = 0;
  /** The subscription by which books come; undefined while it is not known. */
  #followed: number | undefined;

  /** Expects the market; out of step until its snapshot comes. */
  expect(market: string): void {
    if (this.#books.has(market)) return;
    this.#books.set(market, { book: new OrderBook(), inStep: false, seen: false, sid: null, sequence: null });
    this.#outOfStep += 1;
  }

  forget(market: string): void {
    const tracked = this.#books.get(market);
    if (tracked === undefined) return;
    if (!tracked.inStep) this.#outOfStep -= 1;
    this.#books.delete(market);
  }

  /** The book, or undefined when it is out of step: then nothing may be priced by it. */
  book(market: string): OrderBook | undefined {
    const tracked = this.#books.get(market);
    return tracked?.inStep === true ? tracked.book : undefined;
  }

  /** Number of the newest frame that changed the book. */
  sequence(market: string): number | null {
    return this.#books.get(market)?.sequence ?? null;
  }

  markets(): IterableIterator<string> {
    return this.#books.keys();
  }

  get size(): number {
    return this.#books.size;
  }

  get outOfStep(): number {
    return this.#outOfStep;
  }

  /** Whether the book had been in step and is no longer. */
  lost(market: string): boolean {
    const tracked = this.#books.get(market);
    return tracked !== undefined && !tracked.inStep && tracked.seen;
  }

  /** From now on books come by this subscription. Those that came by another one are out of step. */
  follow(sid: number | undefined): void {
    if (sid === this.#followed) return;
    this.#followed = sid;
    for (const tracked of this.#books.values()) if (tracked.sid !== sid) this.#leaveStep(tracked);
  }

  /** Whether it is another subscription than the one that is followed: its changes are told by that one too. */
  isForeign(sid: number): boolean {
    return this.#followed !== undefined && sid !== this.#followed;
  }

  /** Whether no number of the subscription is missing before this one. */
  follows(sid: number, seq: number): boolean {
    const last = this.#numbers.get(sid);
    return last === undefined || seq <= last + 1;
  }

  /** Counts a number of a subscription, of a frame of any kind. */
  number(sid: number, seq: number): "next" | "repeat" | "gap" {
    const last = this.#numbers.get(sid);
    if (last !== undefined && seq <= last) return "repeat";
    const follows = this.follows(sid, seq);
    this.#numbers.set(sid, seq);
    if (follows) return "next";
    for (const tracked of this.#books.values()) {
      if (tracked.sid === null || tracked.sid === sid) this.#leaveStep(tracked);
    }
    return "gap";
  }

  /** The book is not believed any longer (it stayed crossed, for example). */
  distrust(market: string): void {
    const tracked = this.#books.get(market);
    if (tracked !== undefined) this.#leaveStep(tracked);
  }

  /** Frames of markets that nobody expects count their number and change nothing. */
  apply(event: BookSnapshotEvent | BookDeltaEvent): BookOutcome {
    const { sid, seq } = event;
    // Without a number nobody can say whether a frame is missing.
    if (sid === null || seq === null) return "fault";
    const order = this.number(sid, seq);
    if (order === "repeat") return "repeat";
    const tracked = this.#books.get(event.market);
    if (tracked === undefined) return order === "gap" ? "gap" : "waiting";
    if (event.kind === "book-snapshot") {
      const { book } = tracked;
      book.bids.load(event.bids);
      book.asks.load(event.asks);
      tracked.sid = sid;
      tracked.sequence = seq;
      tracked.seen = true;
      if (!tracked.inStep) {
        tracked.inStep = true;
        this.#outOfStep -= 1;
      }
      return order === "gap" ? "gap" : "applied";
    }
    if (order === "gap") return "gap";
    if (!tracked.inStep) return "waiting";
    const { book } = tracked;
    const size = (event.side === "bid" ? book.bids : book.asks).add(event.price, event.change);
    if (size < 0) {
      this.#leaveStep(tracked);
      return "fault";
    }
    tracked.sequence = seq;
    return "applied";
  }

  #leaveStep(tracked: Tracked): void {
    if (!tracked.inStep) return;
    tracked.inStep = false;
    this.#outOfStep += 1;
  }
}
