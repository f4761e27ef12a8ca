/**
 * Kalshi's stream: books, trades, the settlement index, and the coming and going of markets.
 */
import { eventOfTicker } from "../market/tickers.ts";
import { type BestRange, widened } from "../market/best-range.ts";
import type { OrderBook } from "../market/order-book.ts";
import { SynchronisedBooks } from "../market/synchronised-books.ts";
import { kalshiFrames } from "../market/stream-frames.ts";
import type {
  AcknowledgedEvent,
  BookDeltaEvent,
  BookSnapshotEvent,
  IndexPrintEvent,
  MarketTickerEvent,
  MarketTradeEvent,
  RejectedEvent,
  StreamEvent,
} from "./event.ts";
import { KalshiMarkets, type ListedMarket } from "./kalshi-markets.ts";
import { KalshiSubscriptions } from "./kalshi-subscriptions.ts";
import type { NewestBooks } from "./newest.ts";
import {
  countSkew,
  farOff,
  type FrameOutcome,
  type HandOver,
  isFarOff,
  type Leave,
  provenance,
  type Session,
  type SessionSink,
  type TickOutcome,
} from "./session.ts";

const second = 1_000;
/** Books whose change came in this second are written a little later: another change of it may be on its way. */
const topGraceMs = 2_000;
/** A book that was asked for and has not come by then is asked for again. */
const answerWithinMs = 5_000;
/** A book that was lost and asked for so often is not coming back on this connection. */
const mostRequests = 3;
/** A market that never had a book (one that is not there yet, perhaps) is asked for at this pace then. */
const absentEveryMs = 60_000;
/** What Kalshi's own summary of a market says against our book counts when both have stood for so long. */
const tickerGraceMs = 5_000;
const distrustEveryMs = 60_000;
const crossedForMs = 5_000;
/** BRTI comes every second. */
const indexSilentMs = 30_000;
const indexPrintsKept = 180;
const depthLevels = 10;
/** Only of markets that close within this is the book part of the newest state. */
const soonMs = 20 * 60_000;

export interface KalshiStreamOptions {
  series: readonly string[];
  /** The settlement index. */
  indexId: string;
  /** Markets held at most; those that close first come first. */
  mostMarkets: number;
}

/** A second whose closing book is still to be written. */
interface OpenTop {
  /** Epoch s. */
  second: number;
  /** When its last change came, epoch ms. */
  receivedAt: number;
  /** What it went through; null when not all of that is known: the book came whole within it, for example. */
  range: BestRange | null;
}

export class KalshiSession implements Session {
  readonly #options: KalshiStreamOptions;
  readonly #markets: KalshiMarkets;
  readonly #decode = kalshiFrames({ useYesPrice: true });
  #books = new SynchronisedBooks();
  readonly #subscriptions: KalshiSubscriptions;
  #connection = "";
  #reconciledAt = 0;
  #openTops = new Map<string, OpenTop>();
  /** By market: its newest row, also of a connection before this one. */
  readonly #told = new Map<string, { second: number; inStep: boolean }>();
  /** When a book was asked for, and how often. */
  #requests = new Map<string, { at: number; times: number }>();
  #requestedAt = 0;
  #tickers = new Map<string, { event: MarketTickerEvent; at: number }>();
  #changedAt = new Map<string, number>();
  #distrusted = new Map<string, number>();
  #crossedSince = new Map<string, number>();
  #prints: IndexPrintEvent[] = [];
  #printAt: number | undefined;

  constructor(options: KalshiStreamOptions) {
    this.#options = options;
    this.#markets = new KalshiMarkets(options.series);
    this.#subscriptions = new KalshiSubscriptions(options.indexId);
  }

  /** Markets of a listing. */
  list(markets: readonly ListedMarket[]): void {
    this.#markets.list(markets);
    this.#reconciledAt = 0;
  }

  opened(connection: string, now: number): readonly string[] {
    this.#reset();
    this.#connection = connection;
    this.#reconciledAt = now;
    return this.#reconcile(now);
  }

  closed(now: number, sink: SessionSink): void {
    this.#reset();
    this.#tellLost(now, sink);
  }

