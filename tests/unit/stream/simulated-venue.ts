/**
 * A spot venue with a true price, speaking to one client over a line with faults. How the venue talks is the sandbox's
 * (sandbox/crypto/spot-conversations.ts).
 */
import { feedDefinition } from "../../../core/crypto/feeds.ts";
import { Feed } from "../../../core/stream/feed.ts";
import type { Conversation } from "../../../sandbox/crypto/conversation.ts";
import {
  binanceConversation,
  bitstampConversation,
  coinbaseConversation,
  krakenConversation,
} from "../../../sandbox/crypto/spot-conversations.ts";
import type { VenueQuote, Venues } from "../../../sandbox/crypto/venues.ts";
import { type FaultRates, type Line, noFaults, SimulatedLine } from "./simulated-line.ts";

export interface VenueFaults extends FaultRates {
  /** Mean time between wishes of the server that we connect anew, ms; after each it goes within seconds. */
  asksEveryMs: number;
}

export const noVenueFaults: VenueFaults = { ...noFaults, asksEveryMs: Number.POSITIVE_INFINITY };

const second = 1_000;
const goesAfterMs = 5_000;

/** What the server says when it wants to be left. Others close without a word. */
const wishes: Readonly<Record<string, string>> = {
  bitstamp: JSON.stringify({ event: "bts:request_reconnect", channel: "", data: "" }),
  binance: JSON.stringify({ stream: "", data: { e: "serverShutdown", E: 0 } }),
};

export class SimulatedVenue extends SimulatedLine<Conversation, VenueFaults> {
  /** When the server asked to be left. */
  readonly asked: number[] = [];
  readonly #id: string;
  readonly #venues: Venues;

  constructor(id: string, seed: number, start: number) {
    super(new Feed(feedDefinition(id), "simulated"), seed, start, noVenueFaults);
    this.#id = id;
    this.#venues = {
      quote: (_, at) => this.quoteAt(at),
      tether: () => 0.9995,
      answer: () => {
        throw new Error("nobody asks");
      },
    };
    this.hand({ kind: "start" });
    this.every(250, () => this.hand({ kind: "tick" }));
    this.every(100, () => this.#look());
    this.every(500, () => this.disturb());
  }

  /** A price that jumps by tens of dollars each second, so that a stale one shows. */
  quoteAt(at: number): VenueQuote {
    const number = Math.floor(at / second);
    const mid = 81_000 + ((number * 7_919) % 4_001) / 10;
    const size = 0.1 + (number % 97) / 10;
    return { bid: mid - 1, ask: mid + 1, last: mid, bidSize: size, askSize: size + 0.5 };
  }

  /** The feed's newest quote of its first pair, by its own newest state. */
  newest(product: string): { bid: number; ask: number } | undefined {
    const { quotes } = this.feed.session.newest(this.clientNow()) as {
      quotes: Record<string, { bid: number; ask: number }>;
    };
    return quotes[product];
  }

  protected accept(url: string): Conversation {
    switch (this.#id) {
      case "coinbase":
        return coinbaseConversation(this.#venues, this.now);
      case "kraken":
        return krakenConversation(this.#venues, this.now);
      case "bitstamp":
        return bitstampConversation(this.#venues, this.now);
      default:
        return binanceConversation(this.#venues, "binance", new URL(url), this.now);
    }
  }

  protected hear(line: Line<Conversation>, text: string): void {
    for (const frame of line.server.hear(text, this.now)) this.deliver(line, frame);
  }

  protected override delivered(line: Line<Conversation>, text: string): void {
    if (this.faults.acceptsAndCloses && text.includes("8")) this.drop(line, "gone again");
  }

  /** Asks to be left, as some venues do. */
  protected override disturbs(line: Line<Conversation>): boolean {
    const asks = this.due(this.faults.asksEveryMs);
    if (asks) this.#ask(line);
    return asks;
  }

  #look(): void {
    const line = this.line;
    if (line?.open !== true) return;
    for (const frame of line.server.look(this.now)) this.deliver(line, frame);
  }

  #ask(line: Line<Conversation>): void {
    const wish = wishes[this.#id];
    if (wish !== undefined) {
      this.asked.push(this.now);
      this.hand({ kind: "frame", connection: line.connection, text: wish });
    }
    this.at(this.now + goesAfterMs, () => this.drop(line, "as announced"));
  }
}
