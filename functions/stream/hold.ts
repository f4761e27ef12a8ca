/**
 * Holds the sockets of some feeds for a while: does what the feeds ask for, writes their rows by the minute, names these in
 * the feeds' pointers, where the desk finds them, asks desks to plan between the minutes, keeps the newest state beside for
 * whoever looks on, and hands over feed by feed to whoever comes next. docs/decisions/streams.md says how two holders overlap
 * without losing or doubling anything.
 */
import { quarantineKey, windowStem } from "../../core/lake-keys.ts";
import type { Desk } from "../../core/desk.ts";
import type { Services, Socket, Sockets } from "../../core/ports.ts";
import type { PartReference, Pointer } from "../../core/source.ts";
import type { Feed, FeedInput, FeedOutput, RowBatch } from "../../core/stream/feed.ts";
import type { StoredNewest } from "../../core/stream/newest.ts";
import { type HandOver, streamDecoderVersion } from "../../core/stream/session.ts";
import type { TableName } from "../../schemas/index.ts";
import { stateKeys, update } from "../facts.ts";
import { writeParts } from "../parts.ts";
import { Asks } from "./asks.ts";
import { type Holder, takenOver, takeOver } from "./holders.ts";

export type StreamServices = Pick<Services, "lake" | "state" | "queue" | "clock" | "random" | "log">;

export interface HoldOptions {
  feeds: readonly Feed[];
  /** Names this holder in keys: `[a-z0-9-]+`. */
  holder: string;
  /** Asked to plan between the minutes, where they have a rule for that. */
  desks: readonly Desk[];
  sockets: Sockets;
  services: StreamServices;
  /** Aborted = write what there is and return. */
  signal: AbortSignal;
  /** Epoch ms at which to stop at the latest. */
  until: number;
  /** Whether it leaves a feed to a newer holder that has taken it over. */
  givesWay: boolean;
  /** Headers of a feed's handshake. */
  headers(feed: string): Promise<Record<string, string>>;
  /** Called every few minutes, to tell the feeds which markets there are. */
  refresh(): Promise<void>;
  onPhase?: (feed: Feed, phase: string, reason: string | null) => void;
  onBatch?: (batch: RowBatch) => void;
}

const tickMs = 250;
const minuteMs = 60_000;
const newestEveryMs = 10_000;
const handOverEveryMs = minuteMs;
const refreshEveryMs = 5 * minuteMs;
/** Parts of the newest minutes that the pointer names: what a desk looks back at. */
const pointedMinutes = 15;
/** What is not renewed for so long is not the state of anything. */
const newestKeptMs = 10 * minuteMs;
const handOverKeptMs = 60 * minuteMs;
const retryWriteMs = 5_000;
/** After the stop: what the lake has not taken by then is lost, and is said to be. */
const lastWritesMs = 20_000;

class Holding {
  readonly #options: HoldOptions;
  readonly #sockets = new Map<string, Socket>();
  /** By feed: batches on their way to the lake, in order. */
  readonly #writes = new Map<string, Promise<void>>();
  readonly #asks: Asks;
  readonly #own: Holder;
  readonly #background = new Set<Promise<void>>();
  /** Those that no successor has taken over. */
  #held: readonly Feed[];
  /** By feed that is live: since when, without a break. */
  readonly #liveSince = new Map<string, number>();
  /** Feeds that this holder has taken over. */
  readonly #taken = new Set<string>();
  #stoppedAt: number | undefined;
  #handedOverAt = 0;
  #unwritten = 0;

  constructor(options: HoldOptions) {
    this.#options = options;
    const begun = options.services.clock.now();
    this.#own = { holder: options.holder, begun };
    this.#held = options.feeds;
    this.#asks = new Asks(options.desks, options.services, begun);
  }

