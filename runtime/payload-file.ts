/** A payload in a file, made into the exchange that its source would have stored. */
import { marketDataKeys } from "../core/market/payload.ts";
import { seriesOfTicker } from "../core/market/tickers.ts";
import type { Exchange, Source } from "../core/source.ts";
import { parseClimateReport } from "../core/weather/climate-report.ts";

type Json = Record<string, unknown>;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The decoder says what it makes of a body that is no JSON.
    return undefined;
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const apiKeys = new Set<string>([...marketDataKeys, "cursor", "milestones"]);

/** Whether the text is an answer of Kalshi's API as it came, and not what somebody made of one. */
export function isKalshiAnswer(text: string): boolean {
  const body = parseJson(text);
  return (
    isObject(body) &&
    Object.keys(body).some((key) => apiKeys.has(key)) &&
    Object.keys(body).every((key) => apiKeys.has(key))
  );
}

/** The one series that the payload speaks of; undefined when it names none or several. */
function seriesOf(body: Json): string | undefined {
  const series = new Set<string>();
  const add = (value: unknown, name: string) => {
    const ticker = isObject(value) ? value[name] : undefined;
    if (typeof ticker === "string" && ticker !== "")
      series.add(name === "event_ticker" ? seriesOfTicker(ticker) : ticker);
  };
  const each = (value: unknown) => (Array.isArray(value) ? (value as unknown[]) : value === undefined ? [] : [value]);
  add(body["series"], "ticker");
  for (const event of [...each(body["events"]), ...each(body["event"])]) add(event, "series_ticker");
  for (const market of [...each(body["markets"]), ...each(body["market"])]) add(market, "event_ticker");
  return series.size === 1 ? [...series][0] : undefined;
}

/** The source's own first request of the payload's kind, with the payload's series in it. */
function kalshiUrl(source: Source, at: number, body: Json): string {
  const requests = source.next({ at }, [], new Set()).map(({ url }) => new URL(url));
  const kind = "series" in body ? "series" : "markets" in body || "market" in body ? "markets" : "events";
  const ofKind = requests.find((url) => url.pathname.split("/").includes(kind)) ?? requests[0];
  const ticker = seriesOf(body);
  if (ofKind === undefined) throw new Error(`source ${source.id} asks for nothing at ${new Date(at).toISOString()}`);
  if (ofKind.searchParams.has("series_ticker")) {
    // A payload of several series was not asked for by one.
    if (ticker === undefined) ofKind.searchParams.delete("series_ticker");
    else ofKind.searchParams.set("series_ticker", ticker);
    // Nor with markets, where the events come without.
    const events = [...(Array.isArray(body["events"]) ? (body["events"] as unknown[]) : []), body["event"]];
    if (!events.some((event) => isObject(event) && event["markets"] != null))
      ofKind.searchParams.delete("with_nested_markets");
  } else if (ticker !== undefined) ofKind.pathname = ofKind.pathname.replace(/[^/]+$/, encodeURIComponent(ticker));
  return ofKind.href;
}

const productIdInName = /\d{12}-[A-Z0-9]{4}-[A-Z]{4}\d{2}-[A-Z0-9]{4,6}(?:-[A-Z]{3})?/;

/** A text's product id stands in its name or follows from the text itself; a list says whose it is. */
function climateUrl(source: Source, at: number, name: string, text: string): string {
  const [list] = source.next({ at }, [], new Set());
  if (list === undefined) throw new Error(`source ${source.id} asks for nothing at ${new Date(at).toISOString()}`);
  const body = parseJson(text);
  if (isObject(body)) {
    const url = new URL(list.url);
    const [row] = Array.isArray(body["data"]) ? (body["data"] as unknown[]) : [];
    const id = isObject(row) && typeof row["product_id"] === "string" ? row["product_id"] : undefined;
    const pil = id === undefined ? undefined : /^\d{12}-[A-Z0-9]{4}-[A-Z]{4}\d{2}-([A-Z0-9]{4,6})/.exec(id)?.[1];
    if (pil === undefined) url.searchParams.delete("pil");
    else url.searchParams.set("pil", pil);
    if (id !== undefined && /^\d{8}/.test(id))
      url.searchParams.set("date", `${id.slice(0, 4)}-${id.slice(4, 6)}-${id.slice(6, 8)}`);
    return url.href;
  }
  const stated = productIdInName.exec(name)?.[0];
  const parsed = stated === undefined ? parseClimateReport(text) : undefined;
  const id = stated ?? (parsed !== undefined && "report" in parsed ? parsed.report.productId : "");
  return new URL(`/api/1/nwstext/${id}`, list.url).href;
}

/**
 * @param name the file's name; it is asked only for what the text does not say
 * @param at instant of the exchange and of its window, epoch ms
 */
export function exchangeOf(source: Source, name: string, body: string, at: number): Exchange {
  const common = { status: 200, fetched_at: at, body };
  if (source.id === "climate-reports") return { url: climateUrl(source, at, name, body), ...common };
  const parsed = parseJson(body);
  const isListing = source.tables.includes("kalshi_markets");
  if (isListing && isObject(parsed)) return { url: kalshiUrl(source, at, parsed), ...common };
  // Trades, candles and books are told by what they hold.
  if (source.id.startsWith("kalshi-")) return { url: `https://${source.hosts[0]}/`, ...common };
  const first = source.next({ at }, [], new Set());
  // A source may first ask what there is; told nothing, it asks for the thing itself, and that is what a file holds.
  const told = first.map(({ url }) => ({ url, status: 404, fetched_at: at, body: "" }));
  const [asked] = [...source.next({ at }, told, new Set()), ...first];
  // Without the query: a file need not hold the answer for all that the source would ask for.
  return { url: (asked?.url ?? `https://${source.hosts[0]}/`).split("?", 1)[0] ?? "", ...common };
}
