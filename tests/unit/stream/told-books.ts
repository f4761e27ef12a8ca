/** Reads along what a session writes of Kalshi's books, and holds the newest row of each market against what it knows. */
import type { KalshiSession } from "../../../core/stream/kalshi-session.ts";
import type { SessionSink } from "../../../core/stream/session.ts";
import type { TableRow } from "../../../schemas/index.ts";

export class ToldBooks {
  /** By market: the row that was written last. */
  readonly newest = new Map<string, TableRow<"book_tops">>();
  /** Every row, in the order of writing. */
  readonly rows: TableRow<"book_tops">[] = [];
  /** Rows that took another one back. */
  losses = 0;
  readonly #session: KalshiSession;
  readonly #sinks = new WeakSet<SessionSink>();

  constructor(session: KalshiSession) {
    this.#session = session;
  }

  /** To be called before the sink is written to. */
  listen(sink: SessionSink): void {
    if (this.#sinks.has(sink)) return;
    this.#sinks.add(sink);
    const put = sink.rows.put.bind(sink.rows);
    sink.rows.put = (table, key, row) => {
      if (table === "book_tops") this.#take(row as TableRow<"book_tops">);
      put(table, key, row);
    };
  }

  #take(row: TableRow<"book_tops">): void {
    const { market_ticker: market, book_at, in_step, yes_bid, yes_ask, bids, asks } = row;
    const before = this.newest.get(market);
    if (in_step === true) {
      const book = this.#session.bookOf(market);
      const isOurs = bids === JSON.stringify(book?.bids.depth(10)) && asks === JSON.stringify(book?.asks.depth(10));
      const [bid, ask] = [yes_bid ?? 0, yes_ask ?? 1_000_000];
      const isWithin =
        (row.yes_bid_low ?? bid) <= bid &&
        (row.yes_bid_high ?? bid) >= bid &&
        (row.yes_ask_low ?? ask) <= ask &&
        (row.yes_ask_high ?? ask) >= ask;
      if (!isOurs || !isWithin) throw new Error(`${market} at ${book_at}: not the book, ${JSON.stringify(row)}`);
    } else {
      this.losses += 1;
      const isEmpty = yes_bid === null && yes_ask === null && bids === "[]" && asks === "[]";
      if (in_step !== false || !isEmpty)
        throw new Error(`${market}: neither a book nor a loss, ${JSON.stringify(row)}`);
      if (before?.in_step !== true) throw new Error(`${market}: lost twice, or never shown`);
      if (book_at < before.book_at) throw new Error(`${market}: lost at ${book_at}, before its last row`);
    }
    this.newest.set(market, row);
    this.rows.push(row);
  }

  /** @param isHeld whether the session still follows the market. */
  check(isHeld: (market: string) => boolean): void {
    for (const [market, { in_step }] of this.newest) {
      if (in_step !== true || this.#session.bookOf(market) !== undefined || !isHeld(market)) continue;
      throw new Error(`${market}: the newest row shows a book that is lost`);
    }
  }
}
