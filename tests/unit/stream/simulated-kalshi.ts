/**
 * A Kalshi that keeps true books and speaks to one client over a line with faults. It shares nothing with the decoder but
 * the documentation.
 */
import type { Reading } from "../../../core/crypto/divergence.ts";
import { kalshiFeed } from "../../../core/crypto/feeds.ts";
import { Feed, type FeedInput } from "../../../core/stream/feed.ts";
import type { Session } from "../../../core/stream/session.ts";
import { allFaults, type FaultRates, type Line, mostSkewMs, noFaults, SimulatedLine } from "./simulated-line.ts";
import { ToldBooks } from "./told-books.ts";

export interface KalshiFaults extends FaultRates {
  /** Of the commands that arrive: refused, and dealt with only after up to ten seconds. */
  commandRefused: number;
  commandSlow: number;
}

export const noKalshiFaults: KalshiFaults = { ...noFaults, commandRefused: 0, commandSlow: 0 };

export const allKalshiFaults: KalshiFaults = { ...allFaults, commandRefused: 0.1, commandSlow: 0.1 };

type Side = Map<number, number>;

export interface TrueMarket {
  ticker: string;
  openAt: number;
  closeAt: number;
  /** By price in cents, contracts. */
  bids: Side;
  asks: Side;
}

/** A client's subscriptions. */
interface Subscriptions {
  sids: Map<string, number>;
  seqs: Map<number, number>;
  markets: Map<string, Set<string>>;
}

type KalshiLine = Line<Subscriptions>;

const dollars = (cents: number) => (cents / 100).toFixed(4);
const contracts = (n: number) => n.toFixed(2);
const channels = ["orderbook_delta", "trade", "ticker", "market_lifecycle_v2", "cfbenchmarks_value"];
const second = 1_000;

/** The price in cents, or that there is none. */
const best = {
  bid: ({ bids }: TrueMarket) => (bids.size === 0 ? null : Math.max(...bids.keys())),
  ask: ({ asks }: TrueMarket) => (asks.size === 0 ? null : Math.min(...asks.keys())),
};

/** The session, with what it writes told to somebody else, too. */
function overheard(session: Session, told: ToldBooks): Session {
  return {
    opened: (connection, now) => session.opened(connection, now),
    frame(text, now, sink) {
      told.listen(sink);
      return session.frame(text, now, sink);
    },
    tick(now, sink) {
      told.listen(sink);
      return session.tick(now, sink);
    },
    showOpen(sink) {
      told.listen(sink);
      session.showOpen?.(sink);
    },
    closed: (now, sink) => session.closed(now, sink),
    coverage: (now) => session.coverage(now),
    newest: (now) => session.newest(now),
    handOver: (now) => session.handOver(now),
    resume: (from) => session.resume(from),
  };
}

export class SimulatedKalshi extends SimulatedLine<Subscriptions, KalshiFaults> {
  readonly markets = new Map<string, TrueMarket>();
  readonly told: ToldBooks;
  /** Best bid and ask in cents at the end of each second, by market. */
  readonly tops = new Map<string, Map<number, string>>();
  /** What REST showed of the markets that were open, every few seconds. */
  readonly polls: Reading[] = [];
  /** Nothing changes any more, so that what is on its way arrives. */
  still = false;
  #made = 0;

