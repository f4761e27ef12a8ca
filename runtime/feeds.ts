/** How the live feeds have done lately, from the tables that they and the watch write. */
import type { Sql } from "../core/ports.ts";
import { objects } from "./report.ts";

export interface FeedReport {
  feed: string;
  /** At the end of its newest minute. */
  phase: string;
  /** Minutes on record, of all holders together, and those at whose end data was seen. */
  minutes: number;
  live: number;
  connects: number;
  gaps: number;
  resyncs: number;
  faults: number;
  lost_trades: number;
  refused: number;
  dropped: number;
  /** Markets or pairs at the end of its newest minute, and those of them without a book or quote in step. */
  products: number;
  unquotable: number;
  /** Longest time without data, ms. */
  max_silence_ms: number;
  /** Smallest receive time minus venue time, ms; null without venue times. */
  skew_ms: number | null;
  /** ISO 8601; null when no data was ever seen. */
  last_data_at: string | null;
  /** Why a connection ended last, or did not come about. */
  last_close: string | null;
  /** Prices compared with polled ones, of all checks together, and those further apart than allowed; null without a check. */
  checked: { compared: number; diverging: number; worst: number; unit: string } | null;
}

/** The venues beside the settlement index, as the watch measured them. Basis points over the index; null when unmeasured. */
export interface BasisLine {
  index_id: string;
  /** Of the newest measurement, ISO 8601. */
  checked_at: string;
  /** Of the proxy that the venues make: unmeasured, quiet or alarm. */
  state: string;
  pairs: number;
  mean_bps: number | null;
  spread_bps: number | null;
  noise_bps: number;
  worst_venue: string | null;
  worst_mean_bps: number | null;
  venues_off: number;
  /** Measurements in all, and those in which the proxy or a venue was in alarm. */
  checks: number;
  alarms: number;
}

export interface FeedsReport {
  /** Empty when none was ever held. */
  feeds: FeedReport[];
  /** One an index; empty where nobody heard one. */
  basis: BasisLine[];
}

const query = `
SELECT feed,
       max_by(phase, minute_at) AS phase,
       count(DISTINCT minute_at) AS minutes,
       count(DISTINCT CASE WHEN phase = 'live' THEN minute_at END) AS live,
       sum(connects) AS connects,
       sum(gaps) AS gaps,
       sum(resyncs) AS resyncs,
       sum(faults) AS faults,
       sum(lost_trades) AS lost_trades,
       sum(refused) AS refused,
       sum(dropped) AS dropped,
       max_by(products, ingested_at) AS products,
       max_by(unquotable, ingested_at) AS unquotable,
       max(max_silence_ms) AS max_silence_ms,
       min(skew_ms) AS skew_ms,
       max(last_data_at) AS last_data_at,
       max_by(last_close, CASE WHEN last_close IS NOT NULL THEN minute_at END) AS last_close
FROM feed_health
WHERE dt >= ? AND minute_at > CAST(? AS timestamp)
GROUP BY feed
ORDER BY feed`;

const checksQuery = `
SELECT feed,
       sum(compared) AS compared,
       sum(diverging) AS diverging,
       max(worst_difference) AS worst,
       max(unit) AS unit
FROM stream_checks
WHERE dt >= ? AND checked_at > CAST(? AS timestamp)
GROUP BY feed`;

const basisQuery = `
SELECT index_id, checked_at, state, pairs, mean_bps, spread_bps, noise_bps, worst_venue, worst_mean_bps, venues_off
FROM index_basis
WHERE dt >= ? AND checked_at > CAST(? AS timestamp)
ORDER BY index_id, checked_at`;

const minuteMs = 60_000;
const sqlTimestamp = (at: number) => new Date(at).toISOString().slice(0, 19).replace("T", " ");

/** Rows by the names of their columns, whole numbers as such. */
async function namedRows<T>(sql: Sql, text: string, since: readonly string[]): Promise<T[]> {
  const plain = ([name, value]: [string, unknown]) => [name, typeof value === "bigint" ? Number(value) : value];
  return (await objects(sql, text, since)).map((row) => Object.fromEntries(Object.entries(row).map(plain)) as T);
}

async function reportBasis(sql: Sql, since: readonly string[]): Promise<BasisLine[]> {
  const measured = await namedRows<Omit<BasisLine, "checks" | "alarms">>(sql, basisQuery, since);
  return [...Map.groupBy(measured, ({ index_id }) => index_id).values()].flatMap((of) => {
    const newest = of.at(-1);
    if (newest === undefined) return [];
    const alarms = of.filter(({ state, venues_off }) => state === "alarm" || venues_off > 0).length;
    return [{ ...newest, checks: of.length, alarms }];
  });
}

/** The last `minutes` up to the newest that any feed wrote; empty when none did. */
export async function reportFeeds(sql: Sql, minutes: number): Promise<FeedsReport> {
  const newest = (await sql.query("SELECT max(minute_at) AS newest FROM feed_health")).rows[0]?.[0];
  if (typeof newest !== "string") return { feeds: [], basis: [] };
  const from = Date.parse(newest) - minutes * minuteMs;
  const since = [new Date(from).toISOString().slice(0, 10), sqlTimestamp(from)];
  const checks = new Map(
    (await sql.query(checksQuery, since)).rows.map(([feed, compared, diverging, worst, unit]) => [
      String(feed),
      { compared: Number(compared), diverging: Number(diverging), worst: Number(worst), unit: String(unit) },
    ]),
  );
  const feeds = (await namedRows<FeedReport>(sql, query, since)).map((report) => {
    const whole = (value: number | string | null) => (value === null ? null : Number(value));
    // Sums of whole numbers come as decimals of the engine.
    return {
      ...report,
      connects: whole(report.connects) ?? 0,
      gaps: whole(report.gaps) ?? 0,
      resyncs: whole(report.resyncs) ?? 0,
      faults: whole(report.faults) ?? 0,
      lost_trades: whole(report.lost_trades) ?? 0,
      refused: whole(report.refused) ?? 0,
      dropped: whole(report.dropped) ?? 0,
      checked: checks.get(report.feed) ?? null,
    };
  });
  return { feeds, basis: await reportBasis(sql, since) };
}
