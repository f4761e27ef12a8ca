/**
 * A spot venue with a true price, speaking to one client over a line with faults. Virtual time; everything follows from the
 * seed. How the venue talks is the sandbox's (sandbox/crypto/spot-conversations.ts); what the line does to it is made here.
 */
import { feedDefinition } from "../../../core/crypto/feeds.ts";
import { seededUniform } from "../../../core/stats/prng.ts";
import { Feed, type FeedInput, type FeedOutput, type RowBatch } from "../../../core/stream/feed.ts";
import type { Conversation } from "../../../sandbox/crypto/conversation.ts";
import {
  binanceConversation,
  bitstampConversation,
  coinbaseConversation,
  krakenConversation,
} from "../../../sandbox/crypto/spot-conversations.ts";
import type { VenueQuote, Venues } from "../../../sandbox/crypto/venues.ts";
import { type FaultRates, noFaults } from "./simulated-kalshi.ts";

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

interface Line {
  connection: number;
  open: boolean;
  silent: boolean;
  server: Conversation;
}

export class SimulatedVenue {
  readonly feed: Feed;
  readonly batches: RowBatch[] = [];
  /** World times of all attempts to connect. */
  readonly connects: number[] = [];
  /** When the server asked to be left. */
  readonly asked: number[] = [];
  faults: VenueFaults = noVenueFaults;
  now: number;
  readonly #id: string;
  readonly #random: () => number;
  readonly #venues: Venues;
  #skew = 0;
  #line: Line | undefined;
  #queue: { at: number; order: number; run: () => void }[] = [];
  #order = 0;

  constructor(id: string, seed: number, start: number) {
    this.#id = id;
    this.#random = seededUniform(seed);
    this.now = start;
    this.feed = new Feed(feedDefinition(id), "simulated");
    this.#venues = {
      quote: (_, at) => this.quoteAt(at),
      tether: () => 0.9995,
      answer: () => {
        throw new Error("nobody asks");
      },
    };
    this.#hand({ kind: "start" });
    this.#every(250, () => this.#hand({ kind: "tick" }));
    this.#every(100, () => this.#look());
    this.#every(500, () => this.#disturb());
  }

  /** A price that jumps by tens of dollars each second, so that a stale one shows. */
  quoteAt(at: number): VenueQuote {
    const number = Math.floor(at / second);
    const mid = 81_000 + ((number * 7_919) % 4_001) / 10;
    const size = 0.1 + (number % 97) / 10;
    return { bid: mid - 1, ask: mid + 1, last: mid, bidSize: size, askSize: size + 0.5 };
  }

  run(ms: number): void {
    const until = this.now + ms;
    for (let next = this.#queue[0]; next !== undefined && next.at <= until; next = this.#queue[0]) {
      this.#queue.shift();
      this.now = Math.max(this.now, next.at);
      next.run();
    }
    this.now = until;
  }

  /** The feed's newest quote of its first pair, by its own newest state. */
  newest(product: string): { bid: number; ask: number } | undefined {
    const { quotes } = this.feed.session.newest(this.now + this.#skew) as {
      quotes: Record<string, { bid: number; ask: number }>;
    };
    return quotes[product];
  }

  stop(): void {
    this.#hand({ kind: "stop" });
  }

  /** Sets the clock right and lets every new thing go well. */
  heal(): void {
    this.faults = noVenueFaults;
    this.#skew = 0;
  }

  #chance(share: number): boolean {
    return this.#random() < share;
  }

  #between(from: number, to: number): number {
    return from + this.#random() * (to - from);
  }

  #at(at: number, run: () => void): void {
    const entry = { at, order: this.#order++, run };
    let index = this.#queue.length;
    while (index > 0 && (this.#queue[index - 1]?.at ?? 0) > at) index -= 1;
    this.#queue.splice(index, 0, entry);
  }

  #every(ms: number, run: () => void): void {
    const again = () => {
      run();
      this.#at(this.now + ms, again);
    };
    this.#at(this.now + ms, again);
  }

  #hand(input: FeedInput): void {
    for (const output of this.feed.handle(input, this.now + this.#skew, this.#random())) this.#do(output);
  }

  #server(url: string): Conversation {
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

  #do(output: FeedOutput): void {
    switch (output.kind) {
      case "connect": {
        this.connects.push(this.now);
        const { connection, url } = output;
        if (this.#line !== undefined) this.#line.open = false;
        const line: Line = { connection, open: false, silent: false, server: this.#server(url) };
        this.#line = line;
        const fails = this.#chance(this.faults.handshakeFails);
        this.#at(this.now + this.#between(20, 300), () => {
          if (this.#line !== line) return;
          if (fails) {
            this.#hand(
              this.#chance(0.5)
                ? { kind: "refused", connection, status: 503 }
                : { kind: "closed", connection, reason: "reset" },
            );
            return;
          }
          line.open = true;
          this.#hand({ kind: "opened", connection });
        });
        break;
      }
      case "send": {
        const line = this.#line;
        if (line?.open !== true || line.connection !== output.connection || this.#chance(this.faults.commandLost))
          break;
        this.#at(this.now + this.#between(5, 80), () => {
          if (this.#line !== line || !line.open || line.silent) return;
          for (const frame of line.server.hear(output.text, this.now)) this.#deliver(line, frame);
        });
        break;
      }
      case "close":
        if (this.#line?.connection === output.connection) this.#line.open = false;
        break;
      case "rows":
        this.batches.push(output.batch);
        this.#at(this.now + this.#between(50, 2_000), () => this.#hand({ kind: "written" }));
        break;
      case "phase":
        break;
    }
  }

  #deliver(line: Line, text: string): void {
    const { drop, double, delay, garble } = this.faults;
    if (!line.open || line.silent || this.#chance(drop)) return;
    const sent = this.#chance(garble) ? text.slice(0, Math.floor(this.#random() * text.length)) : text;
    const times = this.#chance(double) ? 2 : 1;
    for (let time = 0; time < times; time++) {
      // Without a delay the line keeps the order, as TCP does.
      const after = this.#chance(delay) ? this.#between(50, 3_000) : 15;
      this.#at(this.now + after, () => {
        if (this.#line !== line || !line.open) return;
        this.#hand({ kind: "frame", connection: line.connection, text: sent });
        if (this.faults.acceptsAndCloses && text.includes("8")) this.#drop(line, "gone again");
      });
    }
  }

  #look(): void {
    const line = this.#line;
    if (line?.open !== true) return;
    for (const frame of line.server.look(this.now)) this.#deliver(line, frame);
  }

  #drop(line: Line, reason: string): void {
    if (!line.open) return;
    line.open = false;
    this.#hand({ kind: "closed", connection: line.connection, reason });
  }

  #disturb(): void {
    const due = (everyMs: number) => this.#chance(500 / everyMs);
    const line = this.#line;
    if (line?.open === true) {
      if (due(this.faults.silentEveryMs)) line.silent = true;
      else if (due(this.faults.closeEveryMs)) this.#drop(line, "the server went away");
      else if (due(this.faults.asksEveryMs)) this.#ask(line);
      else if (this.#chance(0.05) && !line.silent) this.#hand({ kind: "alive", connection: line.connection });
    }
    if (due(this.faults.skewEveryMs)) this.#skew = Math.round(this.#between(-5_000, 5_000));
  }

  #ask(line: Line): void {
    const wish = wishes[this.#id];
    if (wish !== undefined) {
      this.asked.push(this.now);
      this.#hand({ kind: "frame", connection: line.connection, text: wish });
    }
    this.#at(this.now + goesAfterMs, () => this.#drop(line, "as announced"));
  }
}
