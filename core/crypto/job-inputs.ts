/** Which parts a bitcoin job names: the newest listing and books, and what venues and index said in the last minutes. */
import { blockReason } from "../blocked-sources.ts";
import type { JobInput, PlanFacts } from "../desk.ts";
import type { TableName } from "../../schemas/index.ts";

const minuteMs = 60_000;

interface Reading {
  tables: readonly TableName[];
  /** Whether a job cannot do without it. Where a price comes from is the index chain's to find. */
  needed: boolean;
  /** Older parts of a stream, by the minute that they hold, are not read; Infinity for all that the pointer names. */
  lastMinutes: number;
}

const sources: Readonly<Record<string, Reading>> = {
  "kalshi-crypto-markets": {
    tables: ["kalshi_series", "kalshi_events", "kalshi_markets", "market_snapshots"],
    needed: true,
    lastMinutes: Infinity,
  },
  "kalshi-crypto-books": { tables: ["order_books"], needed: false, lastMinutes: Infinity },
  "venue-quotes": { tables: ["venue_quotes"], needed: false, lastMinutes: Infinity },
  "spot-candles": { tables: ["spot_candles"], needed: true, lastMinutes: Infinity },
};

const venueStream: Reading = { tables: ["venue_quotes"], needed: false, lastMinutes: Infinity };

/** Pointers of the streams. There are none while nobody holds their sockets. */
const streams: Readonly<Record<string, readonly Reading[]>> = {
  "stream-kalshi": [
    { tables: ["index_prints"], needed: false, lastMinutes: Infinity },
    // A book that did not change for so long is in the listing as well.
    { tables: ["book_tops"], needed: false, lastMinutes: 2 },
  ],
  "stream-coinbase": [venueStream],
  "stream-kraken": [venueStream],
  "stream-bitstamp": [venueStream],
  "stream-binance": [venueStream],
};

/** Ids of the sources that bitcoin jobs may read. */
export const sourcesRead: readonly string[] = Object.keys(sources);

export const streamsRead: readonly string[] = Object.keys(streams);

/** Venues that a job may hear streamed. */
export const streamedVenues: readonly string[] = Object.entries(streams)
  .filter(([, readings]) => readings.includes(venueStream))
  .map(([pointer]) => pointer.slice("stream-".length));

export const neededSources: readonly string[] = Object.entries(sources)
  .filter(([, { needed }]) => needed)
  .map(([source]) => source);

/** Ids of the pointers under which the newest parts of a table lie, polled and streamed. */
export const pointersTo = (table: TableName): string[] =>
  [...Object.entries(sources).map(([id, reading]) => [id, [reading]] as const), ...Object.entries(streams)].flatMap(
    ([id, readings]) => (readings.some(({ tables }) => tables.includes(table)) ? [id] : []),
  );

/** Every part that a job reads. */
export function jobInputs({ now, pointers, health }: PlanFacts): JobInput[] {
  const readings = [
    ...Object.entries(sources),
    ...Object.entries(streams).flatMap(([id, list]) => list.map((reading) => [id, reading] as const)),
  ];
  return readings.flatMap(([source, { tables, needed, lastMinutes }]) => {
    const pointer = pointers[source];
    if (pointer === undefined) return [];
    // A needed source that drifted ends its candidates at the gate; another is done without until it decodes again.
    if (!needed && blockReason(health, source) !== undefined) return [];
    return tables.flatMap((table) =>
      (pointer.parts[table] ?? [])
        .filter(({ window_at }) => now - window_at <= lastMinutes * minuteMs)
        .map((part): JobInput => ({ source, table, ...part, fetched_at: pointer.fetched_at })),
    );
  });
}