  constructor(seed: number, start: number) {
    const definition = kalshiFeed();
    const { session } = definition;
    const told = new ToldBooks(session);
    super(new Feed({ ...definition, session: overheard(session, told) }, "simulated"), seed, start, noKalshiFaults);
    this.told = told;
    this.bookOf = (ticker) => session.bookOf(ticker);
    for (let made = 0; made < 6; made++) this.#makeMarket();
    this.hand({ kind: "start" });
    this.every(250, () => this.hand({ kind: "tick" }));
    // A desk asks in the middle of a second, too.
    this.every(10_300, () => this.hand({ kind: "flush", at: this.clientNow() }));
    this.every(60, () => this.#trade());
    this.every(second, () => this.#print());
    this.every(second, () => this.#noteTops());
    this.every(7_130, () => this.#poll());
    this.every(20_000, () => this.#makeMarket());
    // The desk lists the markets over REST, whatever the stream says.
    session.list(this.#listing());
    this.every(60_000, () => session.list(this.#listing()));
    this.every(500, () => this.disturb());
  }

  readonly bookOf: (ticker: string) => ReturnType<ReturnType<typeof kalshiFeed>["session"]["bookOf"]>;

  /** Markets that trade now. */
  openMarkets(): TrueMarket[] {
    return [...this.markets.values()].filter(({ openAt, closeAt }) => openAt <= this.now && this.now < closeAt);
  }

  #listing() {
    return [...this.markets.values()]
      .filter(({ closeAt }) => this.now < closeAt)
      .map(({ ticker, openAt, closeAt }) => [ticker, openAt, closeAt] as const);
  }

  protected accept(): Subscriptions {
    return {
      sids: new Map(),
      seqs: new Map(),
      markets: new Map(channels.map((channel) => [channel, new Set<string>()])),
    };
  }

  protected override takes(): number {
    return this.between(5, this.chance(this.faults.commandSlow) ? 10_000 : 80);
  }

  protected override handled({ kind }: FeedInput): void {
    if (kind !== "stop") this.told.check((market) => this.#isHeld(market));
  }

  /** A client whose clock is ahead of ours lets a market go before it closes. */
  #isHeld(ticker: string): boolean {
    return (this.markets.get(ticker)?.closeAt ?? 0) > this.now + mostSkewMs;
  }

  #numbered(line: KalshiLine, sid: number): number {
    const seq = (line.server.seqs.get(sid) ?? 0) + 1;
    line.server.seqs.set(sid, seq);
    return seq;
  }

  #snapshot(line: KalshiLine, sid: number, market: TrueMarket): void {
    const side = (levels: Side) => [...levels].sort(([a], [b]) => a - b).map(([p, n]) => [dollars(p), contracts(n)]);
    this.deliver(
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

  protected hear(line: KalshiLine, text: string): void {
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
    if (this.chance(this.faults.commandRefused)) {
      const code = this.chance(0.5) ? 11 : 18;
      this.deliver(line, JSON.stringify({ id, type: "error", msg: { code, msg: "not now" } }));
      return;
    }
    const known = (params.market_tickers ?? []).filter((ticker) => this.markets.has(ticker));
    if (cmd === "subscribe") {
      for (const channel of params.channels ?? []) {
        if (channel === "orderbook_delta" && params.use_yes_price !== true)
          throw new Error("use_yes_price is not said");
        const sid = line.server.sids.get(channel) ?? line.server.sids.size + 1;
        line.server.sids.set(channel, sid);
        this.deliver(line, JSON.stringify({ id, type: "subscribed", msg: { channel, sid } }));
        this.#add(line, channel, sid, known);
      }
      return;
    }
    const [sid = -1] = params.sids ?? [];
    const channel = [...line.server.sids].find(([, one]) => one === sid)?.[0];
    if (channel === undefined) {
      this.deliver(line, JSON.stringify({ id, type: "error", msg: { code: 7, msg: "Unknown subscription ID" } }));
      return;
    }
    if (params.action === "delete_markets") for (const one of known) line.server.markets.get(channel)?.delete(one);
    this.deliver(
      line,
      JSON.stringify({ id, type: "ok", sid, seq: this.#numbered(line, sid), msg: { market_tickers: known } }),
    );
    if (params.action === "add_markets") this.#add(line, channel, sid, known);
    if (params.action === "get_snapshot") this.#add(line, channel, sid, known);
  }

  #add(line: KalshiLine, channel: string, sid: number, tickers: readonly string[]): void {
    for (const ticker of tickers) {
      line.server.markets.get(channel)?.add(ticker);
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
      closeAt: openAt + Math.floor(this.between(60, 360)) * second,
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
    this.at(market.closeAt + 2_000, () => {
      this.markets.delete(ticker);
      this.#lifecycle({ event_type: "determined", market_ticker: ticker, result: "no" });
    });
  }

  #lifecycle(msg: Record<string, unknown>): void {
    const line = this.line;
    const sid = line?.server.sids.get("market_lifecycle_v2");
    if (line === undefined || sid === undefined) return;
    this.deliver(line, JSON.stringify({ type: "market_lifecycle_v2", sid, msg }));
  }

  /** One change of one level somewhere, told to who subscribed to it. */
  #trade(): void {
    if (this.still) return;
    const open = this.openMarkets();
    const market = open[Math.floor(this.uniform() * open.length)];
    if (market === undefined) return;
    const bid = this.chance(0.5);
    const levels = bid ? market.bids : market.asks;
    const middle = Math.max(...market.bids.keys(), 1) + 1;
    const lowest = Math.min(...market.asks.keys(), 99);
    const price = Math.floor(bid ? this.between(1, Math.min(lowest, 99)) : this.between(middle, 100));
    const held = levels.get(price) ?? 0;
    const change = held > 0 && this.chance(0.6) ? -Math.min(held, this.chance(0.5) ? held : 1.25) : 2.5;
    const size = Number((held + change).toFixed(2));
    if (size === 0) levels.delete(price);
    else levels.set(price, size);
    const line = this.line;
    const sid = line?.server.sids.get("orderbook_delta");
    if (line === undefined || sid === undefined || !line.open) return;
    if (line.server.markets.get("orderbook_delta")?.has(market.ticker) !== true) return;
    this.deliver(
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
    const line = this.line;
    const sid = line?.server.sids.get("cfbenchmarks_value");
    if (line === undefined || sid === undefined || !line.open) return;
    const value = { type: "value", id: "BRTI", time: this.now, value: (80_000 + (this.now % 977)).toFixed(2) };
    this.deliver(
      line,
      JSON.stringify({
        type: "cfbenchmarks_value",
        sid,
        seq: this.#numbered(line, sid),
        msg: { index_id: "BRTI", received_at: this.now, data: JSON.stringify(value) },
      }),
    );
    if (this.faults.acceptsAndCloses) this.drop(line, "gone again");
  }

  #poll(): void {
    const micros = (cents: number | null) => (cents === null ? null : cents * 10_000);
    for (const market of this.openMarkets()) {
      const [bid, ask] = [micros(best.bid(market)), micros(best.ask(market))];
      // The answer is on its way for as long as a frame may be.
      this.polls.push({ subject: market.ticker, at: this.now + (this.now % 1_500), bid, ask });
    }
  }

  #noteTops(): void {
    for (const market of this.markets.values()) {
      let seconds = this.tops.get(market.ticker);
      if (seconds === undefined) this.tops.set(market.ticker, (seconds = new Map()));
      // Noted at the begin of a second: what stood at the end of the one before.
      seconds.set(this.now - second, [best.bid(market), best.ask(market)].join(" "));
    }
  }
}
