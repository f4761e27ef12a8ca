/**
 * The certified settlement mapping: from what the exchange says of an event to the station and climate day that settle
 * it. Source, rule texts, strikes, titles, ticker and close time must all say the same; whatever is unknown blocks the event.
 * The source changed once without a change of the series (NWS to The Weather Company, August 2026): the next change must
 * stop the desk, not pass through it.
 */
import type { TableRow } from "../../schemas/index.ts";
import { strikeTextFault } from "../market/strike-text.ts";
import { describeInterval } from "../market/strikes.ts";
import { dailyEventOf } from "../market/tickers.ts";
import { climateDay } from "./climate-day.ts";
import { readRuleText, type SettlementRule, type WordedStrike } from "./rule-text.ts";
import { type Station, stationBySeries, stations } from "./stations.ts";

export interface SettlementFacts {
  series: Pick<TableRow<"kalshi_series">, "series_ticker" | "settlement_sources">;
  event: Pick<TableRow<"kalshi_events">, "event_ticker" | "series_ticker" | "settlement_sources">;
  markets: readonly Pick<
    TableRow<"kalshi_markets">,
    | "market_ticker"
    | "event_ticker"
    | "title"
    | "yes_sub_title"
    | "rules_primary"
    | "strike_type"
    | "floor_strike"
    | "cap_strike"
    | "close_time"
  >[];
}

export type Certificate =
  | { ok: true; station: Station; climateDate: string; rule: SettlementRule }
  | { ok: false; reason: string };

/** First climate date that settles on The Weather Company's publication. Source: the exchange's notice of August 2026. */
const FIRST_TWC_DATE = "2026-08-14";
const TWC_SOURCE = { name: "The Weather Company", url: "https://weather.com/kalshi" };
/** Markets close at the end of the climate day or in the minute before it. */
const CLOSE_TOLERANCE_MS = 120_000;

class Unknown extends Error {}

const shown = (value: unknown) => JSON.stringify(value) ?? "nothing";

interface NamedSource {
  name: string;
  url: string;
}

function isNamedSource(value: unknown): value is NamedSource {
  if (value === null || typeof value !== "object" || !("name" in value) || !("url" in value)) return false;
  return typeof value.name === "string" && typeof value.url === "string";
}

/** The one source that holds. An event without sources of its own (null, or an empty list) takes its series'. */
function settlementSource({ series, event }: SettlementFacts): NamedSource {
  const read = (text: string, where: string): unknown[] => {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      value = undefined;
    }
    if (!Array.isArray(value))
      throw new Unknown(`settlement sources of ${where} are ${shown(text)}, expected an array`);
    return value;
  };
  const own = event.settlement_sources === null ? [] : read(event.settlement_sources, event.event_ticker);
  const sources = own.length > 0 ? own : read(series.settlement_sources, series.series_ticker);
  const [source] = sources;
  if (sources.length !== 1 || !isNamedSource(source)) {
    throw new Unknown(`settlement sources are ${shown(sources)}, expected exactly one with name and url`);
  }
  return source;
}

function ruleOfSource(source: NamedSource, station: Station): SettlementRule {
  if (source.name === TWC_SOURCE.name && source.url === TWC_SOURCE.url) return "twc";
  const site = station.office.slice(1);
  if (/^NWS Climatological Report\b/.test(source.name) && URL.canParse(source.url)) {
    const { protocol, host, pathname, searchParams } = new URL(source.url);
    if (
      protocol === "https:" &&
      host === "forecast.weather.gov" &&
      pathname === "/product.php" &&
      searchParams.get("product") === "CLI" &&
      searchParams.get("site") === site &&
      searchParams.get("issuedby") === station.site
    ) {
      return "nws";
    }
  }
  throw new Unknown(
    `settlement source is ${shown(source)}, expected ${shown(TWC_SOURCE)} or the NWS Climatological Report of site ${site} issued by ${station.site}`,
  );
}

