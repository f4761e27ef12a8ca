/**
 * The shapes that we read beside the types of `kalshi-typescript` 3.30.0 (OpenAPI 3.30.0): every field we read exists there
 * with a type that ours accepts, and every field there is read or known to be left alone.
 */
import type {
  EventData,
  Market,
  MarketCandlestick,
  MarketCandlestickHistorical,
  Series,
  Trade,
} from "kalshi-typescript";
import { expect, expectTypeOf, it } from "vitest";
import type * as z from "zod";
import type { historicalCandleWire, liveCandleWire, unreadPriceFields } from "../../../core/market/candles.ts";
import type { tradeWire, unreadTradeFields } from "../../../core/market/trades.ts";
import type { EventWire, MarketWire, SeriesWire, unreadFields } from "../../../core/market/wire.ts";

type Unread<K extends keyof typeof unreadFields> = (typeof unreadFields)[K][number];
type Uncovered<Api, Wire, Names extends string> = Exclude<keyof Api, keyof Wire | Names>;

it("compiles only while the types agree", () => {
  expectTypeOf<Series>().toExtend<SeriesWire>();
  expectTypeOf<Omit<EventData, "markets">>().toExtend<Omit<EventWire, "markets">>();
  expectTypeOf<Market>().toExtend<MarketWire>();
  expectTypeOf<Uncovered<Series, SeriesWire, Unread<"series">>>().toEqualTypeOf<never>();
  expectTypeOf<Uncovered<EventData, EventWire, Unread<"event">>>().toEqualTypeOf<never>();
  expectTypeOf<Uncovered<Market, MarketWire, Unread<"market">>>().toEqualTypeOf<never>();
  type Live = z.infer<typeof liveCandleWire>;
  type Past = z.infer<typeof historicalCandleWire>;
  type TradeRead = z.infer<typeof tradeWire>;
  expectTypeOf<Trade>().toExtend<TradeRead>();
  expectTypeOf<MarketCandlestick>().toExtend<Live>();
  expectTypeOf<MarketCandlestickHistorical>().toExtend<Past>();
  expectTypeOf<Uncovered<Trade, TradeRead, (typeof unreadTradeFields)[number]>>().toEqualTypeOf<never>();
  expectTypeOf<Uncovered<MarketCandlestick, Live, never>>().toEqualTypeOf<never>();
  expectTypeOf<Uncovered<MarketCandlestickHistorical, Past, never>>().toEqualTypeOf<never>();
  type LivePrice = NonNullable<Live["price"]>;
  type PriceNames = (typeof unreadPriceFields)[number];
  expectTypeOf<Uncovered<MarketCandlestick["price"], LivePrice, PriceNames>>().toEqualTypeOf<never>();
  expect.assertions(0);
});
