/**
 * The certified settlement mapping of the bitcoin series: source, rule text, fine print, strikes, ticker and close time of
 * an event must all say the same thing: the average of the sixty index prints before the close. Whatever is unknown blocks the
 * event. Source: crypto-and-trading.md §2.2 and kalshi-api.md §5.2, both from captured markets.
 */
import type { TableRow } from "../../schemas/index.ts";
import { readFinePrint } from "./fine-print.ts";

export const cryptoSeries = ["KXBTC", "KXBTCD", "KXBTC15M"] as const;
export type CryptoSeries = (typeof cryptoSeries)[number];

/** The index that all of them settle by. */
export const settlementIndex = "BRTI";

type Market = Pick<
  TableRow<"kalshi_markets">,
  | "market_ticker"
  | "event_ticker"
  | "rules_primary"
  | "rules_secondary"
  | "custom_strike"
  | "strike_type"
  | "floor_strike"
  | "cap_strike"
  | "close_time"
  | "open_time"
>;

export interface CryptoFacts {
  series: Pick<TableRow<"kalshi_series">, "series_ticker" | "settlement_sources">;
  event: Pick<TableRow<"kalshi_events">, "event_ticker" | "series_ticker" | "settlement_sources">;
  markets: readonly Market[];
}

export type CryptoCertificate = { ok: true; series: CryptoSeries; closeTime: number } | { ok: false; reason: string };

class Unknown extends Error {}

const settlementSource = { name: "CF Benchmarks", url: "https://www.cfbenchmarks.com/" };
const shown = (value: unknown) => JSON.stringify(value) ?? "nothing";

const clockPattern = String.raw`(\d{1,2}(?::\d{2})? [AP]M E[DS]T)`;
const datePattern = String.raw`([A-Z][a-z]+ \d{1,2}, \d{4})`;
const numberPattern = String.raw`(\d+(?:\.\d+)?)`;
const brti = String.raw`the simple average of the sixty seconds of CF Benchmarks' BRTI before`;
const ending = String.raw`, then the market resolves to Yes\.`;

const levelRule = new RegExp(
  `^If the simple average of the sixty seconds of CF Benchmarks' Bitcoin Real-Time Index \\(BRTI\\) before ${clockPattern} is (?:between ${numberPattern}-${numberPattern}|below ${numberPattern}|above ${numberPattern}) at ${clockPattern} on ${datePattern}${ending}$`,
);
const quarterRule = new RegExp(
  `^If ${brti} ${clockPattern} on ${datePattern} is at least ${brti} ${clockPattern} on ${datePattern}${ending}$`,
);

/** New York's clock: what rule texts and tickers carry. */
const newYork = new Intl.DateTimeFormat("en-US", {
  timeZone: "America/New_York",
  year: "numeric",
  month: "short",
  day: "numeric",
  hour: "numeric",
  minute: "2-digit",
  hour12: true,
  timeZoneName: "short",
});

interface WallClock {
  /** `Jul 10, 2026`. */
  date: string;
  /** `3 AM EDT`, `7:30 PM EDT`. */
  clock: string;
  /** `26JUL1003`. */
  hourStamp: string;
  /** `26JUL100300`. */
  minuteStamp: string;
}

/** The clock that was read last: all markets of an event close together, and reading one takes its time. */
let lastRead: { at: number; clock: WallClock } | undefined;

function wallClockOf(at: number): WallClock {
  if (lastRead?.at !== at) lastRead = { at, clock: readWallClock(at) };
  return lastRead.clock;
}

function readWallClock(at: number): WallClock {
  const parts = Object.fromEntries(newYork.formatToParts(at).map(({ type, value }) => [type, value]));
  const { year = "", month = "", day = "", hour = "", minute = "", dayPeriod = "", timeZoneName = "" } = parts;
  const hour24 = (Number(hour) % 12) + (dayPeriod === "PM" ? 12 : 0);
  const stamp = `${year.slice(2)}${month.toUpperCase()}${day.padStart(2, "0")}${String(hour24).padStart(2, "0")}`;
  return {
    date: `${month} ${day}, ${year}`,
    clock: `${hour}${minute === "00" ? "" : `:${minute}`} ${dayPeriod} ${timeZoneName}`,
    hourStamp: stamp,
    minuteStamp: `${stamp}${minute}`,
  };
}

/** The ticker of the event that closes at that instant (epoch ms): New York's hour, of a quarter hour the minute too. */
export function cryptoEventTicker(series: CryptoSeries, closeTime: number): string {
  const { hourStamp, minuteStamp } = wallClockOf(closeTime);
  return `${series}-${series === "KXBTC15M" ? minuteStamp : hourStamp}`;
}

/** Rule texts write the month in full or short. */
const shortDate = (date: string) => date.replace(/^([A-Z][a-z]{2})[a-z]*/, "$1");

function requireClock(
  at: number,
  found: { clock?: string | undefined; date?: string | undefined },
  market: string,
): void {
  const expected = wallClockOf(at);
  const { clock, date } = found;
  if (clock !== expected.clock) {
    throw new Unknown(`${market}: the rule text names ${shown(clock)}, expected ${expected.clock}`);
  }
  if (date !== undefined && shortDate(date) !== expected.date) {
    throw new Unknown(`${market}: the rule text names ${shown(date)}, expected ${expected.date}`);
  }
}

