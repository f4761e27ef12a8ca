/**
 * What was asked of Kalshi on a connection, and what of it stands. One subscription a channel; markets are added to it and
 * taken from it. What is refused or not answered is asked for again, in pauses that grow and never end: a server that is
 * slow gets no second command for the first one's delay, and one that changes its mind is heard.
 */
import { type KalshiChannel, subscribeCommand, unsubscribeCommand, updateCommand } from "../market/stream-frames.ts";
import type { AcknowledgedEvent, RejectedEvent } from "./event.ts";
import type { Leave } from "./session.ts";

const second = 1_000;
/** The pause after a command; it doubles with each that is given for the same thing. */
const firstPauseMs = 5_000;
const mostPauseMs = 10 * 60_000;
/** Between a refused command and its halves. */
const splitPauseMs = second;
/** A subscription that stood for so long was a good one: its loss counts as the first. */
const steadyMs = 60_000;
/** The server says that it has the subscription whose number we wait for. */
const alreadyPauseMs = 60_000;
/** A reply that comes later than this is to nothing that we remember. */
const rememberedMs = 10 * 60_000;
/** Tickers a command. */
const chunk = 200;
/** Commands at once, and for how long one of them takes to be allowed again: no minute sees more than 180. */
const mostAtOnce = 120;
const allowedEveryMs = second;

const alreadySubscribed = 6;
const unknownSubscription = 7;
/** Of the channel (3, 8), of the moment (18, 27): another choice of markets changes nothing. */
const notOfMarkets: readonly (number | null)[] = [3, 8, 18, 27];

const plainChannels = ["market_lifecycle_v2", "cfbenchmarks_value"] as const;
const marketChannels = ["orderbook_delta", "trade", "ticker"] as const;

const pauseMs = (tries: number) => Math.min(mostPauseMs, firstPauseMs * 2 ** Math.min(tries, 10));

export interface SentCommand {
  channel: KalshiChannel;
  action: "subscribe" | "add" | "delete" | "snapshot" | "unsubscribe";
  /** The subscription that it changes. */
  sid: number | undefined;
  markets: readonly string[];
  sentAt: number;
}

/** A market that was asked for and is not there yet. */
interface Wait {
  tries: number;
  /** Not to be asked for again before. */
  notBefore: number;
  /** How many markets its command may name: half of those of the last one that was refused. */
  most: number;
}

interface Channel {
  sid: number | undefined;
  /** When the server took the subscription. */
  since: number;
  /** Markets that the server says it has added. */
  held: Set<string>;
  waits: Map<string, Wait>;
  tries: number;
  /** Not to be subscribed again before. */
  notBefore: number;
  /** Whether the server said that it has a subscription whose number it did not tell. */
  isTaken: boolean;
}

const newChannel = (): Channel => ({
  sid: undefined,
  since: 0,
  held: new Set(),
  waits: new Map(),
  tries: 0,
  notBefore: 0,
  isTaken: false,
});

export class KalshiSubscriptions {
  readonly #indexId: string;
  #channels = new Map<KalshiChannel, Channel>();
  #sent = new Map<number, SentCommand>();
  #letGo = new Set<number>();
  #nextId = 1;
  // Over all connections: a server that takes us and drops us is not to be flooded either.
  #allowed = mostAtOnce;
  #allowedAt = 0;

  constructor(indexId: string) {
    this.#indexId = indexId;
  }

  /** Nothing of it outlives its connection. */
  reset(): void {
    this.#channels = new Map();
    this.#sent = new Map();
    this.#letGo = new Set();
  }

  /** The number of the books' subscription. */
  get booksSid(): number | undefined {
    return this.#channel("orderbook_delta").sid;
  }

  /** Markets whose books the server says it sends. */
  get heldBooks(): ReadonlySet<string> {
    return this.#channel("orderbook_delta").held;
  }

