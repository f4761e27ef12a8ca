/**
 * Kalshi's WebSocket frames and commands (docs.kalshi.com/websockets). Books are read on the Yes side: whoever bids for No
 * at p sells Yes at 1 - p.
 */
import type {
  AcknowledgedEvent,
  BookDeltaEvent,
  BookSnapshotEvent,
  IndexPrintEvent,
  MarketLifecycleEvent,
  MarketTickerEvent,
  MarketTradeEvent,
  RejectedEvent,
  StreamEvent,
} from "../stream/event.ts";
import {
  epochMsOf,
  epochSecondsOf,
  fault,
  type Fields,
  fieldsOf,
  frameDecoder,
  type FrameDecoder,
  type FrameRefusal,
  instantOf,
  listOf,
  positiveOf,
  spare,
  textOf,
  unitsOf,
  wholeOf,
  wholeOrNull,
} from "../stream/frame.ts";
import { type Count, dollar, type Price } from "./price.ts";

/** How the server was told to price the No side: on the No leg (its default, which will change) or on the Yes side. */
export interface BookPricing {
  useYesPrice: boolean;
}

/** Errors after which the subscription is over (10 channel error, 17 internal error, 25 buffer overflow). */
const terminalErrors = new Set([10, 17, 25]);

function priceOf(value: unknown, path: string): Price {
  const price = unitsOf(value, 6, path);
  if (price <= 0 || price >= dollar) fault(path, value, "a price between 0 and 1 dollar");
  return price;
}

const countOf = (value: unknown, path: string): Count => unitsOf(value, 2, path);

function sizeOf(value: unknown, path: string): Count {
  const size = countOf(value, path);
  if (size <= 0) fault(path, value, "a count above 0: a level has a size");
  return size;
}

type Unread = FrameRefusal[];

const isAbsent = (value: unknown): value is undefined | null => value === undefined || value === null;

/** ts_ms where there is one that can be read, else ts: RFC 3339 or whole seconds. */
function timeOf(msg: Fields, unread: Unread): number | null {
  const { ts_ms, ts } = msg;
  const exact = spare(() => (isAbsent(ts_ms) ? null : epochMsOf(ts_ms, "msg.ts_ms")), unread);
  if (exact !== null || isAbsent(ts)) return exact;
  return spare(() => (typeof ts === "string" ? instantOf(ts, "msg.ts") : epochSecondsOf(ts, "msg.ts")), unread);
}

function requiredTime(msg: Fields, unread: Unread): number {
  return timeOf(msg, unread) ?? fault("msg.ts_ms", msg["ts_ms"], "epoch milliseconds");
}

interface Numbers {
  sid: number | null;
  seq: number | null;
}

function side(value: unknown, path: string, onNoLeg: boolean): (readonly [Price, Count])[] {
  // The key of an empty side is absent.
  if (value === undefined || value === null) return [];
  return listOf(value, path).map((level, index) => {
    const at = `${path}[${index}]`;
    const pair = listOf(level, at);
    const price = priceOf(pair[0], `${at}[0]`);
    return [onNoLeg ? dollar - price : price, sizeOf(pair[1], `${at}[1]`)] as const;
  });
}

function snapshot(msg: Fields, numbers: Numbers, { useYesPrice }: BookPricing, unread: Unread): BookSnapshotEvent {
  for (const gone of ["yes", "no", "yes_dollars", "no_dollars"]) {
    if (gone in msg) fault(`msg.${gone}`, msg[gone], "yes_dollars_fp and no_dollars_fp");
  }
  return {
    kind: "book-snapshot",
    ...numbers,
    market: textOf(msg["market_ticker"], "msg.market_ticker"),
    bids: side(msg["yes_dollars_fp"], "msg.yes_dollars_fp", false),
    asks: side(msg["no_dollars_fp"], "msg.no_dollars_fp", !useYesPrice),
    eventTime: timeOf(msg, unread),
  };
}

function delta(msg: Fields, numbers: Numbers, { useYesPrice }: BookPricing, unread: Unread): BookDeltaEvent {
  const leg = msg["side"];
  if (leg !== "yes" && leg !== "no") fault("msg.side", leg, "yes or no");
  const price = priceOf(msg["price_dollars"], "msg.price_dollars");
  return {
    kind: "book-delta",
    sid: numbers.sid,
    seq: numbers.seq,
    market: textOf(msg["market_ticker"], "msg.market_ticker"),
    side: leg === "yes" ? "bid" : "ask",
    price: leg === "no" && !useYesPrice ? dollar - price : price,
    change: countOf(msg["delta_fp"], "msg.delta_fp"),
    eventTime: timeOf(msg, unread),
  };
}

