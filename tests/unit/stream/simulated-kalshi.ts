/**
 * A Kalshi that keeps true books and speaks to one client over a line that drops, delays, doubles, reorders and garbles
 * frames, falls silent and closes. Virtual time; everything follows from the seed. It shares nothing with the decoder but
 * the documentation.
 */
import { seededUniform } from "../../../core/stats/prng.ts";
import { Feed, type FeedInput, type FeedOutput, type RowBatch } from "../../../core/stream/feed.ts";
import type { Reading } from "../../../core/crypto/divergence.ts";
import { kalshiFeed } from "../../../core/crypto/feeds.ts";
import type { Session } from "../../../core/stream/session.ts";
import { ToldBooks } from "./told-books.ts";

export interface FaultRates {
  drop: number;
  double: number;
  delay: number;
  garble: number;
  /** Of the client's commands. */
  commandLost: number;
  /** Of those that arrive: refused, and dealt with only after up to ten seconds. */
  commandRefused: number;
  commandSlow: number;
  /** Mean time between events of the line, ms; Infinity for never. */
  silentEveryMs: number;
  closeEveryMs: number;
  skewEveryMs: number;
  /** Share of handshakes that fail. */
  handshakeFails: number;
  /** Closes each socket right after the first data: what makes a hot loop of a client that resets its back-off there. */
  acceptsAndCloses: boolean;
}

export const noFaults: FaultRates = {
  drop: 0,
  double: 0,
  delay: 0,
  garble: 0,
  commandLost: 0,
  commandRefused: 0,
  commandSlow: 0,
  silentEveryMs: Number.POSITIVE_INFINITY,
  closeEveryMs: Number.POSITIVE_INFINITY,
  skewEveryMs: Number.POSITIVE_INFINITY,
  handshakeFails: 0,
  acceptsAndCloses: false,
};

export const allFaults: FaultRates = {
  drop: 0.01,
  double: 0.01,
  delay: 0.02,
  garble: 0.005,
  commandLost: 0.1,
  commandRefused: 0.1,
  commandSlow: 0.1,
  silentEveryMs: 120_000,
  closeEveryMs: 60_000,
  skewEveryMs: 45_000,
  handshakeFails: 0.3,
  acceptsAndCloses: false,
};

type Side = Map<number, number>;

export interface TrueMarket {
  ticker: string;
  openAt: number;
  closeAt: number;
  /** By price in cents, contracts. */
  bids: Side;
  asks: Side;
}

interface Line {
  connection: number;
  open: boolean;
  silent: boolean;
  sids: Map<string, number>;
  seqs: Map<number, number>;
  markets: Map<string, Set<string>>;
}

const dollars = (cents: number) => (cents / 100).toFixed(4);
const contracts = (n: number) => n.toFixed(2);
const channels = ["orderbook_delta", "trade", "ticker", "market_lifecycle_v2", "cfbenchmarks_value"];
const second = 1_000;
const mostSkewMs = 5_000;

export class SimulatedKalshi {
  readonly feed: Feed;
  readonly markets = new Map<string, TrueMarket>();
  readonly batches: RowBatch[] = [];
  readonly told: ToldBooks;
  /** World times of all attempts to connect. */
  readonly connects: number[] = [];
  /** World times of all commands. */
  readonly commands: number[] = [];
  /** Best bid and ask in cents at the end of each second, by market. */
  readonly tops = new Map<string, Map<number, string>>();
  /** What REST showed of the markets that were open, every few seconds. */
  readonly polls: Reading[] = [];
  faults: FaultRates = noFaults;
  /** Nothing changes any more, so that what is on its way arrives. */
  still = false;
  now: number;
  #skew = 0;
  #line: Line | undefined;
  #queue: { at: number; order: number; run: () => void }[] = [];
  #order = 0;
  #made = 0;
  readonly #random: () => number;
  readonly #list: (markets: readonly (readonly [string, number, number])[]) => void;

