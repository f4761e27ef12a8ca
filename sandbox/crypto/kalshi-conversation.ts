/**
 * Kalshi's WebSocket (kalshi-api.md §3) over the bitcoin markets of this world. Books are told by the whole second: the
 * book of a market is the one that REST shows at that instant. Numbers run per subscription, over all its markets and over
 * the replies to commands.
 */
import { contracts, dollars, orderbookPayload, type Payload } from "../kalshi-payload.ts";
import type { ListedEvent } from "../market-family.ts";
import type { Quote } from "../quotes.ts";
import { type Conversation, objectOf, secondsSince, textsOf } from "./conversation.ts";
import type { LiveWorld } from "./sockets.ts";

const second = 1000;
const quarter = 15 * 60;
/** Prints in an average. */
const window = 60;
const indexId = "BRTI";
/** What the way from the index's administrator takes. */
const printDelay = 63;
/** A quarter's target is told so long after it opens, as REST shows it. */
const targetAfter = 1000;
const channels = ["orderbook_delta", "ticker", "trade", "market_lifecycle_v2", "cfbenchmarks_value"] as const;
type Channel = (typeof channels)[number];

/** Error codes of the documentation. */
const errors = {
  1: "Unable to process message",
  5: "Unknown command",
  7: "Unknown subscription ID",
  8: "Unknown channel name",
  12: "Exactly one subscription ID is required",
  13: "Unsupported action",
  14: "Market ticker required",
} as const;

/** Bids by price in 1/10000 dollars, hundredths of contracts. */
type Side = ReadonlyMap<number, number>;
interface Book {
  yes: Side;
  no: Side;
}

interface Subscription {
  sid: number;
  /** The number given last. */
  seq: number;
  markets: Set<string>;
  /** Whether the No side is told by what Yes costs there. */
  yesPriced: boolean;
  indices: Set<string>;
}

/** A market that can be asked for now. */
interface Market {
  event: ListedEvent;
  index: number;
}

const bps = 10_000;

function sideOf(levels: unknown): Side {
  return new Map(
    (levels as [string, string][]).map(([price, size]) => [
      Math.round(Number(price) * bps),
      Math.round(Number(size) * 100),
    ]),
  );
}

function bookOf(quote: Quote, fineEnds: boolean): Book {
  const { orderbook_fp } = orderbookPayload({ quote, fineEnds }, 0) as { orderbook_fp: Payload };
  return { yes: sideOf(orderbook_fp["yes_dollars"]), no: sideOf(orderbook_fp["no_dollars"]) };
}

