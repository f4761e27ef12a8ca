/** Trades as `/markets/trades` and `/historical/trades` list them (OpenAPI 3.30.0, `Trade`). */
import * as z from "zod";
import type { TableRow } from "../../schemas/index.ts";
import type { Stamp } from "./decode.ts";
import { join, note, parsed, read, type Findings } from "./findings.ts";
import { parseInstant } from "./instant.ts";
import { dollar, parseCount, parsePrice } from "./price.ts";
import { eventOfTicker } from "./tickers.ts";

export const tradeWire = z.object({
  trade_id: z.string().min(1),
  ticker: z.string().min(1),
  count_fp: z.string(),
  yes_price_dollars: z.string(),
  no_price_dollars: z.string(),
  taker_outcome_side: z.enum(["yes", "no"]),
  taker_book_side: z.enum(["bid", "ask"]),
  created_time: z.string(),
  is_block_trade: z.boolean(),
});

/** Known and not read: deprecated since 2026-05. */
export const unreadTradeFields = ["taker_side"] as const;

const knownFields = new Set<string>([...Object.keys(tradeWire.shape), ...unreadTradeFields]);

function decodeTrade(
  value: unknown,
  path: string,
  stamp: Stamp,
  findings: Findings,
): TableRow<"market_trades"> | undefined {
  const wire = read(tradeWire, value, path, findings);
  for (const field of Object.keys(typeof value === "object" && value !== null ? value : {})) {
    if (!knownFields.has(field)) note(findings, join(path, field), "unknown field, left in the raw payload");
  }
  if (wire === undefined) return undefined;
  const before = findings.faults.length;
  const yes = parsed(parsePrice, wire.yes_price_dollars, join(path, "yes_price_dollars"), findings) ?? 0;
  const no = parsed(parsePrice, wire.no_price_dollars, join(path, "no_price_dollars"), findings) ?? 0;
  const contracts = parsed(parseCount, wire.count_fp, join(path, "count_fp"), findings) ?? 0;
  const created_at = parsed(parseInstant, wire.created_time, join(path, "created_time"), findings) ?? 0;
  if (findings.faults.length > before) return undefined;
  const fault = (field: keyof typeof wire, message: string) =>
    findings.faults.push({ path: join(path, field), message: `"${String(wire[field])}" ${message}` });
  if (yes === 0 || yes >= dollar) fault("yes_price_dollars", "is no price between 0 and 1");
  else if (yes + no !== dollar) fault("no_price_dollars", `beside a Yes price of "${wire.yes_price_dollars}"`);
  if (contracts === 0) fault("count_fp", "contracts: a trade has a size");
  // bid and yes, ask and no are the same thing said twice (kalshi-api.md §2.6).
  if ((wire.taker_book_side === "bid") !== (wire.taker_outcome_side === "yes")) {
    fault("taker_book_side", `beside an outcome side of "${wire.taker_outcome_side}"`);
  }
  if (findings.faults.length > before) return undefined;
  return {
    trade_id: wire.trade_id,
    market_ticker: wire.ticker,
    event_ticker: eventOfTicker(wire.ticker),
    created_at,
    yes_price: yes,
    contracts,
    taker_side: wire.taker_outcome_side,
    is_block_trade: wire.is_block_trade,
    connection: null,
    ...stamp,
  };
}

/**
 * `{trades, cursor}`.
 * @param ticker The market asked for, of which every trade must be; undefined when the request is not known.
 */
export function decodeTrades(
  body: unknown,
  ticker: string | undefined,
  stamp: Stamp,
  findings: Findings,
): TableRow<"market_trades">[] {
  const listing = read(z.object({ trades: z.array(z.unknown()).nullable() }), body, "", findings);
  return (listing?.trades ?? []).flatMap((value, index) => {
    const path = join("trades", index);
    const row = decodeTrade(value, path, stamp, findings);
    if (row === undefined) return [];
    if (ticker !== undefined && row.market_ticker !== ticker) {
      findings.faults.push({ path: join(path, "ticker"), message: `"${row.market_ticker}", expected "${ticker}"` });
      return [];
    }
    return [row];
  });
}
