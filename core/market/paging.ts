/** Cursor paging of Kalshi's listings: the answer names the next page until it names none. */
import { bodyOf } from "../exchange-body.ts";
import type { Exchange, SourceRequest } from "../source.ts";

const kalshiBase = "https://external-api.kalshi.com/trade-api/v2";
const kalshiFallbackBase = "https://api.elections.kalshi.com/trade-api/v2";
export const kalshiHosts = [new URL(kalshiBase).host, new URL(kalshiFallbackBase).host] as const;

/** A listing that is longer than this does not end by itself: six series have about ten markets each. */
export const maxPages = 25;

/** @param path With its query, for example `/series/KXHIGHCHI`. */
export function kalshiRequest(path: string): SourceRequest {
  return { url: `${kalshiBase}${path}`, fallbackUrl: `${kalshiFallbackBase}${path}` };
}

/** What was asked for, whichever host answered. */
function pathOf(url: string): URL {
  const asked = new URL(url, kalshiBase);
  return new URL(`${asked.pathname.replace(/^\/trade-api\/v2/, "")}${asked.search}`, "https://kalshi.invalid");
}

function nameOf(path: URL): string {
  const parameters = [...path.searchParams].map(([name, value]) => `${name}=${value}`).toSorted();
  return `${path.pathname}?${parameters.join("&")}`;
}

function listingOf(path: URL): string {
  const first = new URL(path);
  first.searchParams.delete("cursor");
  return nameOf(first);
}

/** The cursor that an answer ends with; empty and absent mean the end. */
function cursorOf(exchange: Exchange): string | undefined {
  if (exchange.status !== 200) return undefined;
  const body = bodyOf(exchange);
  // Decoding refuses a broken body with its reason; here it only means that no page follows.
  if ("fault" in body) return undefined;
  const cursor = (body.value as { cursor?: unknown } | null)?.cursor;
  return typeof cursor === "string" && cursor !== "" ? cursor : undefined;
}

/** Those of the requests that no answer so far is of, whichever host gave it. */
export function unasked(requests: readonly SourceRequest[], exchanges: readonly Exchange[]): SourceRequest[] {
  const asked = new Set(exchanges.map((exchange) => nameOf(pathOf(exchange.url))));
  return requests.filter(({ url }) => !asked.has(nameOf(pathOf(url))));
}

interface FollowingPage {
  /** Index of the exchange that names it. */
  exchange: number;
  path: URL;
  /** Index of the exchange that holds it; undefined when it was not asked for. */
  answeredBy: number | undefined;
  /** Pages of the listing so far. */
  pages: number;
}

function followingPages(exchanges: readonly Exchange[]): FollowingPage[] {
  const paths = exchanges.map((exchange) => pathOf(exchange.url));
  const names = paths.map(nameOf);
  const listings = paths.map(listingOf);
  return exchanges.flatMap((exchange, index) => {
    const cursor = cursorOf(exchange);
    const asked = paths[index];
    if (cursor === undefined || asked === undefined) return [];
    const path = new URL(asked);
    path.searchParams.set("cursor", cursor);
    const found = names.indexOf(nameOf(path));
    return [
      {
        exchange: index,
        path,
        answeredBy: found < 0 ? undefined : found,
        pages: listings.filter((listing) => listing === listings[index]).length,
      },
    ];
  });
}

/** Requests for the pages that the answers so far name and nobody has asked for. */
export function nextPages(exchanges: readonly Exchange[]): SourceRequest[] {
  return followingPages(exchanges)
    .filter((page) => page.answeredBy === undefined && page.pages < maxPages)
    .map((page) => kalshiRequest(`${page.path.pathname}${page.path.search}`));
}

/** Listings that do not end: the exchange at which each one breaks off, and why. */
export function endlessListings(exchanges: readonly Exchange[]): { exchange: number; message: string }[] {
  return followingPages(exchanges).flatMap(({ exchange, answeredBy, pages }) => {
    if (answeredBy === undefined) {
      return pages < maxPages ? [] : [{ exchange, message: `the listing does not end after ${pages} pages` }];
    }
    return answeredBy > exchange
      ? []
      : [{ exchange, message: "the cursor points back to a page that was read before" }];
  });
}