export function kalshiConversation(world: LiveWorld, from: number): Conversation {
  const subscriptions = new Map<Channel, Subscription>();
  /** By market: the book as it was told last. */
  const told = new Map<string, Book>();
  const tickersTold = new Map<string, string>();
  let last = Math.floor(from / second);

  /** The event's quotes at a whole second, asked for once. */
  let looked: { at: number; quotes: Map<ListedEvent, readonly Quote[]>; markets: Map<string, Market> } | undefined;
  const worldAt = (at: number) => {
    if (looked?.at === at) return looked;
    const markets = new Map<string, Market>();
    for (const event of world.markets.listed(null, at)) {
      if (at >= event.finalizedAt) continue;
      event.tickers.forEach((ticker, index) => markets.set(ticker, { event, index }));
    }
    return (looked = { at, quotes: new Map(), markets });
  };
  const quoteOf = (ticker: string, at: number): Quote | undefined => {
    const { quotes, markets } = worldAt(at);
    const market = markets.get(ticker);
    if (market === undefined) return undefined;
    let all = quotes.get(market.event);
    if (all === undefined) quotes.set(market.event, (all = market.event.quotes(at)));
    return all[market.index];
  };
  const isFine = (ticker: string, at: number) => worldAt(at).markets.get(ticker)?.event.fineEnds === true;

  const numbered = (of: Subscription) => ({ sid: of.sid, seq: (of.seq += 1) });
  const refused = (id: unknown, code: keyof typeof errors) =>
    JSON.stringify({ type: "error", id, msg: { code, msg: errors[code] } });

  /** The price of a No bid in 1/10000 dollars as this subscription has it. */
  const noPrice = (price: number, { yesPriced }: Subscription) => (yesPriced ? bps - price : price);
  const priceText = (price: number) => (price / bps).toFixed(4);

  const snapshot = (ticker: string, of: Subscription, at: number): string[] => {
    const quote = quoteOf(ticker, at);
    if (quote === undefined) return [];
    const book = bookOf(quote, isFine(ticker, at));
    told.set(ticker, book);
    const levels = (side: Side, price: (own: number) => number) =>
      [...side].map(([own, size]) => [priceText(price(own)), contracts(size)]);
    // The key of an empty side is absent.
    const msg = {
      market_ticker: ticker,
      market_id: ticker,
      ...(book.yes.size === 0 ? {} : { yes_dollars_fp: levels(book.yes, (own) => own) }),
      ...(book.no.size === 0 ? {} : { no_dollars_fp: levels(book.no, (own) => noPrice(own, of)) }),
    };
    return [JSON.stringify({ type: "orderbook_snapshot", ...numbered(of), msg })];
  };

  const deltas = (ticker: string, of: Subscription, at: number): string[] => {
    const before = told.get(ticker);
    const quote = quoteOf(ticker, at);
    if (before === undefined || quote === undefined) return [];
    const book = bookOf(quote, isFine(ticker, at));
    told.set(ticker, book);
    const changes: { side: "yes" | "no"; price: number; change: number }[] = [];
    for (const side of ["yes", "no"] as const) {
      for (const price of new Set([...before[side].keys(), ...book[side].keys()])) {
        const change = (book[side].get(price) ?? 0) - (before[side].get(price) ?? 0);
        if (change !== 0) changes.push({ side, price, change });
      }
    }
    // What is taken away first: the book is not crossed on the way.
    changes.sort((a, b) => Number(a.change > 0) - Number(b.change > 0));
    return changes.map(({ side, price, change }) =>
      JSON.stringify({
        type: "orderbook_delta",
        ...numbered(of),
        msg: {
          market_ticker: ticker,
          market_id: ticker,
          price_dollars: priceText(side === "yes" ? price : noPrice(price, of)),
          delta_fp: contracts(change),
          side,
          ts: new Date(at).toISOString(),
          ts_ms: at,
        },
      }),
    );
  };

  const summary = (market: string, { sid }: Subscription, at: number): string[] => {
    const quote = quoteOf(market, at);
    if (quote === undefined) return [];
    const { bid, ask, bidSize, askSize, last: price, volume, openInterest } = quote;
    const shown = {
      price_dollars: dollars(price ?? 0),
      yes_bid_dollars: dollars(bid ?? 0),
      yes_ask_dollars: dollars(ask ?? 100),
      yes_bid_size_fp: contracts(bidSize),
      yes_ask_size_fp: contracts(askSize),
      volume_fp: contracts(volume),
      open_interest_fp: contracts(openInterest),
    };
    const text = JSON.stringify(shown);
    if (tickersTold.get(market) === text) return [];
    tickersTold.set(market, text);
    const msg = { market_ticker: market, market_id: market, ...shown, ts: Math.floor(at / second), ts_ms: at };
    return [JSON.stringify({ type: "ticker", sid, msg })];
  };

  const trades = (ticker: string, { sid }: Subscription, since: number, at: number): string[] => {
    const market = worldAt(at).markets.get(ticker);
    if (market === undefined) return [];
    return market.event.trades(market.index, since, at).map((trade) =>
      JSON.stringify({
        type: "trade",
        sid,
        msg: {
          trade_id: trade.id,
          market_ticker: ticker,
          yes_price_dollars: dollars(trade.cents),
          no_price_dollars: dollars(100 - trade.cents),
          count_fp: contracts(trade.contracts),
          taker_outcome_side: trade.taker,
          taker_book_side: trade.taker === "yes" ? "bid" : "ask",
          is_block_trade: false,
          ts: Math.floor(trade.at / second),
          ts_ms: trade.at,
        },
      }),
    );
  };

  /** The mean of the prints of [first, until), seconds; two more decimals than the index has. */
  const mean = (first: number, until: number) => {
    let sum = 0;
    for (let one = first; one < until; one += 1) sum += world.bitcoin.print(one);
    return (sum / (until - first)).toFixed(8);
  };

  const print = (of: Subscription, at: number): string[] => {
    if (!of.indices.has(indexId)) return [];
    const one = at / second;
    // The last minute before a quarter of an hour: its running average does not have the newest print yet.
    const into = window - (quarter - (one % quarter));
    const running =
      into > 0
        ? {
            last_60s_windowed_average_15min: {
              value: mean(one - into, one),
              window_size: into,
              window_start_ts_ms: (one - into) * second,
              window_end_ts_exclusive: at,
            },
          }
        : {};
    const msg = {
      index_id: indexId,
      received_at: at + printDelay,
      data: JSON.stringify({ type: "value", id: indexId, time: at, value: world.bitcoin.print(one).toFixed(2) }),
      avg_60s_data: {
        value: mean(one - window, one),
        window_size: window,
        window_start_ts_ms: at - window * second,
        window_end_ts_exclusive: at,
      },
      ...running,
    };
    return [JSON.stringify({ type: "cfbenchmarks_value", ...numbered(of), msg })];
  };

  /** What became of the markets in (since, now]. Nothing is said at a scheduled open but for markets that are activated. */
  const lifecycle = ({ sid }: Subscription, since: number, now: number): string[] => {
    const frames: string[] = [];
    const within = (at: number) => at > since && at <= now;
    for (const event of world.markets.listed(null, now)) {
      const { createdAt, openAt, closeAt, determinedAt, finalizedAt } = event;
      const tell = (at: number, type: string, more: (index: number) => Payload) => {
        if (!within(at)) return;
        event.tickers.forEach((market_ticker, index) =>
          frames.push(
            JSON.stringify({
              type: "market_lifecycle_v2",
              sid,
              msg: { event_type: type, market_ticker, ...more(index) },
            }),
          ),
        );
      };
      tell(createdAt, "created", () => ({ open_ts: openAt / second, close_ts: closeAt / second }));
      tell(openAt, "activated", () => ({}));
      if (event.fineEnds)
        tell(openAt + targetAfter, "metadata_updated", (index) => {
          const { floor_strike, yes_sub_title } = event.markets(openAt + targetAfter)[index] ?? {};
          return { floor_strike, yes_sub_title };
        });
      tell(determinedAt, "determined", (index) => {
        const { result, settlement_value_dollars } = event.markets(determinedAt)[index] ?? {};
        const determination_ts = Math.floor(determinedAt / second);
        return { result, settlement_value: settlement_value_dollars, determination_ts };
      });
      tell(finalizedAt, "settled", () => ({ settled_ts: Math.floor(finalizedAt / second) }));
    }
    return frames;
  };

  const add = (channel: Channel, of: Subscription, markets: readonly string[], at: number): string[] => {
    for (const market of markets) of.markets.add(market);
    return channel === "orderbook_delta" ? markets.flatMap((market) => snapshot(market, of, at)) : [];
  };

  const subscribe = (id: unknown, parameters: Payload, at: number): string[] => {
    const asked = textsOf(parameters["channels"]);
    const markets = textsOf(parameters["market_tickers"]);
    if (asked.length === 0 || asked.some((name) => !channels.some((one) => one === name))) return [refused(id, 8)];
    if (asked.includes("orderbook_delta") && markets.length === 0) return [refused(id, 14)];
    return (asked as Channel[]).flatMap((channel) => {
      let of = subscriptions.get(channel);
      if (of === undefined) {
        const yesPriced = parameters["use_yes_price"] === true;
        of = { sid: subscriptions.size + 1, seq: 0, markets: new Set(), yesPriced, indices: new Set() };
        subscriptions.set(channel, of);
      }
      for (const one of textsOf(parameters["index_ids"])) of.indices.add(one);
      const reply = JSON.stringify({ id, type: "subscribed", msg: { channel, sid: of.sid } });
      return [reply, ...add(channel, of, markets, at)];
    });
  };

  const update = (id: unknown, parameters: Payload, at: number): string[] => {
    const sids = parameters["sids"];
    if (!Array.isArray(sids) || sids.length !== 1) return [refused(id, 12)];
    const [channel, of] = [...subscriptions].find(([, { sid }]) => sid === sids[0]) ?? [];
    if (channel === undefined || of === undefined) return [refused(id, 7)];
    const markets = textsOf(parameters["market_tickers"]);
    const action = parameters["action"];
    if (action !== "add_markets" && action !== "delete_markets" && action !== "get_snapshot") return [refused(id, 13)];
    if (action === "delete_markets")
      for (const market of markets) {
        of.markets.delete(market);
        if (channel === "orderbook_delta") told.delete(market);
      }
    const ok = JSON.stringify({ id, type: "ok", ...numbered(of), msg: { market_tickers: markets } });
    return [ok, ...(action === "delete_markets" ? [] : add(channel, of, markets, at))];
  };

  /** Books first: what a ticker says of a market is not newer than its book. */
  const look = (now: number): string[] => {
    const frames: string[] = [];
    const of = (channel: Channel) => subscriptions.get(channel);
    const seconds = secondsSince(last, now);
    const newest = seconds.at(-1);
    if (newest === undefined) return frames;
    const [since, at] = [last * second, newest * second];
    last = newest;
    const [index, news, books, tape, tickers] = [
      of("cfbenchmarks_value"),
      of("market_lifecycle_v2"),
      of("orderbook_delta"),
      of("trade"),
      of("ticker"),
    ];
    if (index !== undefined) for (const one of seconds) frames.push(...print(index, one * second));
    if (news !== undefined) frames.push(...lifecycle(news, since, at));
    if (books !== undefined) for (const market of books.markets) frames.push(...deltas(market, books, at));
    if (tape !== undefined) for (const market of tape.markets) frames.push(...trades(market, tape, since, at));
    if (tickers !== undefined) for (const market of tickers.markets) frames.push(...summary(market, tickers, at));
    return frames;
  };

  return {
    look,
    over: () => undefined,
    hear(text, now) {
      const command = objectOf(text);
      const id = command?.["id"];
      const parameters = command?.["params"];
      if (typeof parameters !== "object" || parameters === null) return [refused(id, 1)];
      const at = Math.floor(now / second) * second;
      switch (command?.["cmd"]) {
        case "subscribe":
          return subscribe(id, parameters as Payload, at);
        case "update_subscription":
          return update(id, parameters as Payload, at);
        default:
          return [refused(id, 5)];
      }
    },
  };
}