  constructor(seed: number, start: number) {
    this.#random = seededUniform(seed);
    this.now = start;
    const definition = kalshiFeed();
    const { session } = definition;
    this.#list = (markets) => session.list(markets);
    const told = new ToldBooks(session);
    this.told = told;
    const overheard: Session = {
      opened: (connection, now) => session.opened(connection, now),
      frame(text, now, sink) {
        told.listen(sink);
        return session.frame(text, now, sink);
      },
      tick(now, sink) {
        told.listen(sink);
        return session.tick(now, sink);
      },
      closed: (now, sink) => session.closed(now, sink),
      coverage: () => session.coverage(),
      newest: (now) => session.newest(now),
      handOver: (now) => session.handOver(now),
      resume: (from) => session.resume(from),
    };
    this.feed = new Feed({ ...definition, session: overheard }, "simulated");
    this.bookOf = (ticker) => session.bookOf(ticker);
    for (let made = 0; made < 6; made++) this.#makeMarket();
    this.#hand({ kind: "start" });
    this.#every(250, () => this.#hand({ kind: "tick" }));
    // A desk asks in the middle of a second, too.
    this.#every(10_300, () => this.#hand({ kind: "flush", at: this.now + this.#skew }));
    this.#every(60, () => this.#trade());
    this.#every(second, () => this.#print());
    this.#every(second, () => this.#noteTops());
    this.#every(7_130, () => this.#poll());
    this.#every(20_000, () => this.#makeMarket());
    // The desk lists the markets over REST, whatever the stream says.
    this.#list(this.#listing());
    this.#every(60_000, () => this.#list(this.#listing()));
    this.#every(500, () => this.#disturb());
  }

  readonly bookOf: (ticker: string) => ReturnType<ReturnType<typeof kalshiFeed>["session"]["bookOf"]>;

  /** Markets that trade now. */
  openMarkets(): TrueMarket[] {
    return [...this.markets.values()].filter(({ openAt, closeAt }) => openAt <= this.now && this.now < closeAt);
  }

  run(ms: number): void {
    const until = this.now + ms;
    while (true) {
      const next = this.#queue[0];
      if (next === undefined || next.at > until) break;
      this.#queue.shift();
      this.now = Math.max(this.now, next.at);
      next.run();
    }
    this.now = until;
  }