/** Prices and settlement checks are made for an average in cents: other digits are another rule. */
function checkFinePrint({ market_ticker: at, rules_secondary, custom_strike }: Market): void {
  const said = readFinePrint(rules_secondary);
  if ("unknown" in said) throw new Unknown(`${at}: the fine print ${said.unknown}: ${shown(rules_secondary)}`);
  const digits =
    custom_strike === null ? undefined : (JSON.parse(custom_strike) as Record<string, unknown>)["round_digits"];
  if (digits !== undefined && Number(digits) !== 2) {
    throw new Unknown(`${at}: custom_strike names ${shown(digits)} round_digits, expected 2`);
  }
}

function checkQuarter(market: Market): void {
  const { market_ticker: at, open_time, close_time } = market;
  const found = quarterRule.exec(market.rules_primary);
  if (found === null) throw new Unknown(`${at}: the rule text has no known form: ${shown(market.rules_primary)}`);
  const [, closeClock, closeDate, openClock, openDate] = found;
  requireClock(close_time, { clock: closeClock, date: closeDate }, at);
  requireClock(open_time, { clock: openClock, date: openDate }, at);
  // Its type can come with its target, a second or so after it opens.
  const toCome = market.strike_type === null && (market.floor_strike ?? 0) === 0;
  if (market.strike_type !== "greater_or_equal" && !toCome) {
    throw new Unknown(`${at}: strike_type is ${shown(market.strike_type)}, expected greater_or_equal`);
  }
}

function checkLevel(market: Market): void {
  const { market_ticker: at } = market;
  const found = levelRule.exec(market.rules_primary);
  if (found === null) throw new Unknown(`${at}: the rule text has no known form: ${shown(market.rules_primary)}`);
  const [, before, low, high, below, above, clock, date] = found;
  requireClock(market.close_time, { clock: before }, at);
  requireClock(market.close_time, { clock, date }, at);
  const number = (text: string | undefined) => (text === undefined ? null : Number(text));
  const worded =
    below !== undefined
      ? { strike_type: "less", floor_strike: null, cap_strike: number(below) }
      : above !== undefined
        ? { strike_type: "greater", floor_strike: number(above), cap_strike: null }
        : { strike_type: "between", floor_strike: number(low), cap_strike: number(high) };
  const { strike_type, floor_strike, cap_strike } = market;
  const fields = { strike_type, floor_strike, cap_strike };
  if (shown(worded) !== shown(fields)) {
    throw new Unknown(`${at}: the rule text says ${shown(worded)}, the strike fields ${shown(fields)}`);
  }
}

function sourcesOf(text: string | null): unknown[] {
  if (text === null) return [];
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

function certified({ series, event, markets }: CryptoFacts): Extract<CryptoCertificate, { ok: true }> {
  const known = cryptoSeries.find((one) => one === series.series_ticker);
  if (known === undefined)
    throw new Unknown(`series is ${series.series_ticker}, expected one of ${cryptoSeries.join(", ")}`);
  if (event.series_ticker !== known)
    throw new Unknown(`event ${event.event_ticker} is of series ${event.series_ticker}, expected ${known}`);
  const own = sourcesOf(event.settlement_sources);
  const sources = own.length > 0 ? own : sourcesOf(series.settlement_sources);
  if (sources.length !== 1 || shown(sources[0]) !== shown(settlementSource)) {
    throw new Unknown(`settlement sources are ${shown(sources)}, expected ${shown([settlementSource])}`);
  }
  const [first] = markets;
  if (first === undefined) throw new Unknown(`event ${event.event_ticker} has no markets, expected its strikes`);
  const closeTime = first.close_time;
  // The words and the ticker name the minute; a window that ends within it is another average.
  if (closeTime % 60_000 !== 0) {
    throw new Unknown(
      `${first.market_ticker}: closes at ${new Date(closeTime).toISOString()}, expected a whole minute`,
    );
  }
  const ticker = cryptoEventTicker(known, closeTime);
  if (event.event_ticker !== ticker) {
    throw new Unknown(
      `event ticker is ${event.event_ticker}, expected ${ticker} for a close at ${new Date(closeTime).toISOString()}`,
    );
  }
  for (const market of markets) {
    const at = market.market_ticker;
    if (market.event_ticker !== event.event_ticker) {
      throw new Unknown(`market ${at} is of event ${market.event_ticker}, expected ${event.event_ticker}`);
    }
    if (market.close_time !== closeTime) {
      throw new Unknown(
        `${at}: closes at ${new Date(market.close_time).toISOString()}, the others at ${new Date(closeTime).toISOString()}`,
      );
    }
    checkFinePrint(market);
    if (known === "KXBTC15M") checkQuarter(market);
    else checkLevel(market);
  }
  return { ok: true, series: known, closeTime };
}

/** Pure. The reason of a refusal names what was found and what was expected. */
export function certifyCrypto(facts: CryptoFacts): CryptoCertificate {
  try {
    return certified(facts);
  } catch (error) {
    if (error instanceof Unknown) return { ok: false, reason: error.message };
    throw error;
  }
}