  /** A feed that is disabled here is nothing to stay for: this process cannot have it any more. */
  get #isRelieved(): boolean {
    return this.#held.length < this.#options.feeds.length && this.#held.every(({ phase }) => phase === "disabled");
  }

  async run(): Promise<void> {
    const { services, signal, until } = this.#options;
    const { clock } = services;
    await this.#guarded("what the holder before left was not read", () => this.#resume());
    await this.#guarded("markets were not listed", () => this.#options.refresh());
    for (const feed of this.#held) this.#hand(feed, { kind: "start" });
    let newestAt = clock.now();
    let refreshedAt = newestAt;
    let busy = false;
    while (!signal.aborted && clock.now() < until && !this.#isRelieved) {
      await clock.sleep(tickMs);
      const now = clock.now();
      for (const feed of this.#held) this.#hand(feed, { kind: "tick" });
      for (const at of this.#asks.due(this.#held, now)) {
        for (const feed of this.#held) this.#hand(feed, { kind: "flush", at });
        this.#asks.asked(at, this.#held);
      }
      if (now - newestAt >= newestEveryMs && !busy) {
        newestAt = now;
        busy = true;
        this.#inBackground("the newest state was not stored", async () => {
          try {
            await this.#tell(now);
          } finally {
            busy = false;
          }
        });
      }
      if (now - refreshedAt >= refreshEveryMs) {
        refreshedAt = now;
        this.#inBackground("markets were not listed", () => this.#options.refresh());
      }
    }
    await this.#stop();
  }

  #hand(feed: Feed, input: FeedInput): void {
    const { clock, random } = this.#options.services;
    for (const output of feed.handle(input, clock.now(), random.next())) this.#do(feed, output);
  }

  #do(feed: Feed, output: FeedOutput): void {
    const { services, onPhase, onBatch } = this.#options;
    switch (output.kind) {
      case "connect":
        this.#inBackground("a socket was not opened", () => this.#connect(feed, output.connection, output.url));
        break;
      case "send":
        this.#sockets.get(socketName(feed, output.connection))?.send(output.text);
        break;
      case "close":
        this.#sockets.get(socketName(feed, output.connection))?.close();
        this.#sockets.delete(socketName(feed, output.connection));
        break;
      case "rows":
        onBatch?.(output.batch);
        this.#write(feed, output.batch);
        break;
      case "phase": {
        const { phase, reason } = output;
        if (phase === "live") this.#liveSince.set(feed.id, services.clock.now());
        else this.#liveSince.delete(feed.id);
        onPhase?.(feed, phase, reason);
        if (phase === "disabled") services.log.error("feed disabled", { feed: feed.id, reason });
        else services.log.info("feed", { feed: feed.id, phase, reason });
        break;
      }
    }
  }

  async #connect(feed: Feed, connection: number, url: string): Promise<void> {
    const of = { connection };
    let headers: Record<string, string>;
    try {
      headers = await this.#options.headers(feed.id);
    } catch (error) {
      this.#hand(feed, { kind: "closed", ...of, reason: error instanceof Error ? error.message : String(error) });
      return;
    }
    // It may have been left while its headers were made.
    if (!this.#held.includes(feed)) return;
    const name = socketName(feed, connection);
    const socket = this.#options.sockets.connect(
      { url, headers },
      {
        opened: () => this.#hand(feed, { kind: "opened", ...of }),
        refused: (status) => {
          this.#sockets.delete(name);
          this.#hand(feed, { kind: "refused", ...of, status });
        },
        frame: (text) => this.#hand(feed, { kind: "frame", ...of, text }),
        alive: () => this.#hand(feed, { kind: "alive", ...of }),
        closed: (reason) => {
          this.#sockets.delete(name);
          this.#hand(feed, { kind: "closed", ...of, reason });
        },
      },
    );
    this.#sockets.set(name, socket);
  }

  /** One batch of a feed after the other. */
  #write(feed: Feed, batch: RowBatch): void {
    this.#unwritten += 1;
    this.#asks.sent(feed, batch.at);
    this.#writes.set(feed.id, this.#writeAfter(this.#writes.get(feed.id), feed, batch));
  }

  /** The same bytes again until the lake has them. */
  async #writeAfter(earlier: Promise<void> | undefined, feed: Feed, batch: RowBatch): Promise<void> {
    await earlier;
    const { clock, log } = this.#options.services;
    while (true) {
      try {
        await this.#land(feed, batch);
        this.#unwritten -= 1;
        this.#hand(feed, { kind: "written" });
        this.#inBackground("a desk was not asked to plan", () => this.#asks.landed(feed, batch.at));
        this.#inBackground("a feed was not taken over", () => this.#take(feed, batch));
        return;
      } catch (error) {
        const said = error instanceof Error ? error.message : String(error);
        log.warn("a minute of a stream was not written", { feed: feed.id, minute: batch.minute, error: said });
        if (this.#stoppedAt !== undefined && clock.now() > this.#stoppedAt + lastWritesMs) return;
        await clock.sleep(retryWriteMs);
      }
    }
  }

  async #land(feed: Feed, batch: RowBatch): Promise<void> {
    const { lake, state } = this.#options.services;
    const source = `stream-${batch.feed}`;
    const stem = `${windowStem(source, batch.at)}-${this.#options.holder}`;
    // What a holder that stops, or does not hear the feed, has of a minute is not all that is to be waited for.
    const whole = batch.at === batch.minute && this.#liveSince.has(feed.id);
    const parts = await writeParts(lake, stem, streamDecoderVersion, batch.rows);
    if (batch.refused.length > 0) {
      const key = quarantineKey(source, batch.minute, streamDecoderVersion).replace(
        /\.json$/,
        `-${this.#options.holder}.json`,
      );
      const { holder } = this.#options;
      const body = { source, window_at: batch.minute, holder, refused: batch.refused };
      await lake.putIfAbsent(key, new TextEncoder().encode(JSON.stringify(body)));
    }
    const fresh = Object.entries(parts).flatMap(([table, references]) =>
      references.map((reference) => ({ table: table as TableName, ...reference, window_at: batch.minute })),
    );
    await update<Pointer>(state, stateKeys.pointer(source), (stored) => {
      const oldest = batch.minute - pointedMinutes * minuteMs;
      const kept: Partial<Record<TableName, PartReference[]>> = {};
      for (const [table, references] of Object.entries(stored?.parts ?? {}) as [TableName, PartReference[]][]) {
        kept[table] = references.filter(({ window_at }) => window_at > oldest);
      }
      for (const { table, ...reference } of fresh) {
        const others = (kept[table] ?? []).filter(({ key }) => key !== reference.key);
        kept[table] = [...others, reference].sort((a, b) => a.window_at - b.window_at);
      }
      return {
        // A minute is waited for by it: the rows before its end are not all of them.
        window_at: Math.max(whole ? batch.minute : 0, stored?.window_at ?? 0),
        fetched_at: Math.max(feed.dataAt ?? 0, stored?.fetched_at ?? 0),
        // Frames are not kept: a stream has no raw object.
        raw_key: "",
        raw_sha256: "",
        parts: kept,
      };
    });
  }

  /** With the first minute in the lake that was live from its begin to its end, and still is. */
  async #take(feed: Feed, batch: RowBatch): Promise<void> {
    const { state, clock } = this.#options.services;
    const since = this.#liveSince.get(feed.id) ?? Number.POSITIVE_INFINITY;
    if (batch.at !== batch.minute || since > batch.minute || this.#taken.has(feed.id)) return;
    await takeOver(state, feed.id, this.#own, clock.now());
    this.#taken.add(feed.id);
  }

  /** The newest state, what a successor needs; and which feeds one has taken over. */
  async #tell(now: number): Promise<void> {
    const { services, holder, givesWay } = this.#options;
    const { state, log } = services;
    for (const feed of this.#held) {
      if (feed.phase !== "live") continue;
      const value: StoredNewest = { at: now, holder, ...feed.session.newest(now) };
      await update<StoredNewest>(
        state,
        stateKeys.newest(feed.id),
        (stored) => (stored !== undefined && stored.at >= now ? undefined : value),
        now + newestKeptMs,
      );
    }
    if (now - this.#handedOverAt >= handOverEveryMs) {
      this.#handedOverAt = now;
      // Who does not hear a feed knows nothing of it that another had not better say.
      const live = this.#held.filter(({ phase }) => phase === "live");
      await this.#handOver(live, now, false);
    }

    if (!givesWay) return;
    const successors = await takenOver(state, this.#own, now);
    for (const feed of this.#held) {
      const successor = successors.get(feed.id);
      if (successor === undefined) continue;
      log.info("the feed is held by a successor", { holder, feed: feed.id, successor });
      this.#held = this.#held.filter((one) => one !== feed);
      this.#hand(feed, { kind: "stop" });
    }
  }

  /** Trade ids only at the end: a successor that comes while we go on would count as lost what we have seen since. */
  async #handOver(feeds: readonly Feed[], now: number, final: boolean): Promise<void> {
    for (const feed of feeds) {
      const all = feed.handOver(now);
      const handOver: HandOver = final ? all : { ...all, lastTrades: {} };
      await update(
        this.#options.services.state,
        stateKeys.streamHandOver(feed.id),
        () => handOver,
        now + handOverKeptMs,
      );
    }
  }

  async #resume(): Promise<void> {
    for (const feed of this.#held) {
      const from = (await this.#options.services.state.get<HandOver>(stateKeys.streamHandOver(feed.id)))?.value;
      if (from !== undefined) feed.session.resume(from);
    }
  }

  async #stop(): Promise<void> {
    const { clock, log } = this.#options.services;
    const left = this.#held;
    this.#held = [];
    this.#stoppedAt = clock.now();
    for (const feed of left) this.#hand(feed, { kind: "stop" });
    await this.#guarded("what a successor needs was not stored", () => this.#handOver(left, clock.now(), true));
    await Promise.all(this.#writes.values());
    await Promise.all(this.#background);
    if (this.#unwritten > 0) log.error("minutes of streams were lost", { minutes: this.#unwritten });
  }

  #inBackground(failure: string, work: () => Promise<void>): void {
    const done: Promise<void> = this.#guarded(failure, work).finally(() => this.#background.delete(done));
    this.#background.add(done);
  }

  async #guarded(failure: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#options.services.log.warn(failure, { error: error instanceof Error ? error.message : String(error) });
    }
  }
}

const socketName = (feed: Feed, connection: number): string => `${feed.id}/${connection}`;

/** Returns when it is told to stop, when its time is over, or when successors have taken over all that it could hold. */
export async function holdStreams(options: HoldOptions): Promise<void> {
  await new Holding(options).run();
}