  #chance(share: number): boolean {
    return this.#random() < share;
  }

  #between(from: number, to: number): number {
    return from + this.#random() * (to - from);
  }

  #at(at: number, run: () => void): void {
    const entry = { at, order: this.#order++, run };
    let low = 0;
    let high = this.#queue.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#queue[middle]?.at ?? 0) <= at) low = middle + 1;
      else high = middle;
    }
    this.#queue.splice(low, 0, entry);
  }

  #every(ms: number, run: () => void): void {
    const again = () => {
      run();
      this.#at(this.now + ms, again);
    };
    this.#at(this.now + ms, again);
  }

  #listing() {
    return [...this.markets.values()]
      .filter(({ closeAt }) => this.now < closeAt)
      .map(({ ticker, openAt, closeAt }) => [ticker, openAt, closeAt] as const);
  }

  /** The client sees its own clock. */
  #hand(input: FeedInput): void {
    const outputs = this.feed.handle(input, this.now + this.#skew, this.#random());
    if (input.kind !== "stop") this.told.check((market) => this.#isHeld(market));
    for (const output of outputs) this.#do(output);
  }

  /** A client whose clock is ahead of ours lets a market go before it closes. */
  #isHeld(ticker: string): boolean {
    return (this.markets.get(ticker)?.closeAt ?? 0) > this.now + mostSkewMs;
  }

  #do(output: FeedOutput): void {
    switch (output.kind) {
      case "connect": {
        this.connects.push(this.now);
        const { connection } = output;
        if (this.#line !== undefined) this.#line.open = false;
        const line: Line = {
          connection,
          open: false,
          silent: false,
          sids: new Map(),
          seqs: new Map(),
          markets: new Map(channels.map((channel) => [channel, new Set<string>()])),
        };
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
        if (line === undefined || !line.open || line.connection !== output.connection) break;
        this.commands.push(this.now);
        if (this.#chance(this.faults.commandLost)) break;
        this.#at(this.now + this.#between(5, this.#chance(this.faults.commandSlow) ? 10_000 : 80), () => {
          if (this.#line === line && line.open && !line.silent) this.#command(line, output.text);
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
        if (this.#line === line && line.open) {
          this.#hand({ kind: "frame", connection: line.connection, text: sent });
        }
      });
    }
  }

  #numbered(line: Line, sid: number): number {
    const seq = (line.seqs.get(sid) ?? 0) + 1;
    line.seqs.set(sid, seq);
    return seq;
  }

  #snapshot(line: Line, sid: number, market: TrueMarket): void {
    const side = (levels: Side) => [...levels].sort(([a], [b]) => a - b).map(([p, n]) => [dollars(p), contracts(n)]);
    this.#deliver(
      line,
      JSON.stringify({
        type: "orderbook_snapshot",
        sid,
        seq: this.#numbered(line, sid),
        msg: {
          market_ticker: market.ticker,
          market_id: market.ticker,
          ...(market.bids.size === 0 ? {} : { yes_dollars_fp: side(market.bids) }),
          ...(market.asks.size === 0 ? {} : { no_dollars_fp: side(market.asks) }),
        },
      }),
    );
  }

  #command(line: Line, text: string): void {
    const { id, cmd, params } = JSON.parse(text) as {
      id: number;
      cmd: string;
      params: {
        channels?: string[];
        sids?: number[];
        market_tickers?: string[];
        action?: string;
        use_yes_price?: boolean;
      };
    };
    if (this.#chance(this.faults.commandRefused)) {
      const code = this.#chance(0.5) ? 11 : 18;
      this.#deliver(line, JSON.stringify({ id, type: "error", msg: { code, msg: "not now" } }));
      return;
    }
    const known = (params.market_tickers ?? []).filter((ticker) => this.markets.has(ticker));
    if (cmd === "subscribe") {
      for (const channel of params.channels ?? []) {
        if (channel === "orderbook_delta" && params.use_yes_price !== true)
          throw new Error("use_yes_price is not said");
        const sid = line.sids.get(channel) ?? line.sids.size + 1;
        line.sids.set(channel, sid);
        this.#deliver(line, JSON.stringify({ id, type: "subscribed", msg: { channel, sid } }));
        this.#add(line, channel, sid, known);
      }
      return;
    }
    const [sid = -1] = params.sids ?? [];
    const channel = [...line.sids].find(([, one]) => one === sid)?.[0];
    if (channel === undefined) {
      this.#deliver(line, JSON.stringify({ id, type: "error", msg: { code: 7, msg: "Unknown subscription ID" } }));
      return;
    }
    if (params.action === "delete_markets") for (const one of known) line.markets.get(channel)?.delete(one);
    this.#deliver(
      line,
      JSON.stringify({ id, type: "ok", sid, seq: this.#numbered(line, sid), msg: { market_tickers: known } }),
    );
    if (params.action === "add_markets") this.#add(line, channel, sid, known);
    if (params.action === "get_snapshot") this.#add(line, channel, sid, known);
  }

  #add(line: Line, channel: string, sid: number, tickers: readonly string[]): void {
    for (const ticker of tickers) {
      line.markets.get(channel)?.add(ticker);
      const market = this.markets.get(ticker);
      if (channel === "orderbook_delta" && market !== undefined) this.#snapshot(line, sid, market);
    }
  }

  #makeMarket(): void {
    const ticker = `KXBTC-26NOV2017-B${80_000 + this.#made * 100}`;
    // Every third opens later; they close after one to six minutes.
    const openAt = this.now + (this.#made % 3 === 2 ? 15_000 : 0);
    const market: TrueMarket = {
      ticker,
      openAt,
      closeAt: openAt + Math.floor(this.#between(60, 360)) * second,
      bids: new Map([[20 + (this.#made % 30), 500]]),
      asks: new Map([[60 + (this.#made % 30), 300.5]]),
    };
    this.#made += 1;
    this.markets.set(ticker, market);
    this.#lifecycle({
      event_type: "created",
      market_ticker: ticker,
      open_ts: Math.floor(market.openAt / second),
      close_ts: Math.floor(market.closeAt / second),
    });
    this.#at(market.closeAt + 2_000, () => {
      this.markets.delete(ticker);
      this.#lifecycle({ event_type: "determined", market_ticker: ticker, result: "no" });
    });
  }

  #lifecycle(msg: Record<string, unknown>): void {
    const line = this.#line;
    const sid = line?.sids.get("market_lifecycle_v2");
    if (line === undefined || sid === undefined) return;
    this.#deliver(line, JSON.stringify({ type: "market_lifecycle_v2", sid, msg }));
  }

  /** One change of one level somewhere, told to who subscribed to it. */
  #trade(): void {
    if (this.still) return;
    const open = this.openMarkets();
    const market = open[Math.floor(this.#random() * open.length)];
    if (market === undefined) return;
    const bid = this.#chance(0.5);
    const levels = bid ? market.bids : market.asks;
    const middle = Math.max(...market.bids.keys(), 1) + 1;
    const lowest = Math.min(...market.asks.keys(), 99);
    const price = Math.floor(bid ? this.#between(1, Math.min(lowest, 99)) : this.#between(middle, 100));
    const held = levels.get(price) ?? 0;
    const change = held > 0 && this.#chance(0.6) ? -Math.min(held, this.#chance(0.5) ? held : 1.25) : 2.5;
    const size = Number((held + change).toFixed(2));
    if (size === 0) levels.delete(price);
    else levels.set(price, size);
    const line = this.#line;
    const sid = line?.sids.get("orderbook_delta");
    if (line === undefined || sid === undefined || !line.open) return;
    if (line.markets.get("orderbook_delta")?.has(market.ticker) !== true) return;
    this.#deliver(
      line,
      JSON.stringify({
        type: "orderbook_delta",
        sid,
        seq: this.#numbered(line, sid),
        msg: {
          market_ticker: market.ticker,
          market_id: market.ticker,
          price_dollars: dollars(price),
          delta_fp: contracts(change),
          side: bid ? "yes" : "no",
          ts_ms: this.now,
        },
      }),
    );
  }

  #print(): void {
    const line = this.#line;
    const sid = line?.sids.get("cfbenchmarks_value");
    if (line === undefined || sid === undefined || !line.open) return;
    const value = { type: "value", id: "BRTI", time: this.now, value: (80_000 + (this.now % 977)).toFixed(2) };
    this.#deliver(
      line,
      JSON.stringify({
        type: "cfbenchmarks_value",
        sid,
        seq: this.#numbered(line, sid),
        msg: { index_id: "BRTI", received_at: this.now, data: JSON.stringify(value) },
      }),
    );
    if (this.faults.acceptsAndCloses) this.#drop(line, "gone again");
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
      else if (this.#chance(0.05) && !line.silent) this.#hand({ kind: "alive", connection: line.connection });
    }
    if (due(this.faults.skewEveryMs)) this.#skew = Math.round(this.#between(-mostSkewMs, mostSkewMs));
  }

  #poll(): void {
    for (const { ticker: subject, bids, asks } of this.openMarkets()) {
      const bid = bids.size === 0 ? null : Math.max(...bids.keys()) * 10_000;
      const ask = asks.size === 0 ? null : Math.min(...asks.keys()) * 10_000;
      // The answer is on its way for as long as a frame may be.
      this.polls.push({ subject, at: this.now + (this.now % 1_500), bid, ask });
    }
  }

  #noteTops(): void {
    for (const { ticker, bids, asks } of this.markets.values()) {
      let seconds = this.tops.get(ticker);
      if (seconds === undefined) this.tops.set(ticker, (seconds = new Map()));
      const top = [
        bids.size === 0 ? null : Math.max(...bids.keys()),
        asks.size === 0 ? null : Math.min(...asks.keys()),
      ];
      // Noted at the begin of a second: what stood at the end of the one before.
      seconds.set(this.now - second, top.join(" "));
    }
  }

  stop(): void {
    this.#hand({ kind: "stop" });
  }

  /** Sets the clock right and lets every new thing go well. */
  heal(): void {
    this.faults = noFaults;
    this.#skew = 0;
  }
}
