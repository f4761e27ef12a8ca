/** What the live feeds show now, from the newest state that their holder renews every few seconds. */
import * as z from "zod";
import { feedIds } from "../core/crypto/feeds.ts";
import { dollar } from "../core/market/price.ts";
import { eventOfTicker } from "../core/market/tickers.ts";
import type { State } from "../core/ports.ts";
import { type NewestBooks, type NewestQuotes, type StoredNewest, storedNewest } from "../core/stream/newest.ts";
import { stateKeys } from "../functions/facts.ts";
import { CommandError } from "./command.ts";

/** One price. $, but for a pair that is not in dollars; instants in ISO 8601. */
export interface ShownNow {
  feed: string;
  /** Who holds the socket. */
  holder: string;
  /** A pair by the venue's name of it, the index, or a market. */
  of: string;
  /** Of the index only. */
  value: number | null;
  bid: number | null;
  ask: number | null;
  /** Change of the logarithm; null where the unbroken stretch is too short, and of markets and the index. */
  return_60s: number | null;
  return_300s: number | null;
  /** When the quote came, or the index was printed; null of a book, which is as it stood when it was stored. */
  seen_at: string | null;
  stored_at: string;
  /** Of a market. */
  close_time: string | null;
}

type Price = Omit<ShownNow, "feed" | "holder" | "stored_at">;

const isoOf = (at: number) => new Date(at).toISOString();
const unknown = { value: null, bid: null, ask: null, return_60s: null, return_300s: null, seen_at: null };

const pairs = ({ quotes }: NewestQuotes): Price[] =>
  Object.entries(quotes).map(([of, { bid, ask, return_60s, return_300s, received_at }]) => ({
    of,
    value: null,
    bid,
    ask,
    return_60s,
    return_300s,
    seen_at: isoOf(received_at),
    close_time: null,
  }));

/** Of each event that closes next the market whose mid is nearest to half a dollar: where the price is. */
function nextMarkets({ books, closes }: NewestBooks, now: number): Price[] {
  const closing = Math.min(...Object.values(closes).filter((at) => at > now));
  const quoted = Object.entries(books)
    .filter(([market]) => closes[eventOfTicker(market)] === closing)
    .flatMap(([market, [bid, , ask]]) => (bid === null || ask === null ? [] : [{ market, bid, ask }]))
    .sort(
      (a, b) => Math.abs(a.bid + a.ask - dollar) - Math.abs(b.bid + b.ask - dollar) || (a.market < b.market ? -1 : 1),
    );
  const nearest = new Map(quoted.toReversed().map((one) => [eventOfTicker(one.market), one]));
  return [...nearest.values()]
    .sort((a, b) => (a.market < b.market ? -1 : 1))
    .map(({ market, bid, ask }) => ({
      ...unknown,
      of: market,
      bid: bid / dollar,
      ask: ask / dollar,
      close_time: isoOf(closing),
    }));
}

function indexAndMarkets(newest: NewestBooks, now: number): Price[] {
  const print = newest.prints.at(-1);
  const index: Price[] =
    print === undefined
      ? []
      : [{ ...unknown, of: newest.index_id, value: print[1], seen_at: isoOf(print[0]), close_time: null }];
  return [...index, ...nextMarkets(newest, now)];
}

async function newestOf(feed: string, state: Pick<State, "get">): Promise<StoredNewest | undefined> {
  const key = stateKeys.newest(feed);
  const item = await state.get(key);
  if (item === undefined) return undefined;
  const parsed = storedNewest.safeParse(item.value);
  if (parsed.success) return parsed.data;
  throw new CommandError(
    `The state ${key} is not as this version knows it: ${z.prettifyError(parsed.error)}. Hold the feeds with this version.`,
  );
}

/** By feed; a feed whose state was not renewed for ten minutes shows nothing. @param now epoch ms. */
export async function feedsNow(state: Pick<State, "get">, now: number): Promise<ShownNow[]> {
  const all = await Promise.all(feedIds.map(async (feed) => ({ feed, newest: await newestOf(feed, state) })));
  return all.flatMap(({ feed, newest }) => {
    if (newest === undefined) return [];
    const prices = "venue" in newest ? pairs(newest) : indexAndMarkets(newest, now);
    return prices.map((price) => ({ feed, holder: newest.holder, stored_at: isoOf(newest.at), ...price }));
  });
}