  #reset(): void {
    this.#books = new SynchronisedBooks();
    this.#subscriptions.reset();
    this.#openTops = new Map();
    this.#requests = new Map();
    this.#requestedAt = 0;
    this.#tickers = new Map();
    this.#changedAt = new Map();
    this.#crossedSince = new Map();
    this.#printAt = undefined;
    this.#reconciledAt = 0;
  }

  /** Brings what is asked for in line with what is wanted. */
  #reconcile(now: number): string[] {
    const wanted = this.#markets.wanted(now, this.#options.mostMarkets);
    const wantedSet = new Set(wanted);
    for (const market of wanted) this.#books.expect(market);
    for (const market of [...this.#books.markets(), ...this.#told.keys()]) {
      if (!wantedSet.has(market)) this.#forget(market);
    }
    return this.#subscriptions.reconcile(wanted, now);
  }

  #forget(market: string): void {
    this.#books.forget(market);
    this.#openTops.delete(market);
    this.#told.delete(market);
    this.#requests.delete(market);
    this.#tickers.delete(market);
    this.#changedAt.delete(market);
    this.#distrusted.delete(market);
    this.#crossedSince.delete(market);
  }

  frame(text: string, now: number, sink: SessionSink): FrameOutcome {
    const decoded = this.#decode(text);
    if ("refusal" in decoded) return { sort: "other", send: [], refusal: decoded.refusal };
    const outcome: FrameOutcome = { sort: "other", send: [] };
    if (decoded.unread !== undefined) outcome.refusal = decoded.unread;
    for (const event of decoded.events) this.#take(event, now, sink, outcome);
    return outcome;
  }

  #take(event: StreamEvent, now: number, sink: SessionSink, outcome: FrameOutcome): void {
    if ("eventTime" in event && event.eventTime !== null && isFarOff(event.eventTime, now)) {
      outcome.refusal = farOff(event.eventTime, now);
      // Its number counts as missing: what it changed is not known.
      return;
    }
    switch (event.kind) {
      case "book-snapshot":
      case "book-delta":
        if (!this.#book(event, now, sink, outcome)) return;
        outcome.sort = "data";
        return;
      case "market-trade":
        outcome.sort = "data";
        this.#trade(event, now, sink);
        return;
      case "market-ticker":
        outcome.sort = "data";
        this.#tickers.set(event.market, { event, at: now });
        return;
      case "index-print":
        outcome.sort = "data";
        this.#print(event, now, sink);
        return;
      case "market-lifecycle":
        if (this.#markets.take(event, now)) outcome.send = this.#reconcile(now);
        return;
      case "acknowledged":
        outcome.sort = "acknowledged";
        outcome.send = this.#acknowledged(event, now, sink);
        return;
      case "rejected":
        this.#rejected(event, now, sink, outcome);
        return;
      default:
        if ("sid" in event && event.sid !== null && event.seq !== null) {
          this.#count(event.sid, event.seq, now, sink, outcome);
        }
    }
  }

  /** A number of a frame that is no book's. @returns false for one that had come before. */
  #count(sid: number, seq: number, now: number, sink: SessionSink, outcome: FrameOutcome): boolean {
    const order = this.#books.number(sid, seq);
    if (order === "repeat") sink.counts.repeats += 1;
    if (order === "gap") {
      sink.counts.gaps += 1;
      outcome.send = [...outcome.send, ...this.#resync(now, sink)];
    }
    return order !== "repeat";
  }

  /** @returns whether the frame could be placed in the order of its subscription. */
  #book(event: BookSnapshotEvent | BookDeltaEvent, now: number, sink: SessionSink, outcome: FrameOutcome): boolean {
    const { market } = event;
    if (event.sid === null || event.seq === null) {
      outcome.refusal = { path: event.sid === null ? "sid" : "seq", message: "missing, expected a whole number" };
      return false;
    }
    if (this.#books.isForeign(event.sid)) {
      sink.counts.repeats += 1;
      outcome.send = this.#subscriptions.letGo("orderbook_delta", event.sid, now);
      return true;
    }
    const at = Math.floor((event.eventTime ?? now) / second);
    const open = this.#openTops.get(market);
    // What is missing may have changed that second too.
    if (open !== undefined && open.second < at && this.#books.follows(event.sid, event.seq)) {
      this.#writeTop(market, open, sink);
    }
    const result = this.#books.apply(event);
    if (result === "repeat") sink.counts.repeats += 1;
    if (result === "gap") sink.counts.gaps += 1;
    if (result === "fault") sink.counts.faults += 1;
    if (result === "gap" || result === "fault") outcome.send = this.#resync(now, sink);
    if (result !== "applied" && !(result === "gap" && event.kind === "book-snapshot")) return true;
    if (event.kind === "book-snapshot") this.#requests.delete(market);
    else countSkew(sink.counts, event.eventTime, now);
    const book = this.#books.book(market);
    if (book === undefined) return true;
    if (book.crossed) {
      if (!this.#crossedSince.has(market)) this.#crossedSince.set(market, now);
    } else this.#crossedSince.delete(market);
    this.#changedAt.set(market, now);
    const newer = this.#openTops.get(market);
    const isPartlyKnown =
      event.kind === "book-snapshot" ||
      // This second's row was written before the change came: what that one went through is no longer at hand.
      (newer === undefined ? at <= (this.#told.get(market)?.second ?? 0) : newer.range === null);
    this.#openTops.set(market, {
      second: Math.max(at, newer?.second ?? at),
      receivedAt: now,
      range: isPartlyKnown ? null : widened(newer?.range ?? undefined, book),
    });
    return true;
  }

  /** Says which books were lost, and asks for those that were not asked for just now. */
  #resync(now: number, sink: SessionSink): string[] {
    this.#tellLost(now, sink);
    // A line that loses something every moment is not asked every moment.
    if (now - this.#requestedAt < second) return [];
    const due = [...this.#subscriptions.heldBooks].filter((market) => {
      if (this.#books.book(market) !== undefined) return false;
      const request = this.#requests.get(market);
      if (request === undefined) return this.#books.lost(market);
      const patience = request.times >= mostRequests ? absentEveryMs : answerWithinMs;
      return now - request.at >= patience;
    });
    // Apart, so that a market that is not there takes no book along into a refusal.
    const lost = this.#subscriptions.snapshots(
      due.filter((market) => this.#books.lost(market)),
      now,
    );
    const absent = this.#subscriptions.snapshots(
      due.filter((market) => !this.#books.lost(market)),
      now,
    );
    const asked = [...lost.asked, ...absent.asked];
    if (asked.length > 0) this.#requestedAt = now;
    sink.counts.resyncs += asked.length;
    for (const market of asked) {
      this.#requests.set(market, { at: now, times: (this.#requests.get(market)?.times ?? 0) + 1 });
    }
    return [...lost.send, ...absent.send];
  }

  showOpen(sink: SessionSink): void {
    // What the rest of the second goes through is not known yet.
    for (const [market, top] of this.#openTops) this.#showTop(market, { ...top, range: null }, sink);
  }

  #writeTop(market: string, top: OpenTop, sink: SessionSink): void {
    this.#openTops.delete(market);
    this.#showTop(market, top, sink);
  }

  #showTop(market: string, top: OpenTop, sink: SessionSink): void {
    const book = this.#books.book(market);
    if (book === undefined) return;
    if (book.crossed) this.#writeLost(market, top, sink);
    else this.#write(market, top, book, sink);
  }

  #tellLost(now: number, sink: SessionSink): void {
    for (const market of this.#told.keys()) {
      if (this.#books.book(market) !== undefined) continue;
      this.#writeLost(market, { second: Math.floor(now / second), receivedAt: now }, sink);
    }
  }

  /** Once a loss, never before the row that it takes back, and nothing of a market without one. */
  #writeLost(market: string, at: Omit<OpenTop, "range">, sink: SessionSink): void {
    const told = this.#told.get(market);
    if (told === undefined || !told.inStep) return;
    this.#write(market, { ...at, second: Math.max(at.second, told.second), range: null }, undefined, sink);
  }

  /** @param book Undefined when it is not known from then on. */
  #write(market: string, top: OpenTop, book: OrderBook | undefined, { rows }: SessionSink): void {
    this.#told.set(market, { second: top.second, inStep: book !== undefined });
    const bids = book?.bids.depth(depthLevels) ?? [];
    const asks = book?.asks.depth(depthLevels) ?? [];
    const { range } = top;
    const bookAt = top.second * second;
    rows.put("book_tops", `${market}/${bookAt}`, {
      market_ticker: market,
      origin: "stream",
      book_at: bookAt,
      received_at: top.receivedAt,
      sequence: book === undefined ? null : this.#books.sequence(market),
      yes_bid: bids[0]?.[0] ?? null,
      yes_bid_size: bids[0]?.[1] ?? null,
      yes_ask: asks[0]?.[0] ?? null,
      yes_ask_size: asks[0]?.[1] ?? null,
      bids: JSON.stringify(bids),
      asks: JSON.stringify(asks),
      in_step: book !== undefined,
      yes_bid_low: range?.bidLow ?? null,
      yes_bid_high: range?.bidHigh ?? null,
      yes_ask_low: range?.askLow ?? null,
      yes_ask_high: range?.askHigh ?? null,
      ...provenance(this.#connection, top.receivedAt),
    });
  }

  #trade(event: MarketTradeEvent, now: number, { rows }: SessionSink): void {
    rows.put("market_trades", event.tradeId, {
      trade_id: event.tradeId,
      market_ticker: event.market,
      event_ticker: eventOfTicker(event.market),
      created_at: event.eventTime,
      yes_price: event.yesPrice,
      contracts: event.contracts,
      taker_side: event.takerSide,
      is_block_trade: event.blockTrade,
      ...provenance(this.#connection, now),
    });
  }

  #print(event: IndexPrintEvent, now: number, sink: SessionSink): void {
    const outcome: FrameOutcome = { sort: "data", send: [] };
    if (event.sid !== null && event.seq !== null && !this.#count(event.sid, event.seq, now, sink, outcome)) return;
    countSkew(sink.counts, event.eventTime, now);
    this.#printAt = now;
    const last = this.#prints.at(-1);
    if (last === undefined || last.eventTime < event.eventTime) {
      this.#prints.push(event);
      if (this.#prints.length > indexPrintsKept) this.#prints.shift();
    }
    sink.rows.put("index_prints", `${event.indexId}/${event.eventTime}`, {
      index_id: event.indexId,
      print_at: event.eventTime,
      value: event.value,
      average_60s: event.average60s?.value ?? null,
      average_60s_prints: event.average60s?.prints ?? null,
      average_60s_end: event.average60s?.endExclusive ?? null,
      quarter_hour_average: event.quarterHour?.value ?? null,
      quarter_hour_prints: event.quarterHour?.prints ?? null,
      venue_received_at: event.venueReceivedAt,
      received_at: now,
      ...provenance(this.#connection, now),
    });
  }

  #acknowledged(event: AcknowledgedEvent, now: number, sink: SessionSink): readonly string[] {
    const outcome: FrameOutcome = { sort: "acknowledged", send: [] };
    if (event.sid !== null && event.seq !== null) this.#count(event.sid, event.seq, now, sink, outcome);
    const { taken, send } = this.#subscriptions.acknowledged(event, now);
    if (taken === undefined) return [...outcome.send, ...send];
    this.#books.follow(this.#subscriptions.booksSid);
    if (taken.channel === "orderbook_delta" && (taken.action === "subscribe" || taken.action === "add")) {
      // From here on its snapshot is awaited.
      for (const market of taken.markets) {
        if (this.#books.book(market) === undefined && !this.#requests.has(market)) {
          this.#requests.set(market, { at: now, times: 0 });
        }
      }
    }
    return [...outcome.send, ...this.#reconcile(now)];
  }

  #rejected(event: RejectedEvent, now: number, sink: SessionSink, outcome: FrameOutcome): void {
    const said = `Kalshi error ${event.code ?? ""}: ${event.message}`;
    outcome.refusal = { path: "msg.code", message: said };
    if (event.terminal || event.code === 9) {
      outcome.leave = { reason: said, asked: false };
      return;
    }
    const { refused, leave } = this.#subscriptions.rejected(event, now);
    if (leave !== undefined) outcome.leave = leave;
    this.#books.follow(this.#subscriptions.booksSid);
    this.#tellLost(now, sink);
    if (refused?.action !== "snapshot" || refused.markets.length === 1) return;
    // In halves, at once: the command asked for nothing yet.
    for (const market of refused.markets) {
      const request = this.#requests.get(market);
      if (request !== undefined) this.#requests.set(market, { at: 0, times: request.times - 1 });
    }
  }

  tick(now: number, sink: SessionSink): TickOutcome {
    for (const [market, top] of this.#openTops) {
      if ((top.second + 1) * second + topGraceMs <= now) this.#writeTop(market, top, sink);
    }
    if (now - this.#reconciledAt < second) return { send: [] };
    this.#reconciledAt = now;
    this.#doubt(now, sink);
    const send = [...this.#reconcile(now), ...this.#resync(now, sink)];
    const leave = this.#hopeless(now);
    return leave === undefined ? { send } : { send, leave };
  }

  /** Books that contradict themselves, or what Kalshi's own summary of the market has said for a while. */
  #doubt(now: number, { counts }: SessionSink): void {
    const distrust = (market: string) => {
      if (now - (this.#distrusted.get(market) ?? Number.NEGATIVE_INFINITY) < distrustEveryMs) return;
      this.#distrusted.set(market, now);
      this.#crossedSince.delete(market);
      this.#books.distrust(market);
      counts.faults += 1;
    };
    for (const [market, since] of this.#crossedSince) if (now - since > crossedForMs) distrust(market);
    for (const [market, { event, at }] of this.#tickers) {
      if (now - at < tickerGraceMs) continue;
      this.#tickers.delete(market);
      const book = this.#books.book(market);
      const changed = this.#changedAt.get(market) ?? 0;
      // A book that changed since then says something newer.
      if (book === undefined || book.crossed || changed > at) continue;
      const same = (best: number, said: number | null) => (said === null ? Number.isNaN(best) : best === said);
      if (!same(book.bids.bestPrice, event.yesBid) || !same(book.asks.bestPrice, event.yesAsk)) distrust(market);
    }
  }

  #hopeless(now: number): Leave | undefined {
    for (const [market, { at, times }] of this.#requests) {
      if (times >= mostRequests && now - at >= answerWithinMs && this.#books.lost(market)) {
        return { reason: `the book of ${market} was asked for ${times} times and did not come`, asked: false };
      }
    }
    if (this.#printAt !== undefined && now - this.#printAt > indexSilentMs) {
      return { reason: `no print of ${this.#options.indexId} for ${indexSilentMs} ms`, asked: false };
    }
    return undefined;
  }

  coverage(): { products: number; unquotable: number } {
    return { products: this.#books.size, unquotable: this.#books.outOfStep };
  }

  /** The prints of the last minutes, and the books of the markets that close soon; the others are in the minute's parts. */
  newest(now: number): NewestBooks {
    const closes: Record<string, number> = {};
    const books = [...this.#books.markets()].flatMap((market) => {
      const closeAt = this.#markets.closesAt(market);
      const book = this.#books.book(market);
      if (closeAt === null || closeAt - now > soonMs || book === undefined || book.crossed) return [];
      const or = (value: number) => (Number.isNaN(value) ? null : value);
      const { bids, asks } = book;
      closes[eventOfTicker(market)] = closeAt;
      return [[market, [or(bids.bestPrice), bids.bestSize, or(asks.bestPrice), asks.bestSize]] as const];
    });
    return {
      index_id: this.#options.indexId,
      prints: this.#prints.map(({ eventTime, value }) => [eventTime, value]),
      books: Object.fromEntries(books),
      closes,
    };
  }

  handOver(now: number): HandOver {
    return { lastTrades: {}, markets: this.#markets.soon(now, this.#options.mostMarkets) };
  }

  resume({ markets }: HandOver): void {
    this.list(markets);
  }

  /** The book of a market in step, else undefined. */
  bookOf(market: string) {
    return this.#books.book(market);
  }
}
