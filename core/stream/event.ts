/** What the frames of every feed are read into. Instants are epoch ms by the sender's clock unless they say otherwise. */
import type { Count, Price } from "../market/price.ts";

/** Best bid and ask of a venue. Prices in the quote currency, sizes in the base currency. */
export interface QuoteEvent {
  kind: "quote";
  product: string;
  bid: number;
  ask: number;
  bidSize: number | null;
  askSize: number | null;
  /** Null where the venue sends no time. */
  eventTime: number | null;
  /** Grows with every quote of the product, not always by one. Null where the venue has none. */
  sequence: number | null;
}

export interface TradeEvent {
  kind: "trade";
  product: string;
  tradeId: string;
  price: number;
  size: number;
  takerSide: "buy" | "sell" | null;
  eventTime: number;
  /** Whether the venue's ids of the product grow by one with each trade, so that a jump is a loss. */
  consecutive: boolean;
}

/** Prices and sizes of a venue's levels are whole units of 10^-8, which is as fine as any venue quotes. */
export const levelDecimals = 8;

/** `[price, size]` in units of 10^-8. */
export type Level = readonly [price: number, size: number];

/** Levels of a venue's book, absolute sizes; 0 removes a level. A snapshot replaces the book. */
export interface LevelsEvent {
  kind: "levels";
  product: string;
  snapshot: boolean;
  bids: readonly Level[];
  asks: readonly Level[];
  eventTime: number | null;
}

/** A book of a Kalshi market on the Yes side, whole: levels ascending by price. */
export interface BookSnapshotEvent {
  kind: "book-snapshot";
  sid: number | null;
  seq: number | null;
  market: string;
  bids: readonly (readonly [Price, Count])[];
  asks: readonly (readonly [Price, Count])[];
  eventTime: number | null;
}

/** A signed change of one level of a Kalshi book, on the Yes side. */
export interface BookDeltaEvent {
  kind: "book-delta";
  sid: number | null;
  seq: number | null;
  market: string;
  side: "bid" | "ask";
  price: Price;
  change: Count;
  eventTime: number | null;
}

export interface MarketTradeEvent {
  kind: "market-trade";
  tradeId: string;
  market: string;
  yesPrice: Price;
  contracts: Count;
  takerSide: "yes" | "no" | null;
  blockTrade: boolean | null;
  eventTime: number;
}

/** Kalshi's own summary of a market; an empty side is null. */
export interface MarketTickerEvent {
  kind: "market-ticker";
  market: string;
  yesBid: Price | null;
  yesAsk: Price | null;
  eventTime: number | null;
}

export interface IndexPrintEvent {
  kind: "index-print";
  sid: number | null;
  seq: number | null;
  indexId: string;
  /** The index administrator's time. */
  eventTime: number;
  /** $. */
  value: number;
  average60s: { value: number; prints: number; endExclusive: number } | null;
  quarterHour: { value: number; prints: number } | null;
  /** When Kalshi had it. */
  venueReceivedAt: number | null;
}

export interface MarketLifecycleEvent {
  kind: "market-lifecycle";
  event:
    | "created"
    | "activated"
    | "deactivated"
    | "close_date_updated"
    | "determined"
    | "settled"
    | "price_level_structure_updated"
    | "metadata_updated"
    | "other";
  market: string;
  /** Epoch ms; only where the event says so. */
  openAt: number | null;
  closeAt: number | null;
}

/** The server took a command. `seq` because Kalshi's replies consume a number of their subscription. */
export interface AcknowledgedEvent {
  kind: "acknowledged";
  /** The command's id, where it is echoed. */
  request: number | null;
  channel: string | null;
  sid: number | null;
  seq: number | null;
}

/** The server did not take a command, or ended a subscription. */
export interface RejectedEvent {
  kind: "rejected";
  request: number | null;
  sid: number | null;
  code: number | null;
  message: string;
  /** The subscription is over: nothing comes until it is made anew. */
  terminal: boolean;
}

/** A sign of life without data. `lastTradeId` lets a loss of trades be seen (Coinbase). */
export interface HeartbeatEvent {
  kind: "heartbeat";
  product: string | null;
  lastTradeId: number | null;
}

/** The server asks that we connect anew. */
export interface ReconnectEvent {
  kind: "reconnect";
  reason: string;
}

/** A message that is known and not read, or that is new: never a reason to stop. */
export interface OtherEvent {
  kind: "other";
  name: string;
  sid: number | null;
  seq: number | null;
}

export type StreamEvent =
  | QuoteEvent
  | TradeEvent
  | LevelsEvent
  | BookSnapshotEvent
  | BookDeltaEvent
  | MarketTradeEvent
  | MarketTickerEvent
  | IndexPrintEvent
  | MarketLifecycleEvent
  | AcknowledgedEvent
  | RejectedEvent
  | HeartbeatEvent
  | ReconnectEvent
  | OtherEvent;
