/**
 * One client's line to a simulated server: it drops, delays, doubles, reorders and garbles frames, falls silent and closes.
 * Virtual time; everything follows from the seed. What is said over it is the server's.
 */
import { seededUniform } from "../../../core/stats/prng.ts";
import type { Feed, FeedInput, FeedOutput, RowBatch } from "../../../core/stream/feed.ts";

export interface FaultRates {
  drop: number;
  double: number;
  delay: number;
  garble: number;
  /** Of the client's commands. */
  commandLost: number;
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
  silentEveryMs: 120_000,
  closeEveryMs: 60_000,
  skewEveryMs: 45_000,
  handshakeFails: 0.3,
  acceptsAndCloses: false,
};

/** How far the client's clock may be from the server's. */
export const mostSkewMs = 5_000;

/** One connection; `server` is what the server knows of it. */
export interface Line<S> {
  connection: number;
  open: boolean;
  silent: boolean;
  server: S;
}

/** @typeParam S what a server keeps for a connection */
export abstract class SimulatedLine<S, F extends FaultRates> {
  readonly feed: Feed;
  readonly batches: RowBatch[] = [];
  /** World times of all attempts to connect. */
  readonly connects: number[] = [];
  /** World times of all commands. */
  readonly commands: number[] = [];
  faults: F;
  now: number;
  protected line: Line<S> | undefined;
  readonly #random: () => number;
  readonly #healthy: F;
  #skew = 0;
  readonly #queue: { at: number; run: () => void }[] = [];

  constructor(feed: Feed, seed: number, start: number, healthy: F) {
    this.feed = feed;
    this.#random = seededUniform(seed);
    this.now = start;
    this.#healthy = healthy;
    this.faults = healthy;
  }

  /** A connection to this address begins. */
  protected abstract accept(url: string): S;
  /** A text of the client's has arrived. */
  protected abstract hear(line: Line<S>, text: string): void;
  /** How long the server takes to deal with a command that has reached it, ms. */
  protected takes(): number {
    return this.between(5, 80);
  }
  /** A frame has arrived at the client; `text` as it was sent. */
  protected delivered(_line: Line<S>, _text: string): void {}
  /** The feed has taken an input, and nothing that it asks for has been done yet. */
  protected handled(_input: FeedInput): void {}
  /** Whether the server does something of its own to a line that neither falls silent nor closes now. */
  protected disturbs(_line: Line<S>): boolean {
    return false;
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

  stop(): void {
    this.hand({ kind: "stop" });
  }

  /** Sets the clock right and lets every new thing go well. */
  heal(): void {
    this.faults = this.#healthy;
    this.#skew = 0;
  }

  protected clientNow(): number {
    return this.now + this.#skew;
  }

  protected uniform(): number {
    return this.#random();
  }

  protected chance(share: number): boolean {
    return this.#random() < share;
  }

  protected between(from: number, to: number): number {
    return from + this.#random() * (to - from);
  }

  /** Whether what happens every so often happens in this half second. */
  protected due(everyMs: number): boolean {
    return this.chance(500 / everyMs);
  }

  protected at(at: number, run: () => void): void {
    let low = 0;
    let high = this.#queue.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#queue[middle]?.at ?? 0) <= at) low = middle + 1;
      else high = middle;
    }
    this.#queue.splice(low, 0, { at, run });
  }

  protected every(ms: number, run: () => void): void {
    const again = () => {
      run();
      this.at(this.now + ms, again);
    };
    this.at(this.now + ms, again);
  }

  /** The client sees its own clock. */
  protected hand(input: FeedInput): void {
    const outputs = this.feed.handle(input, this.clientNow(), this.#random());
    this.handled(input);
    for (const output of outputs) this.#do(output);
  }

  protected deliver(line: Line<S>, text: string): void {
    const { drop, double, delay, garble } = this.faults;
    if (!line.open || line.silent || this.chance(drop)) return;
    const sent = this.chance(garble) ? text.slice(0, Math.floor(this.#random() * text.length)) : text;
    const times = this.chance(double) ? 2 : 1;
    for (let time = 0; time < times; time++) {
      // Without a delay the line keeps the order, as TCP does.
      const after = this.chance(delay) ? this.between(50, 3_000) : 15;
      this.at(this.now + after, () => {
        if (this.line !== line || !line.open) return;
        this.hand({ kind: "frame", connection: line.connection, text: sent });
        this.delivered(line, text);
      });
    }
  }

  protected drop(line: Line<S>, reason: string): void {
    if (!line.open) return;
    line.open = false;
    this.hand({ kind: "closed", connection: line.connection, reason });
  }

  /** To be called every half second. */
  protected disturb(): void {
    const { line } = this;
    if (line?.open === true) {
      if (this.due(this.faults.silentEveryMs)) line.silent = true;
      else if (this.due(this.faults.closeEveryMs)) this.drop(line, "the server went away");
      else if (!this.disturbs(line) && this.chance(0.05) && !line.silent)
        this.hand({ kind: "alive", connection: line.connection });
    }
    if (this.due(this.faults.skewEveryMs)) this.#skew = Math.round(this.between(-mostSkewMs, mostSkewMs));
  }

  #do(output: FeedOutput): void {
    switch (output.kind) {
      case "connect":
        this.#connect(output.connection, output.url);
        break;
      case "send": {
        const { line } = this;
        if (line?.open !== true || line.connection !== output.connection) break;
        this.commands.push(this.now);
        if (this.chance(this.faults.commandLost)) break;
        this.at(this.now + this.takes(), () => {
          if (this.line === line && line.open && !line.silent) this.hear(line, output.text);
        });
        break;
      }
      case "close":
        if (this.line?.connection === output.connection) this.line.open = false;
        break;
      case "rows":
        this.batches.push(output.batch);
        this.at(this.now + this.between(50, 2_000), () => this.hand({ kind: "written" }));
        break;
      case "phase":
        break;
    }
  }

  #connect(connection: number, url: string): void {
    this.connects.push(this.now);
    if (this.line !== undefined) this.line.open = false;
    const line: Line<S> = { connection, open: false, silent: false, server: this.accept(url) };
    this.line = line;
    const fails = this.chance(this.faults.handshakeFails);
    this.at(this.now + this.between(20, 300), () => {
      if (this.line !== line) return;
      if (fails) {
        this.hand(
          this.chance(0.5)
            ? { kind: "refused", connection, status: 503 }
            : { kind: "closed", connection, reason: "reset" },
        );
        return;
      }
      line.open = true;
      this.hand({ kind: "opened", connection });
    });
  }
}