function sameStrike(worded: WordedStrike, market: SettlementFacts["markets"][number]): boolean {
  return (
    market.strike_type === worded.type &&
    market.floor_strike === ("floor" in worded ? worded.floor : null) &&
    market.cap_strike === ("cap" in worded ? worded.cap : null)
  );
}

function certified(facts: SettlementFacts): Extract<Certificate, { ok: true }> {
  const { series, event, markets } = facts;
  const station = stationBySeries(series.series_ticker);
  if (station === undefined) {
    const known = stations.map(({ highSeries }) => highSeries).join(", ");
    throw new Unknown(`series is ${series.series_ticker}, expected one of ${known}`);
  }
  if (event.series_ticker !== series.series_ticker) {
    throw new Unknown(
      `event ${event.event_ticker} is of series ${event.series_ticker}, expected ${series.series_ticker}`,
    );
  }
  const ticker = dailyEventOf(event.event_ticker);
  if (ticker === undefined || ticker.series !== series.series_ticker) {
    throw new Unknown(`event ticker is ${event.event_ticker}, expected ${series.series_ticker}-<yymmmdd>`);
  }
  const climateDate = ticker.date;
  const rule: SettlementRule = climateDate >= FIRST_TWC_DATE ? "twc" : "nws";
  const found = ruleOfSource(settlementSource(facts), station);
  if (found !== rule) throw new Unknown(`settlement source is ${found}, expected ${rule} for ${climateDate}`);
  if (markets.length === 0) throw new Unknown(`event ${event.event_ticker} has no markets, expected its brackets`);

  const { end } = climateDay(station, climateDate);
  const places = rule === "twc" ? [station.city, ...station.placeNames] : station.placeNames;
  const code = rule === "twc" ? station.twcCode : null;
  for (const market of markets) {
    const at = market.market_ticker;
    if (market.event_ticker !== event.event_ticker || !at.startsWith(`${event.event_ticker}-`)) {
      throw new Unknown(`market ${at} is of event ${market.event_ticker}, expected ${event.event_ticker}`);
    }
    const text = readRuleText(market.rules_primary);
    if (text === undefined) throw new Unknown(`${at}: the rule text has no known form: ${shown(market.rules_primary)}`);
    if (text.rule !== rule)
      throw new Unknown(`${at}: the rule text settles by ${text.rule}, expected ${rule} for ${climateDate}`);
    if (!places.includes(text.place)) {
      throw new Unknown(
        `${at}: the rule text names the place ${shown(text.place)}, expected ${places.map(shown).join(" or ")}`,
      );
    }
    if (text.code !== code) throw new Unknown(`${at}: the rule text names the code ${text.code}, expected ${code}`);
    if (text.date !== climateDate) {
      throw new Unknown(`${at}: the rule text names ${text.date}, expected ${climateDate} as in the event ticker`);
    }
    if (!sameStrike(text.strike, market)) {
      const { strike_type, floor_strike, cap_strike } = market;
      throw new Unknown(
        `${at}: the rule text says ${shown(text.strike)}, the strike fields ${shown({ strike_type, floor_strike, cap_strike })}`,
      );
    }
    // Here and not in the decoder: the payload is as we know it, but nobody may price by it, and a refusal has its alert.
    const worded = strikeTextFault(market);
    if (worded !== undefined) {
      throw new Unknown(
        `${at}: the text ${shown(worded.text)} says ${describeInterval(worded.says)}, the strike fields ${describeInterval(worded.fields)}`,
      );
    }
    if (market.close_time > end || market.close_time < end - CLOSE_TOLERANCE_MS) {
      throw new Unknown(
        `${at}: closes at ${new Date(market.close_time).toISOString()}, expected the end of the climate day ${new Date(end).toISOString()} or up to two minutes before`,
      );
    }
  }
  return { ok: true, station, climateDate, rule };
}

/** Pure. The reason of a refusal names what was found and what was expected. */
export function certify(facts: SettlementFacts): Certificate {
  try {
    return certified(facts);
  } catch (error) {
    if (error instanceof Unknown) return { ok: false, reason: error.message };
    throw error;
  }
}
