/** The feeds that the crypto desk listens to. */
import type { FeedDefinition } from "../stream/feed.ts";
import { KalshiSession } from "../stream/kalshi-session.ts";
import { VenueSession } from "../stream/venue-session.ts";
import type { VenueStream } from "../stream/venue-stream.ts";
import { binanceStream, binanceUsStream } from "./venues/binance-stream.ts";
import { bitstampStream } from "./venues/bitstamp-stream.ts";
import { coinbaseStream } from "./venues/coinbase-stream.ts";
import { krakenStream } from "./venues/kraken-stream.ts";

const venues: readonly VenueStream[] = [coinbaseStream, krakenStream, bitstampStream, binanceStream, binanceUsStream];

/** Rows of about ten minutes at the rates of one feed. */
const venueRows = 20_000;
const kalshiRows = 100_000;

/** The families of one-hour, one-day and quarter-hour BTC markets. */
export const kalshiStreamSeries = ["KXBTC", "KXBTCD", "KXBTC15M"] as const;
export const kalshiStreamPath = "/trade-api/ws/v2";
const kalshiUrl = `wss://external-api-ws.kalshi.com${kalshiStreamPath}`;

/** A venue does not serve this address: asking again changes nothing while this process lives. */
const closedDoors: readonly number[] = [403, 451];
/** Of Kalshi these may pass: it is asked again. */
const kalshiHints = {
  401: "the key is not known there, or this computer's clock is off",
  403: "the key may not listen, or a firewall is in between",
};

function venueFeed(venue: VenueStream): FeedDefinition {
  const { id, url, keepAlive, quietAfterMs, silentAfterMs, maxAgeMs } = venue;
  return {
    id,
    url,
    rules: {
      quietAfterMs,
      silentAfterMs,
      acknowledges: venue.subscribe().length > 0,
      disabledBy: closedDoors,
      ...(maxAgeMs === undefined ? {} : { maxAgeMs }),
    },
    ...(keepAlive === undefined ? {} : { keepAlive }),
    session: new VenueSession(venue),
    mostRows: venueRows,
  };
}

export function kalshiFeed(): FeedDefinition & { session: KalshiSession } {
  return {
    id: "kalshi",
    url: kalshiUrl,
    // The server pings every 10 s.
    rules: { quietAfterMs: 25_000, silentAfterMs: 60_000, acknowledges: true, disabledBy: [], hints: kalshiHints },
    session: new KalshiSession({ series: kalshiStreamSeries, indexId: "BRTI", mostMarkets: 2_000 }),
    mostRows: kalshiRows,
  };
}

export const feedIds: readonly string[] = ["kalshi", ...venues.map(({ id }) => id)];

/** Binance.US is thin and its dollars are USDT: listened to when asked for. */
export const usualFeeds: readonly string[] = feedIds.filter((id) => id !== binanceUsStream.id);

/** @throws for an id that is none of `feedIds`. */
export function feedDefinition(id: string): FeedDefinition {
  if (id === "kalshi") return kalshiFeed();
  const venue = venues.find((one) => one.id === id);
  if (venue === undefined) throw new Error(`no feed "${id}"; there are ${feedIds.join(", ")}`);
  return venueFeed(venue);
}