function takerOf(msg: Fields): "yes" | "no" | null {
  const taker = msg["taker_outcome_side"] ?? msg["taker_side"] ?? null;
  if (taker !== null && taker !== "yes" && taker !== "no") fault("msg.taker_outcome_side", taker, "yes or no");
  return taker;
}

function blockTradeOf(msg: Fields): boolean | null {
  const block = msg["is_block_trade"];
  if (isAbsent(block)) return null;
  return typeof block === "boolean" ? block : fault("msg.is_block_trade", block, "true or false");
}

function trade(msg: Fields, unread: Unread): MarketTradeEvent {
  return {
    kind: "market-trade",
    tradeId: textOf(msg["trade_id"], "msg.trade_id"),
    market: textOf(msg["market_ticker"], "msg.market_ticker"),
    yesPrice: priceOf(msg["yes_price_dollars"], "msg.yes_price_dollars"),
    contracts: sizeOf(msg["count_fp"], "msg.count_fp"),
    takerSide: spare(() => takerOf(msg), unread),
    blockTrade: spare(() => blockTradeOf(msg), unread),
    eventTime: requiredTime(msg, unread),
  };
}

/** An empty side shows 0 or 1: no quote, never a price. */
function quoteOf(value: unknown, path: string): Price | null {
  const price = unitsOf(value, 6, path);
  if (price < 0 || price > dollar) fault(path, value, "a price from 0 to 1 dollar");
  return price === 0 || price === dollar ? null : price;
}

function ticker(msg: Fields, unread: Unread): MarketTickerEvent {
  return {
    kind: "market-ticker",
    market: textOf(msg["market_ticker"], "msg.market_ticker"),
    yesBid: quoteOf(msg["yes_bid_dollars"], "msg.yes_bid_dollars"),
    yesAsk: quoteOf(msg["yes_ask_dollars"], "msg.yes_ask_dollars"),
    eventTime: timeOf(msg, unread),
  };
}

function average(value: unknown, path: string): { value: number; prints: number; endExclusive: number } | null {
  if (isAbsent(value)) return null;
  const fields = fieldsOf(value, path);
  // Of no print there is no average, whatever stands for it.
  if (fields["window_size"] === 0) return null;
  return {
    value: positiveOf(fields["value"], `${path}.value`),
    prints: wholeOf(fields["window_size"], `${path}.window_size`),
    endExclusive: epochMsOf(fields["window_end_ts_exclusive"], `${path}.window_end_ts_exclusive`),
  };
}

/**
 * `data` is the administrator's own frame as JSON text. The print is what counts; Kalshi's averages, and when it had the
 * print, are kept where they can be read.
 */
function print(msg: Fields, numbers: Numbers, unread: Unread): IndexPrintEvent {
  const indexId = textOf(msg["index_id"], "msg.index_id");
  let raw: unknown;
  try {
    raw = JSON.parse(textOf(msg["data"], "msg.data"));
  } catch (error) {
    if (error instanceof SyntaxError) fault("msg.data", msg["data"], "JSON text");
    throw error;
  }
  const data = fieldsOf(raw, "msg.data");
  const averageOf = (field: string) => spare(() => average(msg[field], `msg.${field}`), unread);
  const receivedAt = msg["received_at"];
  if (data["id"] !== indexId) fault("msg.data.id", data["id"], `"${indexId}" as in index_id`);
  return {
    kind: "index-print",
    ...numbers,
    indexId,
    eventTime: epochMsOf(data["time"], "msg.data.time"),
    value: positiveOf(data["value"], "msg.data.value"),
    average60s: averageOf("avg_60s_data"),
    quarterHour: averageOf("last_60s_windowed_average_15min"),
    venueReceivedAt: spare(() => (isAbsent(receivedAt) ? null : epochMsOf(receivedAt, "msg.received_at")), unread),
  };
}

const lifecycleEvents = new Set<string>([
  "created",
  "activated",
  "deactivated",
  "close_date_updated",
  "determined",
  "settled",
  "price_level_structure_updated",
  "metadata_updated",
]);

