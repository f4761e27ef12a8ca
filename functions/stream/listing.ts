/** Tells Kalshi's feed which markets there are, over REST. */
import type { Http } from "../../core/ports.ts";
import type { ListedMarket } from "../../core/stream/kalshi-markets.ts";
import { decodeListing, listingRequest } from "../../core/stream/market-listing.ts";

/** A thousand markets a page. */
const mostPages = 5;

/** Every open and every announced market of the series. @throws when one listing cannot be had whole. */
export async function listMarkets(series: readonly string[], http: Http): Promise<ListedMarket[]> {
  const listings = series.flatMap((one) => [listPages(one, "open", http), listPages(one, "unopened", http)]);
  return (await Promise.all(listings)).flat();
}

async function listPages(series: string, status: "open" | "unopened", http: Http): Promise<ListedMarket[]> {
  const markets: ListedMarket[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < mostPages; page++) {
    const { url } = listingRequest(series, status, cursor);
    const answer = await http.request({ url });
    if (answer.status !== 200) throw new Error(`the ${status} markets of ${series}: HTTP ${answer.status}`);
    const listed = decodeListing(answer.body);
    if ("refusal" in listed) {
      throw new Error(`the ${status} markets of ${series}: ${listed.refusal.path} ${listed.refusal.message}`);
    }
    markets.push(...listed.markets);
    cursor = listed.cursor;
    if (cursor === undefined) return markets;
  }
  throw new Error(`the ${status} markets of ${series}: more than ${mostPages} pages`);
}
