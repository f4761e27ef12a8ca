/** Which markets a series has now, asked over REST: tickers and times only, for subscribing. */
import { kalshiRequest } from "../market/paging.ts";
import type { SourceRequest } from "../source.ts";
import { fieldsOf, type FrameRefusal, instantOf, listOf, readFields, textOf } from "./frame.ts";
import type { ListedMarket } from "./kalshi-markets.ts";

export function listingRequest(series: string, status: "open" | "unopened", cursor?: string): SourceRequest {
  const page = cursor === undefined ? "" : `&cursor=${encodeURIComponent(cursor)}`;
  return kalshiRequest(`/markets?series_ticker=${series}&status=${status}&mve_filter=exclude&limit=1000${page}`);
}

/** One page; the cursor is undefined on the last. */
export function decodeListing(
  body: string,
): { markets: ListedMarket[]; cursor: string | undefined } | { refusal: FrameRefusal } {
  return readFields(body, (value) => {
    const page = fieldsOf(value, "");
    const markets = listOf(page["markets"], "markets").map((market, index): ListedMarket => {
      const path = `markets[${index}]`;
      const fields = fieldsOf(market, path);
      return [
        textOf(fields["ticker"], `${path}.ticker`),
        instantOf(fields["open_time"], `${path}.open_time`),
        instantOf(fields["close_time"], `${path}.close_time`),
      ];
    });
    const cursor = page["cursor"];
    return { markets, cursor: typeof cursor === "string" && cursor !== "" ? cursor : undefined };
  });
}
