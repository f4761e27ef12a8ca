/** The stored answers of one window, read one by one: an answer that cannot be read gives no row and a refusal. */
import type { Decoded, Exchange, Provenance } from "../source.ts";
import { bodyOf } from "../exchange-body.ts";
import type { DecodeOptions } from "./decode.ts";
import { describeFailure } from "./errors.ts";
import { refusalsOf, type Findings } from "./findings.ts";
import { endlessListings } from "./paging.ts";
import { decodeMarketData, type MarketData } from "./payload.ts";

/** Why a body with status 200 is no JSON: it was cut short on the way, and asking again helps. */
export function brokenJson(exchange: Exchange): string | undefined {
  if (exchange.status !== 200) return undefined;
  const body = bodyOf(exchange);
  return "fault" in body ? `not JSON: ${body.fault}` : undefined;
}

/** What the request named: its series, which the market object does not name, and whether events come with markets. */
function askedOf(exchange: Exchange): { series: string | undefined; nested: boolean } {
  if (!URL.canParse(exchange.url)) return { series: undefined, nested: false };
  const { pathname, searchParams } = new URL(exchange.url);
  const series = searchParams.get("series_ticker") ?? /\/series\/([^/]+)$/.exec(pathname)?.[1];
  return { series, nested: searchParams.get("with_nested_markets") === "true" };
}

export interface MarketDataWindow extends Pick<Decoded, "refusals" | "notes"> {
  /** One entry for each answer that was read whole, in the order of the exchanges. */
  answers: MarketData[];
}

export function decodeExchanges(
  exchanges: readonly Exchange[],
  provenance: Provenance,
  decoderVersion: number,
): MarketDataWindow {
  const window: MarketDataWindow = { answers: [], refusals: [], notes: [] };
  exchanges.forEach((exchange, index) => {
    const refuse = (path: string, message: string) =>
      window.refusals.push({ kind: "drift", exchange: index, path, message });
    if (exchange.status !== 200) {
      refuse("status", describeFailure(exchange.status, exchange.body));
      return;
    }
    const body = bodyOf(exchange);
    if ("fault" in body) {
      refuse("body", `not JSON: ${body.fault}`);
      return;
    }
    const findings: Findings = { faults: [], notes: window.notes };
    const stamp = { ...provenance, ingested_at: exchange.fetched_at, decoder_version: decoderVersion };
    const asked = askedOf(exchange);
    const options: DecodeOptions = { sizes: "required", ...(asked.nested ? { nested: "required" } : {}) };
    const data = decodeMarketData(body.value, asked.series, stamp, options, findings);
    if (findings.faults.length === 0) window.answers.push(data);
    else window.refusals.push(...refusalsOf(findings.faults, index));
  });
  for (const { exchange, message } of endlessListings(exchanges)) {
    window.refusals.push({ kind: "drift", exchange, path: "cursor", message });
  }
  return window;
}
