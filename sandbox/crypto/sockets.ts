/** The live feeds of the simulated world: Kalshi's and the venues' WebSockets, behind the port and by the clock. */
import type { Clock, SocketListener, Sockets } from "../../core/ports.ts";
import type { MarketFamily } from "../market-family.ts";
import type { Bitcoin } from "./bitcoin.ts";
import type { Conversation, Refused } from "./conversation.ts";
import { kalshiConversation } from "./kalshi-conversation.ts";
import {
  binanceConversation,
  bitstampConversation,
  coinbaseConversation,
  krakenConversation,
} from "./spot-conversations.ts";
import type { Venues } from "./venues.ts";

/** What the feeds tell of. */
export interface LiveWorld {
  bitcoin: Bitcoin;
  markets: MarketFamily;
  venues: Venues;
}

/** Between two looks at what there is to tell. */
const stepMs = 100;
/** A ping of the protocol. */
const pingEveryMs = 10_000;

const venues: Readonly<Record<string, string>> = {
  "ws-feed.exchange.coinbase.com": "coinbase",
  "ws.kraken.com": "kraken",
  "ws.bitstamp.net": "bitstamp",
  "data-stream.binance.vision": "binance",
  "stream.binance.us:9443": "binance-us",
};
const kalshiHost = "external-api-ws.kalshi.com";

export const socketHosts: readonly string[] = [kalshiHost, ...Object.keys(venues)];

/** The server of that address at that instant; undefined when nobody in this world has that host. */
function converse(world: LiveWorld, url: URL, now: number): Conversation | Refused | undefined {
  if (url.host === kalshiHost) {
    return url.pathname === "/trade-api/ws/v2" ? kalshiConversation(world, now) : { status: 404 };
  }
  const venue = venues[url.host];
  if (venue === undefined) return undefined;
  if (world.venues.quote(venue, now) === undefined) return { status: 503 };
  switch (venue) {
    case "coinbase":
      return coinbaseConversation(world.venues, now);
    case "kraken":
      return url.pathname === "/v2" ? krakenConversation(world.venues, now) : { status: 404 };
    case "bitstamp":
      return bitstampConversation(world.venues, now);
    default:
      return binanceConversation(world.venues, venue === "binance" ? "binance" : "binance-us", url, now);
  }
}

/** One connection, from the handshake to its end. */
class Line {
  readonly #clock: Clock;
  readonly #listener: SocketListener;
  readonly #heard: string[] = [];
  #open = true;

  constructor(clock: Clock, listener: SocketListener) {
    this.#clock = clock;
    this.#listener = listener;
  }

  send(text: string): void {
    if (this.#open) this.#heard.push(text);
  }

  close(): void {
    this.#open = false;
  }

  #end(tell: () => void): void {
    if (!this.#open) return;
    this.#open = false;
    tell();
  }

  async run(world: LiveWorld, url: URL): Promise<void> {
    const clock = this.#clock;
    const listener = this.#listener;
    await clock.sleep(stepMs);
    const server = converse(world, url, clock.now());
    if (server === undefined) return this.#end(() => listener.closed(`the sandbox has no host ${url.host}`));
    if ("status" in server) return this.#end(() => listener.refused(server.status));
    if (this.#open) listener.opened();
    let pingedAt = clock.now();
    while (this.#open) {
      const now = clock.now();
      // A frame may make the client close: then nothing comes any more.
      const say = (frames: readonly string[]) => {
        for (const frame of frames) if (this.#open) listener.frame(frame);
      };
      // Only what was there at the beginning of the turn: answers to it are for the next one.
      for (const text of this.#heard.splice(0)) say(server.hear(text, now));
      say(server.look(now));
      const reason = server.over(now);
      if (reason !== undefined) this.#end(() => listener.closed(reason));
      if (this.#open && now - pingedAt >= pingEveryMs) {
        pingedAt = now;
        listener.alive();
      }
      await clock.sleep(stepMs);
    }
  }
}

/** @param clock one that goes on by itself: a connection looks at it ten times a second. */
export function sandboxSockets(world: LiveWorld, clock: Clock): Sockets {
  return {
    connect({ url }, listener) {
      const line = new Line(clock, listener);
      void line.run(world, new URL(url)).catch((error: unknown) => {
        line.close();
        listener.closed(`the sandbox failed: ${error instanceof Error ? error.message : String(error)}`);
      });
      return { send: (text) => line.send(text), close: () => line.close() };
    },
  };
}
