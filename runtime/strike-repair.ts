/** Finds markets in a lake that were recorded without strikes, and writes their rows anew with the strikes that can be told. */
import { lacksStrike, repairStrikes } from "../core/market/strike-repair.ts";
import type { Strike } from "../core/market/strikes.ts";
import type { Lake, Sql } from "../core/ports.ts";
import { readPart, writeParts } from "../functions/parts.ts";
import type { TableRow } from "../schemas/index.ts";
import { objects } from "./report.ts";

/**
 * A repaired row has its own row's decoder version and this on top, so that it stands above it. A newer decoder's row of
 * the same key is repaired again, from what that decoder read.
 */
const repairedBy = 1_000;

/** Series of daily highs and lows, today's and those of before the KX names. */
const temperatureSeries = /^(?:KX)?(?:HIGH|LOW)/;

type Market = TableRow<"kalshi_markets">;

export interface RepairLine {
  market_ticker: string;
  event_ticker: string;
  /** Rows without a strike: one a window in which the market was listed. */
  rows: number;
  strike: Strike | null;
  /** field: another window lists the market with its strike. */
  from: "field" | "text" | "ticker" | null;
  /** Why there is no strike; null where there is one. */
  reason: string | null;
}

export interface RepairPlan {
  lines: RepairLine[];
  /** Parts to be written, each beside the one it repairs. */
  parts: { stem: string; version: number; rows: Market[] }[];
}

interface Part {
  stem: string;
  version: number;
  rows: Market[];
}

/** Days with rows of events of which some market was listed without its strike. */
async function daysToRead(sql: Sql): Promise<string[]> {
  const rows = await objects(
    sql,
    `select distinct dt from kalshi_markets_parts where event_ticker in (
       select event_ticker from kalshi_markets_parts
       where strike_type is null
         or (strike_type in ('greater', 'greater_or_equal', 'between') and floor_strike is null)
         or (strike_type in ('less', 'less_or_equal', 'between') and cap_strike is null)
     ) order by dt`,
  );
  return rows.map((row) => String(row["dt"]));
}

/** Parts with temperature markets. Key: `tables/kalshi_markets/dt=…/<stem>-v<version>.parquet`. */
async function readParts(lake: Lake, days: readonly string[]): Promise<Part[]> {
  const parts: Part[] = [];
  for (const dt of days) {
    for (const key of await lake.list(`tables/kalshi_markets/dt=${dt}/`)) {
      const [, stem, version] = /\/([^/]+)-v(\d+)\.parquet$/.exec(key) ?? [];
      if (stem === undefined) throw new Error(`${key} is not named as a part is: <stem>-v<version>.parquet`);
      const rows = (await readPart(lake, "kalshi_markets", key)).filter(({ series_ticker }) =>
        temperatureSeries.test(series_ticker),
      );
      if (rows.length > 0) parts.push({ stem, version: Number(version), rows });
    }
  }
  return parts;
}

/** Of each market the newest row that has its strike, else the newest. */
function newestOf(rows: readonly Market[]): Market[] {
  const newest = new Map<string, Market>();
  for (const row of rows.toSorted((a, b) => a.window_at - b.window_at || a.decoder_version - b.decoder_version)) {
    const before = newest.get(row.market_ticker);
    if (before === undefined || lacksStrike(before) || !lacksStrike(row)) newest.set(row.market_ticker, row);
  }
  return [...newest.values()];
}

type Found = Pick<RepairLine, "strike" | "from" | "reason">;

/** What can be told of each market of one event that some window lists without its strike. */
function findStrikes(rows: readonly Market[]): Map<string, Found> {
  const newest = newestOf(rows);
  const found = new Map<string, Found>();
  for (const { market_ticker, strike_type, floor_strike, cap_strike } of newest.filter((row) => !lacksStrike(row))) {
    found.set(market_ticker, { strike: { strike_type, floor_strike, cap_strike }, from: "field", reason: null });
  }
  for (const repair of repairStrikes(newest)) {
    found.set(
      repair.market_ticker,
      "strike" in repair
        ? { strike: repair.strike, from: repair.from, reason: null }
        : { strike: null, from: null, reason: repair.reason },
    );
  }
  return found;
}

/** Names the row that a repaired row stands above. */
const nameOf = ({ market_ticker, window_at, ingested_at }: Market, version: number) =>
  `${market_ticker} ${window_at} ${ingested_at} ${version}`;

/** What would be repaired, without writing anything. What has been repaired before is left out. */
export async function planRepair({ lake, sql }: { lake: Lake; sql: Sql }): Promise<RepairPlan> {
  const all = await readParts(lake, await daysToRead(sql));
  const parts = all.filter(({ version }) => version < repairedBy);
  const repaired = new Set(
    all
      .filter(({ version }) => version >= repairedBy)
      .flatMap(({ rows }) => rows.map((row) => nameOf(row, row.decoder_version - repairedBy))),
  );
  const isLeft = (row: Market) => lacksStrike(row) && !repaired.has(nameOf(row, row.decoder_version));
  const events = Map.groupBy(
    parts.flatMap(({ rows }) => rows),
    ({ event_ticker }) => event_ticker,
  );
  const found = new Map<string, Found>();
  const lines: RepairLine[] = [];
  for (const [event_ticker, rows] of [...events].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    if (!rows.some(isLeft)) continue;
    for (const [market_ticker, strike] of findStrikes(rows)) {
      found.set(market_ticker, strike);
      const left = rows.filter((row) => row.market_ticker === market_ticker && isLeft(row)).length;
      if (left > 0) lines.push({ market_ticker, event_ticker, rows: left, ...strike });
    }
  }
  return {
    lines,
    parts: parts.flatMap(({ stem, version, rows }): Part[] => {
      const better = rows.filter(lacksStrike).flatMap((row): Market[] => {
        const { strike, from } = found.get(row.market_ticker) ?? { strike: null, from: null };
        if (strike === null || from === null) return [];
        return [{ ...row, ...strike, strike_source: from, decoder_version: repairedBy + row.decoder_version }];
      });
      // The number is in the name: once more of a part's rows can be told, they are another part.
      return better.length === 0
        ? []
        : [{ stem: `${stem}-strikes-n${better.length}`, version: repairedBy + version, rows: better }];
    }),
  };
}

/** Writes the plan's parts. A part that is there stays. @returns how many rows the plan has repaired. */
export async function writeRepair(lake: Lake, { parts }: RepairPlan): Promise<number> {
  for (const { stem, version, rows } of parts) await writeParts(lake, stem, version, { kalshi_markets: rows });
  return parts.reduce((sum, { rows }) => sum + rows.length, 0);
}
