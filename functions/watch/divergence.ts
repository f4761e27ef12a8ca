/** Reads what streams and polls have left in the lake of one minute, to be compared. */
import {
  bookMeasure,
  bookReading,
  compareFeed,
  type FeedComparison,
  quoteMeasure,
  quoteReading,
  snapshotReadings,
} from "../../core/crypto/divergence.ts";
import { feedIds } from "../../core/crypto/feeds.ts";
import { windowStem } from "../../core/lake-keys.ts";
import type { TableName, TableRow } from "../../schemas/index.ts";
import { dtOf } from "../../schemas/table.ts";
import { readDay } from "../parts.ts";
import { type LakeAndState, pointedRows } from "./pointed.ts";

const minuteMs = 60_000;
/** The poll of the minute before last, and the stream's minutes around it: both lie in the lake by now, whoever is late. */
const backMinutes = 2;
/** A book that did not change since is not compared. */
const streamMinutes = 5;

const pollOfKalshi = "kalshi-crypto-markets";
const pollOfVenues = "venue-quotes";

/** The rows that a feed wrote in the minutes around the poll; none when nobody held it then. */
const streamed = <N extends TableName>(feed: string, table: N, polledAt: number, services: LakeAndState) =>
  pointedRows(
    `stream-${feed}`,
    table,
    { after: polledAt - streamMinutes * minuteMs, until: polledAt + minuteMs },
    services,
  );

/** What became of the feeds in the last minutes; of one that nobody holds there is nothing. */
export async function feedHealth(now: number, services: LakeAndState): Promise<TableRow<"feed_health">[]> {
  const rows = await Promise.all(feedIds.map((feed) => streamed(feed, "feed_health", now - minuteMs, services)));
  return rows.flat();
}

/** What each feed that is held showed beside what was polled. Feeds of which nothing can be compared are left out. */
export async function compareFeeds(now: number, services: LakeAndState): Promise<FeedComparison[]> {
  const polledAt = Math.floor(now / minuteMs) * minuteMs - backMinutes * minuteMs;
  const polled = <N extends TableName>(source: string, table: N) =>
    readDay(services.lake, table, dtOf(polledAt), windowStem(source, polledAt));
  const comparisons: FeedComparison[] = [];
  for (const feed of feedIds) {
    if (feed === "kalshi") {
      const tops = await streamed(feed, "book_tops", polledAt, services);
      if (tops.length === 0) continue;
      const rest = snapshotReadings(await polled(pollOfKalshi, "market_snapshots"));
      comparisons.push(compareFeed(feed, tops.map(bookReading), rest, bookMeasure));
    } else {
      const quotes = await streamed(feed, "venue_quotes", polledAt, services);
      if (quotes.length === 0) continue;
      const readings = (rows: readonly TableRow<"venue_quotes">[]) =>
        rows.flatMap((row) => (row.venue === feed ? (quoteReading(row) ?? []) : []));
      const rest = readings(await polled(pollOfVenues, "venue_quotes"));
      comparisons.push(compareFeed(feed, readings(quotes), rest, quoteMeasure));
    }
  }
  return comparisons.filter(({ compared }) => compared > 0);
}

/** Rows of the comparisons. @param version of the code that made them. */
export function checkRows(
  comparisons: readonly FeedComparison[],
  now: number,
  version: number,
): TableRow<"stream_checks">[] {
  return comparisons.flatMap(({ feed, unit, compared, diverging, worst }) =>
    worst === undefined
      ? []
      : [
          {
            feed,
            checked_at: now,
            compared,
            diverging: diverging.length,
            worst_subject: worst.subject,
            worst_difference: worst.difference,
            unit,
            stream_at: worst.stream.at,
            rest_at: worst.rest.at,
            ingested_at: now,
            decoder_version: version,
          },
        ],
  );
}