  #channel(name: KalshiChannel): Channel {
    let channel = this.#channels.get(name);
    if (channel === undefined) this.#channels.set(name, (channel = newChannel()));
    return channel;
  }

  #isAllowed(now: number): boolean {
    const regained = Math.max(0, now - this.#allowedAt) / allowedEveryMs;
    this.#allowed = Math.min(mostAtOnce, this.#allowed + regained);
    this.#allowedAt = now;
    if (this.#allowed < 1) return false;
    this.#allowed -= 1;
    return true;
  }

  #remember(command: Omit<SentCommand, "sentAt">, now: number): number {
    const id = this.#nextId++;
    this.#sent.set(id, { ...command, sentAt: now });
    return id;
  }

  /** By command: those that may be asked for with most others first, of these those that were asked for least. */
  #groups({ waits }: Channel, markets: readonly string[]): string[][] {
    const tries = (market: string) => waits.get(market)?.tries ?? 0;
    const byMost = Map.groupBy(
      markets.toSorted((a, b) => tries(a) - tries(b)),
      (market) => waits.get(market)?.most ?? chunk,
    );
    return [...byMost]
      .toSorted(([a], [b]) => b - a)
      .flatMap(([most, of]) =>
        Array.from({ length: Math.ceil(of.length / most) }, (_, n) => of.slice(n * most, (n + 1) * most)),
      );
  }

  /** The commands that bring what the server sends in line with what is wanted, as far as it is time for them. */
  reconcile(wanted: readonly string[], now: number): string[] {
    for (const [id, { sentAt }] of this.#sent) if (now - sentAt > rememberedMs) this.#sent.delete(id);
    const send: string[] = [];
    for (const name of plainChannels) {
      const channel = this.#channel(name);
      if (channel.sid === undefined && now >= channel.notBefore && this.#isAllowed(now)) {
        send.push(this.#subscribe(name, channel, [], now));
      }
    }
    const isWanted = new Set(wanted);
    for (const name of marketChannels) {
      const channel = this.#channel(name);
      for (const market of channel.waits.keys()) if (!isWanted.has(market)) channel.waits.delete(market);
      const due = wanted.filter(
        (market) => !channel.held.has(market) && now >= (channel.waits.get(market)?.notBefore ?? 0),
      );
      const { sid } = channel;
      if (sid === undefined) {
        const [first] = this.#groups(channel, due);
        if (first !== undefined && now >= channel.notBefore && this.#isAllowed(now)) {
          send.push(this.#subscribe(name, channel, first, now));
        }
        continue;
      }
      for (const markets of this.#groups(channel, due)) {
        if (!this.#isAllowed(now)) break;
        for (const market of markets) this.#wait(channel, market, now);
        const id = this.#remember({ channel: name, action: "add", sid, markets }, now);
        send.push(updateCommand(id, sid, "add_markets", markets));
      }
      const gone = [...channel.held].filter((market) => !isWanted.has(market));
      for (const markets of this.#groups(channel, gone)) {
        if (!this.#isAllowed(now)) break;
        // Not asked twice: what may still come of a market that nobody wants is left out.
        for (const market of markets) channel.held.delete(market);
        const id = this.#remember({ channel: name, action: "delete", sid, markets }, now);
        send.push(updateCommand(id, sid, "delete_markets", markets));
      }
    }
    return send;
  }

  #wait(channel: Channel, market: string, now: number): void {
    const { tries = 0, most = chunk } = channel.waits.get(market) ?? {};
    channel.waits.set(market, { tries: tries + 1, notBefore: now + pauseMs(tries), most });
  }

  #subscribe(name: KalshiChannel, channel: Channel, markets: readonly string[], now: number): string {
    channel.notBefore = now + pauseMs(channel.tries);
    channel.tries += 1;
    const id = this.#remember({ channel: name, action: "subscribe", sid: undefined, markets }, now);
    if (name === "cfbenchmarks_value") return subscribeCommand(id, name, { indices: [this.#indexId] });
    return subscribeCommand(id, name, markets.length === 0 ? {} : { markets });
  }

  /** @returns the commands, and the markets of them: not more than may be sent now. */
  snapshots(due: readonly string[], now: number): { send: string[]; asked: string[] } {
    const channel = this.#channel("orderbook_delta");
    const { sid } = channel;
    const send: string[] = [];
    const asked: string[] = [];
    if (sid === undefined) return { send, asked };
    for (const markets of this.#groups(channel, due)) {
      if (!this.#isAllowed(now)) break;
      asked.push(...markets);
      const id = this.#remember({ channel: "orderbook_delta", action: "snapshot", sid, markets }, now);
      send.push(updateCommand(id, sid, "get_snapshot", markets));
    }
    return { send, asked };
  }

  /** Ends a subscription beside ours, once: two of one channel tell every change twice. */
  letGo(channel: KalshiChannel, sid: number, now: number): string[] {
    if (this.#letGo.has(sid) || !this.#isAllowed(now)) return [];
    this.#letGo.add(sid);
    return [unsubscribeCommand(this.#remember({ channel, action: "unsubscribe", sid, markets: [] }, now), sid)];
  }

  /** A reply, however late. @returns the command that was taken, and what is to be said to that. */
  acknowledged({ request, sid }: AcknowledgedEvent, now: number): { taken: SentCommand | undefined; send: string[] } {
    const command = request === null ? undefined : this.#sent.get(request);
    const ignored = { taken: undefined, send: [] };
    if (request === null || command === undefined) return ignored;
    this.#sent.delete(request);
    const { action, markets } = command;
    const channel = this.#channel(command.channel);
    if (action === "subscribe") {
      if (sid === null) return ignored;
      if (channel.sid === undefined) {
        channel.sid = sid;
        channel.since = now;
        channel.isTaken = false;
      } else if (channel.sid !== sid) return { taken: undefined, send: this.letGo(command.channel, sid, now) };
    } else if (command.sid !== channel.sid) return ignored;
    if (action === "delete") return { taken: command, send: [] };
    for (const market of markets) {
      channel.waits.delete(market);
      if (action !== "snapshot") channel.held.add(market);
    }
    return { taken: command, send: [] };
  }

  /** @returns the command that was refused; and why this connection is of no use, if that is so. */
  rejected({ request, code }: RejectedEvent, now: number): { refused: SentCommand | undefined; leave?: Leave } {
    const refused = request === null ? undefined : this.#sent.get(request);
    if (request === null || refused === undefined) return { refused: undefined };
    this.#sent.delete(request);
    const channel = this.#channel(refused.channel);
    const { action, markets } = refused;
    if (code === unknownSubscription) {
      if (refused.sid === channel.sid && channel.sid !== undefined) this.#lose(refused.channel, channel, now);
      return { refused };
    }
    if (action === "subscribe") {
      if (channel.sid !== undefined) return { refused };
      if (code === alreadySubscribed) {
        if (channel.isTaken) {
          return {
            refused,
            leave: {
              reason: `Kalshi holds a subscription of ${refused.channel} that it does not tell us`,
              asked: false,
            },
          };
        }
        channel.isTaken = true;
        channel.notBefore = Math.max(channel.notBefore, now + alreadyPauseMs);
        return { refused };
      }
    }
    if (notOfMarkets.includes(code)) return { refused };
    if (markets.length > 1) {
      const most = Math.ceil(markets.length / 2);
      for (const market of markets) channel.waits.set(market, { tries: 0, notBefore: now + splitPauseMs, most });
    } else if (action === "subscribe") for (const market of markets) this.#wait(channel, market, now);
    return { refused };
  }

  #lose(name: KalshiChannel, { since, tries, notBefore }: Channel, now: number): void {
    this.#channels.set(name, { ...newChannel(), tries: now - since >= steadyMs ? 0 : tries, notBefore });
  }
}