function lifecycle(msg: Fields, unread: Unread): MarketLifecycleEvent {
  const event = textOf(msg["event_type"], "msg.event_type");
  const secondsOrNull = (field: string) =>
    spare(() => (isAbsent(msg[field]) ? null : epochSecondsOf(msg[field], `msg.${field}`)), unread);
  return {
    kind: "market-lifecycle",
    event: (lifecycleEvents.has(event) ? event : "other") as MarketLifecycleEvent["event"],
    market: textOf(msg["market_ticker"], "msg.market_ticker"),
    openAt: secondsOrNull("open_ts"),
    closeAt: secondsOrNull("close_ts"),
  };
}

/** The sid stands in `msg` or, by some pages of the documentation, beside it. */
function subscribed(frame: Fields): AcknowledgedEvent {
  const msg = frame["msg"] === undefined ? {} : fieldsOf(frame["msg"], "msg");
  return {
    kind: "acknowledged",
    request: wholeOrNull(frame["id"], "id"),
    channel: typeof msg["channel"] === "string" ? msg["channel"] : null,
    sid: wholeOf(msg["sid"] ?? frame["sid"], "msg.sid"),
    seq: wholeOrNull(frame["seq"], "seq"),
  };
}

function rejected(frame: Fields, numbers: Numbers): RejectedEvent {
  const msg = fieldsOf(frame["msg"], "msg");
  const code = wholeOf(msg["code"], "msg.code");
  return {
    kind: "rejected",
    request: wholeOrNull(frame["id"], "id"),
    sid: numbers.sid,
    code,
    message: typeof msg["msg"] === "string" ? msg["msg"] : "",
    terminal: terminalErrors.has(code),
  };
}

function read(value: unknown, pricing: BookPricing, unread: Unread): StreamEvent[] {
  const frame = fieldsOf(value, "");
  const type = textOf(frame["type"], "type");
  // Read only where they count.
  const numbers = (): Numbers => ({ sid: wholeOrNull(frame["sid"], "sid"), seq: wholeOrNull(frame["seq"], "seq") });
  const msg = () => fieldsOf(frame["msg"], "msg");
  switch (type) {
    case "orderbook_delta":
      return [delta(msg(), numbers(), pricing, unread)];
    case "orderbook_snapshot":
      return [snapshot(msg(), numbers(), pricing, unread)];
    case "trade":
      return [trade(msg(), unread)];
    case "ticker":
      return [ticker(msg(), unread)];
    case "cfbenchmarks_value":
      return [print(msg(), numbers(), unread)];
    case "market_lifecycle_v2":
      return [lifecycle(msg(), unread)];
    case "subscribed":
      return [subscribed(frame)];
    case "ok":
    case "unsubscribed":
      return [{ kind: "acknowledged", request: wholeOrNull(frame["id"], "id"), channel: null, ...numbers() }];
    case "error":
      return [rejected(frame, numbers())];
    default:
      // Also event_lifecycle and event_fee_update, which name no market.
      return [{ kind: "other", name: type, ...numbers() }];
  }
}

/** @param pricing as `use_yes_price` was sent: frames do not say which way they are priced. */
export function kalshiFrames(pricing: BookPricing): FrameDecoder {
  return frameDecoder((frame, unread) => read(frame, pricing, unread));
}

export type KalshiChannel = "orderbook_delta" | "ticker" | "trade" | "market_lifecycle_v2" | "cfbenchmarks_value";

/** Always with `use_yes_price`: its default will change. */
export function subscribeCommand(
  id: number,
  channel: KalshiChannel,
  of: { markets?: readonly string[]; indices?: readonly string[] },
): string {
  return JSON.stringify({
    id,
    cmd: "subscribe",
    params: {
      channels: [channel],
      ...(of.markets === undefined ? {} : { market_tickers: of.markets }),
      ...(of.indices === undefined ? {} : { index_ids: of.indices }),
      ...(channel === "orderbook_delta" ? { use_yes_price: true } : {}),
    },
  });
}

export function updateCommand(
  id: number,
  sid: number,
  action: "add_markets" | "delete_markets" | "get_snapshot",
  markets: readonly string[],
): string {
  return JSON.stringify({ id, cmd: "update_subscription", params: { sids: [sid], market_tickers: markets, action } });
}

export function unsubscribeCommand(id: number, sid: number): string {
  return JSON.stringify({ id, cmd: "unsubscribe", params: { sids: [sid] } });
}
