/**
 * One feed: the life of its connection, what its session makes of the frames, its rows and its health. Deterministic: what
 * it does follows from the inputs, their instants and the random numbers it is given. It touches nothing; whoever holds it
 * does what the outputs say (adapters/upstream/websocket.ts, and simulated sockets in the tests).
 */
import type { Rows, TableRow } from "../../schemas/index.ts";
import type { FrameRefusal } from "./frame.ts";
import { advance, idle, type Lifecycle, type LifecycleInput, type LifecycleRules, type Phase } from "./lifecycle.ts";
import { RowBuffer } from "./row-buffer.ts";
import {
  type FeedCounts,
  type HandOver,
  type Leave,
  noCounts,
  type Session,
  type SessionSink,
  streamDecoderVersion,
} from "./session.ts";

export interface FeedDefinition {
  id: string;
  url: string;
  rules: LifecycleRules;
  keepAlive?: { everyMs: number; frame: string };
  session: Session;
  /** Rows kept while the lake does not take any. */
  mostRows: number;
}

export type FeedInput =
  | { kind: "start" }
  | { kind: "opened"; connection: number }
  | { kind: "refused"; connection: number; status: number }
  | { kind: "frame"; connection: number; text: string }
  /** A ping or pong frame of the protocol: a sign of life. */
  | { kind: "alive"; connection: number }
  | { kind: "closed"; connection: number; reason: string }
  | { kind: "tick" }
  /** Rows up to `at`, an instant within the running minute, are asked for. None come while earlier ones are on their way. */
  | { kind: "flush"; at: number }
  /** The rows of the last `rows` output are in the lake. */
  | { kind: "written" }
  | { kind: "stop" };

/** A frame that was not taken, for the quarantine. */
export interface RefusedFrame extends FrameRefusal {
  received_at: number;
  /** The frame, cut. */
  text: string;
}

export interface RowBatch {
  feed: string;
  /** Begin of the minute in which the rows came, epoch ms. */
  minute: number;
  /** What names the parts: the minute, or the instant within it up to which its first rows were asked for. */
  at: number;
  rows: Rows;
  refused: RefusedFrame[];
}

export type FeedOutput =
  | { kind: "connect"; connection: number; url: string }
  | { kind: "send"; connection: number; text: string }
  | { kind: "close"; connection: number; reason: string }
  /** To be written. The next batch comes after `written`, but for the one of `stop`. */
  | { kind: "rows"; batch: RowBatch }
  | { kind: "phase"; phase: Phase; reason: string | null };

const minuteMs = 60_000;
/** Refused frames kept a minute, and how much of each: enough to see what is wrong. */
const refusedKept = 20;
const refusedCharacters = 2_000;

export class Feed {
  readonly id: string;
  readonly session: Session;
  readonly #definition: FeedDefinition;
  readonly #holder: string;
  readonly #sink: SessionSink;
  #life: Lifecycle = idle;
  #minute: number | undefined;
  #writing = false;
  #refused: RefusedFrame[] = [];
  #silentSince: number | undefined;
  #keptAliveAt = 0;

  /** @param holder names who holds the sockets; it stands in the names of parts. */
  constructor(definition: FeedDefinition, holder: string) {
    this.id = definition.id;
    this.session = definition.session;
    this.#definition = definition;
    this.#holder = holder;
    this.#sink = { rows: new RowBuffer(definition.mostRows), counts: noCounts() };
  }

  get phase(): Phase {
    return this.#life.phase;
  }

  /** Why the newest connection ended, or why there is none. */
  get reason(): string | null {
    return this.#life.reason;
  }

  get dataAt(): number | null {
    return this.#life.dataAt;
  }

  /** Rows are on their way to the lake. Until they are there it gives no others, but for those of `stop`. */
  get isWriting(): boolean {
    return this.#writing;
  }

  /** Since the last health row. */
  get counts(): Readonly<FeedCounts> {
    return this.#sink.counts;
  }

  /** @param random uniform in [0, 1), for the back-off. */
  handle(input: FeedInput, now: number, random: number): FeedOutput[] {
    const outputs: FeedOutput[] = [];
    this.#minute ??= Math.floor(now / minuteMs) * minuteMs;
    this.#silentSince ??= now;
    switch (input.kind) {
      case "frame":
        this.#frame(input.connection, input.text, now, random, outputs);
        break;
      case "opened":
        this.#live(input, now, random, outputs);
        if (this.#isUp && input.connection === this.#life.connection) {
          this.#keptAliveAt = now;
          this.#send(this.session.opened(`${this.#holder}/${this.id}/${input.connection}`, now), outputs);
        }
        break;
      case "alive":
        this.#live({ kind: "message", connection: input.connection, sort: "other" }, now, random, outputs);
        break;
      case "tick":
        this.#tick(now, random, outputs);
        break;
      case "flush":
        this.#flush(input.at, outputs);
        break;
      case "written":
        this.#writing = false;
        break;
      case "stop":
        // While its health still says what the feed was.
        outputs.push(this.#batch(now));
        this.#live(input, now, random, outputs);
        break;
      default:
        this.#live(input, now, random, outputs);
    }
    return outputs;
  }

  get #isUp(): boolean {
    const { phase } = this.#life;
    return phase === "open" || phase === "subscribed" || phase === "live";
  }

