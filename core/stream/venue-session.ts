/** A spot venue's stream: quotes by the second, trades by their id, and the newest of both. */
import { OrderBook } from "../market/order-book.ts";
import { levelDecimals, type LevelsEvent, type QuoteEvent, type StreamEvent, type TradeEvent } from "./event.ts";
import type { NewestQuotes } from "./newest.ts";
import { PriceBuffer } from "./price-buffer.ts";
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
import type { VenueStream } from "./venue-stream.ts";

const second = 1_000;
/** Five minutes of returns, and what the step of a second needs. */
const keepPricesMs = 310_000;
/** A book that stays crossed for so long has lost a change. */
const crossedForMs = 5_000;
const unit = 10 ** levelDecimals;

interface Product {
  /** Undefined until a snapshot came: then quotes are taken from the book alone. */
  book: OrderBook | undefined;
  crossedSince: number | undefined;
  quote: (QuoteEvent & { receivedAt: number }) | undefined;
  prices: PriceBuffer;
}

export class VenueSession implements Session {
  readonly #venue: VenueStream;
  readonly #products: ReadonlyMap<string, Product>;
  readonly #lastTrades = new Map<string, number>();
  #connection = "";
  #openedAt = 0;

  constructor(venue: VenueStream) {
    this.#venue = venue;
    this.#products = new Map(
      venue.products.map((name) => [
        name,
        { book: undefined, crossedSince: undefined, quote: undefined, prices: new PriceBuffer(keepPricesMs) },
      ]),
    );
  }

  opened(connection: string, now: number): readonly string[] {
    this.#connection = connection;
    this.#openedAt = now;
    this.closed();
    return this.#venue.subscribe();
  }

  closed(): void {
    for (const product of this.#products.values()) {
      product.book = undefined;
      product.crossedSince = undefined;
      product.quote = undefined;
      product.prices.clear();
    }
  }

  frame(text: string, now: number, sink: SessionSink): FrameOutcome {
    const decoded = this.#venue.decode(text);
    if ("refusal" in decoded) {
      const { refusal } = decoded;
      // It may have been a change of a book: nothing says which, and changes carry no numbers.
      const books = [...this.#products.values()].some(({ book }) => book !== undefined);
      const leave: Leave = { reason: "a frame between changes of a book could not be read", asked: false };
      return books ? { sort: "other", send: [], refusal, leave } : { sort: "other", send: [], refusal };
    }
    const outcome: FrameOutcome = { sort: "other", send: [] };
    for (const event of decoded.events) this.#take(event, now, sink, outcome);
    return outcome;
  }

  #take(event: StreamEvent, now: number, sink: SessionSink, outcome: FrameOutcome): void {
    switch (event.kind) {
      case "quote":
      case "trade":
      case "levels": {
        const product = this.#products.get(event.product);
        if (product === undefined) return;
        if (event.eventTime !== null && isFarOff(event.eventTime, now)) {
          outcome.refusal = farOff(event.eventTime, now);
          return;
        }
        outcome.sort = "data";
        // The first frames of a connection repeat what was.
        if (event.kind !== "trade") countSkew(sink.counts, event.eventTime, now);
        if (event.kind === "trade") this.#trade(event, now, sink);
        else if (event.kind === "levels") this.#levels(product, event, now, sink);
        else if (product.book === undefined) this.#quote(product, event, now, sink);
        return;
      }
      case "heartbeat":
        if (event.product !== null && event.lastTradeId !== null) this.#heard(event.product, event.lastTradeId, sink);
        return;
      case "acknowledged":
        if (outcome.sort === "other") outcome.sort = "acknowledged";
        return;
      case "reconnect":
        outcome.leave = { reason: event.reason, asked: true };
        return;
      case "rejected":
        outcome.refusal = { path: "", message: `the venue refused: ${event.message}` };
        return;
      default:
    }
  }

  #quote(product: Product, event: QuoteEvent, now: number, sink: SessionSink): void {
    const { quote: before } = product;
    const stale =
      before !== undefined &&
      (event.sequence !== null && before.sequence !== null
        ? event.sequence <= before.sequence
        : event.eventTime !== null && before.eventTime !== null && event.eventTime < before.eventTime);
    if (stale) {
      sink.counts.repeats += 1;
      return;
    }
    if (event.bid >= event.ask) return;
    product.quote = { ...event, receivedAt: now };
    product.prices.push(now, (event.bid + event.ask) / 2);
    const quoteAt = Math.floor((event.eventTime ?? now) / second) * second;
    sink.rows.put("venue_quotes", `${this.#venue.id}/${event.product}/${quoteAt}`, {
      venue: this.#venue.id,
      product: event.product,
      origin: "stream",
      quote_at: quoteAt,
      event_time: event.eventTime,
      received_at: now,
      sequence: event.sequence,
      bid: event.bid,
      ask: event.ask,
      bid_size: event.bidSize,
      ask_size: event.askSize,
      ...provenance(this.#connection, now),
    });
  }

  #levels(product: Product, event: LevelsEvent, now: number, sink: SessionSink): void {
    if (event.snapshot) {
      product.book = new OrderBook();
      product.book.bids.load(event.bids);
      product.book.asks.load(event.asks);
    }
    const { book } = product;
    // Changes before the snapshot change nothing that is known.
    if (book === undefined) return;
    if (!event.snapshot) {
      for (const [price, size] of event.bids) book.bids.set(price, size);
      for (const [price, size] of event.asks) book.asks.set(price, size);
    }
    if (book.bids.length === 0 || book.asks.length === 0) return;
    if (book.crossed) {
      product.crossedSince ??= now;
      return;
    }
    product.crossedSince = undefined;
    const quote: QuoteEvent = {
      kind: "quote",
      product: event.product,
      bid: book.bids.bestPrice / unit,
      ask: book.asks.bestPrice / unit,
      bidSize: book.bids.bestSize / unit,
      askSize: book.asks.bestSize / unit,
      eventTime: event.eventTime,
      sequence: null,
    };
    this.#quote(product, quote, now, sink);
  }

  #trade(event: TradeEvent, now: number, sink: SessionSink): void {
    if (event.consecutive) this.#heard(event.product, Number(event.tradeId) - 1, sink);
    const id = Number(event.tradeId);
    const last = this.#lastTrades.get(event.product);
    if (last !== undefined && id <= last) sink.counts.repeats += 1;
    else this.#lastTrades.set(event.product, id);
    sink.rows.put("venue_trades", `${this.#venue.id}/${event.product}/${event.tradeId}`, {
      venue: this.#venue.id,
      product: event.product,
      trade_id: event.tradeId,
      event_time: event.eventTime,
      received_at: now,
      price: event.price,
      size: event.size,
      taker_side: event.takerSide,
      ...provenance(this.#connection, now),
    });
  }

  /** Trades up to `id` have been made; those after the last one seen are lost. */
  #heard(product: string, id: number, { counts }: SessionSink): void {
    const last = this.#lastTrades.get(product);
    if (last === undefined || id <= last) return;
    counts.lostTrades += id - last;
    counts.gaps += 1;
    this.#lastTrades.set(product, id);
  }

  tick(now: number, { counts }: SessionSink): TickOutcome {
    for (const [name, { crossedSince }] of this.#products) {
      if (crossedSince === undefined || now - crossedSince <= crossedForMs) continue;
      counts.faults += 1;
      const leave: Leave = { reason: `the book of ${name} stayed crossed`, asked: false };
      return { send: [], leave };
    }
    const silent = this.#withoutQuotes(now);
    if (silent === undefined) return { send: [] };
    const reason = `no quote of ${silent} for ${this.#venue.silentAfterMs} ms`;
    return { send: [], leave: { reason, asked: false } };
  }

  /**
   * The pair whose quotes were not subscribed, or have stopped: trades keep its connection alive. Only the first pair is looked
   * at: that the rate of a second one stands for a while, or is no longer offered, is no reason to leave.
   */
  #withoutQuotes(now: number): string | undefined {
    const { silentAfterMs, products } = this.#venue;
    const [name = ""] = products;
    const quotedAt = this.#products.get(name)?.quote?.receivedAt ?? 0;
    return now - Math.max(this.#openedAt, quotedAt) > silentAfterMs ? name : undefined;
  }

  coverage(now: number): { products: number; unquotable: number } {
    const { silentAfterMs } = this.#venue;
    const fresh = [...this.#products.values()].filter(
      ({ quote, crossedSince }) =>
        quote !== undefined && crossedSince === undefined && now - quote.receivedAt <= silentAfterMs,
    );
    return { products: this.#products.size, unquotable: this.#products.size - fresh.length };
  }

  newest(now: number): NewestQuotes {
    const quotes = [...this.#products].flatMap(([name, { quote, prices, crossedSince }]) =>
      quote === undefined || crossedSince !== undefined
        ? []
        : [
            [
              name,
              {
                bid: quote.bid,
                ask: quote.ask,
                bid_size: quote.bidSize,
                ask_size: quote.askSize,
                event_time: quote.eventTime,
                received_at: quote.receivedAt,
                unbroken_since: prices.since,
                return_60s: prices.logReturn(now, 60_000),
                return_300s: prices.logReturn(now, 300_000),
              },
            ] as const,
          ],
    );
    return { venue: this.#venue.id, quotes: Object.fromEntries(quotes) };
  }

  handOver(): HandOver {
    return { lastTrades: Object.fromEntries(this.#lastTrades), markets: [] };
  }

  resume({ lastTrades }: HandOver): void {
    for (const [product, id] of Object.entries(lastTrades)) this.#lastTrades.set(product, id);
  }
}
