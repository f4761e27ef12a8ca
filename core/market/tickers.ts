/**
 * What a ticker says. Kalshi asks clients not to parse tickers: fields hold the meaning, the ticker is a key. What is
 * read here serves as a cross-check that raises an alarm, and for recordings that have nothing else.
 */

const months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

export interface DailyEvent {
  series: string;
  /** `YYYY-MM-DD`. */
  date: string;
}

/** `KXHIGHCHI-26OCT04` → series and date. Undefined when it is not the ticker of a daily event. */
export function dailyEventOf(eventTicker: string): DailyEvent | undefined {
  const match = /^([A-Z][A-Z0-9]*)-(\d{2})([A-Z]{3})(\d{2})$/.exec(eventTicker);
  if (match === null) return undefined;
  const [, series = "", year = "", name = "", day = ""] = match;
  const month = months.indexOf(name);
  if (month < 0) return undefined;
  const instant = new Date(Date.UTC(2000 + Number(year), month, Number(day)));
  if (instant.getUTCDate() !== Number(day)) return undefined;
  return { series, date: instant.toISOString().slice(0, 10) };
}

/** The inverse of `dailyEventOf`: to ask for an event by name where the API lists none by date. */
export function dailyEventTicker({ series, date }: DailyEvent): string {
  const [year = "", month = "", day = ""] = date.split("-");
  return `${series}-${year.slice(2)}${months[Number(month) - 1]}${day}`;
}

/** What stands before the first dash. */
export function seriesOfTicker(ticker: string): string {
  return ticker.split("-", 1)[0] ?? ticker;
}

/** What stands before the last dash of a market's ticker. */
export function eventOfTicker(marketTicker: string): string {
  const dash = marketTicker.lastIndexOf("-");
  return dash < 0 ? marketTicker : marketTicker.slice(0, dash);
}