  /** Moves the life of the connection on, and says what became of it. */
  #live(input: LifecycleInput, now: number, random: number, outputs: FeedOutput[]): void {
    const before = this.#life;
    const wasUp = this.#isUp;
    const { state, outputs: asked } = advance(before, input, now, random, this.#definition.rules);
    this.#life = state;
    for (const output of asked) {
      if (output.kind === "connect") {
        this.#sink.counts.connects += 1;
        outputs.push({ ...output, url: this.#definition.url });
      } else outputs.push(output);
    }
    if (state.phase === before.phase) return;
    if (wasUp && !this.#isUp) {
      // A price after the gap does not follow on the one before it.
      if (state.phase !== "stopped") this.session.closed(now, this.#sink);
      this.#sink.counts.closes += 1;
    }
    if (state.phase === "waiting" || state.phase === "disabled") this.#sink.counts.lastClose = state.reason;
    outputs.push({ kind: "phase", phase: state.phase, reason: state.reason });
  }

  #send(texts: readonly string[], outputs: FeedOutput[]): void {
    const { connection } = this.#life;
    for (const text of texts) outputs.push({ kind: "send", connection, text });
  }

  #leave(leave: Leave | undefined, now: number, random: number, outputs: FeedOutput[]): void {
    if (leave !== undefined) this.#live({ kind: "leave", ...leave }, now, random, outputs);
  }

  #frame(connection: number, text: string, now: number, random: number, outputs: FeedOutput[]): void {
    // A socket that we have left may still have frames on their way.
    if (connection !== this.#life.connection || !this.#isUp) return;
    const { counts } = this.#sink;
    counts.frames += 1;
    const { sort, send, leave, refusal } = this.session.frame(text, now, this.#sink);
    if (refusal !== undefined) {
      counts.refused += 1;
      if (this.#refused.length < refusedKept) {
        this.#refused.push({ ...refusal, received_at: now, text: text.slice(0, refusedCharacters) });
      }
    }
    if (sort === "data") {
      counts.dataFrames += 1;
      this.#countSilence(now);
      this.#silentSince = now;
    }
    this.#live({ kind: "message", connection, sort }, now, random, outputs);
    this.#send(send, outputs);
    this.#leave(leave, now, random, outputs);
  }

  #countSilence(now: number): void {
    const { counts } = this.#sink;
    counts.maxSilenceMs = Math.max(counts.maxSilenceMs, now - (this.#silentSince ?? now));
  }

  #tick(now: number, random: number, outputs: FeedOutput[]): void {
    this.#live({ kind: "tick" }, now, random, outputs);
    if (this.#isUp) {
      const { send, leave } = this.session.tick(now, this.#sink);
      this.#send(send, outputs);
      this.#leave(leave, now, random, outputs);
    }
    const { keepAlive } = this.#definition;
    if (keepAlive !== undefined && this.#isUp && now - this.#keptAliveAt >= keepAlive.everyMs) {
      this.#keptAliveAt = now;
      this.#send([keepAlive.frame], outputs);
    }
    const minute = Math.floor(now / minuteMs) * minuteMs;
    if (minute > (this.#minute ?? minute) && !this.#writing) {
      this.#writing = true;
      outputs.push(this.#batch(now));
      this.#minute = minute;
    }
  }

  /** Neither the minute nor its health ends with it. */
  #flush(at: number, outputs: FeedOutput[]): void {
    const minute = Math.floor(at / minuteMs) * minuteMs;
    if (this.#writing || minute !== this.#minute) return;
    this.session.showOpen?.(this.#sink);
    if (this.#sink.rows.size === 0) return;
    this.#writing = true;
    outputs.push({ kind: "rows", batch: { feed: this.id, minute, at, rows: this.#sink.rows.take(), refused: [] } });
  }

  #batch(now: number): { kind: "rows"; batch: RowBatch } {
    const minute = this.#minute ?? Math.floor(now / minuteMs) * minuteMs;
    this.#countSilence(now);
    const health = this.#health(minute, now);
    const { rows } = this.#sink;
    const batch: RowBatch = {
      feed: this.id,
      minute,
      at: minute,
      rows: { ...rows.take(), feed_health: [health] },
      refused: this.#refused,
    };
    this.#sink.counts = noCounts();
    rows.replaced = 0;
    rows.dropped = 0;
    this.#refused = [];
    return { kind: "rows", batch };
  }

  #health(minute: number, now: number): TableRow<"feed_health"> {
    const { counts, rows } = this.#sink;
    const { products, unquotable } = this.session.coverage(now);
    return {
      feed: this.id,
      minute_at: minute,
      holder: this.#holder,
      phase: this.#life.phase,
      connects: counts.connects,
      closes: counts.closes,
      last_close: counts.lastClose,
      frames: counts.frames,
      data_frames: counts.dataFrames,
      refused: counts.refused,
      repeats: counts.repeats,
      gaps: counts.gaps,
      lost_trades: counts.lostTrades,
      resyncs: counts.resyncs,
      faults: counts.faults,
      replaced: rows.replaced,
      dropped: rows.dropped,
      products,
      unquotable,
      last_data_at: this.#life.dataAt,
      max_silence_ms: counts.maxSilenceMs,
      skew_ms: counts.skewMs,
      ingested_at: now,
      decoder_version: streamDecoderVersion,
    };
  }

  handOver(now: number): HandOver {
    return this.session.handOver(now);
  }
}
