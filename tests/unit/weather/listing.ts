/** A listing of Chicago's events as the markets' own decoder reads it, and pointers beside it. */
import { freshnessOf } from "../../../core/pointer.ts";
import { sources } from "../../../core/sources.ts";
import type { PlannedJob, JobInput, PlanFacts } from "../../../core/desk.ts";
import type { PartReference, Pointer } from "../../../core/source.ts";
import { sourceOf } from "../../../core/sources.ts";
import { dtOf } from "../../../schemas/table.ts";
import type { Rows, TableName } from "../../../schemas/index.ts";
import { eventPayload, marketPayload, seriesPayload } from "../market/payloads.ts";

const hour = 3_600_000;
const twc = [{ name: "The Weather Company", url: "https://weather.com/kalshi" }];

/** Three brackets around 50 and 51 °F on a day of November 2026. */
function markets(day: number) {
  const event = `KXHIGHCHI-26NOV${String(day).padStart(2, "0")}`;
  const close_time = new Date(Date.UTC(2026, 10, day + 1, 6)).toISOString();
  const bracket = (says: string, title: string, change: Record<string, unknown>) =>
    marketPayload({
      event_ticker: event,
      close_time,
      rules_primary: `If the maximum temperature recorded at Chicago (CLIMDW) for Nov ${day}, 2026, is ${says} fahrenheit according to The Weather Company, then the market resolves to Yes.`,
      title: `Will the maximum temperature be ${title} on Nov ${day}, 2026?`,
      ...change,
    });
  return [
    bracket("less than 50°", "<50°", {
      ticker: `${event}-T50`,
      strike_type: "less",
      floor_strike: undefined,
      cap_strike: 50,
      yes_sub_title: "49° or below",
    }),
    bracket("between 50-51°", "50-51°", { ticker: `${event}-B50.5`, yes_sub_title: "50° to 51°" }),
    bracket("greater than 51°", ">51°", {
      ticker: `${event}-T51`,
      strike_type: "greater",
      floor_strike: 51,
      cap_strike: undefined,
      yes_sub_title: "52° or above",
    }),
  ];
}

/** Chicago's events of these days of November 2026, as listed at `at`. */
export function listing(at: number, days: readonly number[]): Rows {
  const base = "https://external-api.kalshi.com/trade-api/v2";
  const answer = (path: string, body: unknown) => ({
    url: `${base}${path}`,
    status: 200,
    fetched_at: at,
    body: JSON.stringify(body),
  });
  const events = days.map((day) =>
    eventPayload({
      event_ticker: `KXHIGHCHI-26NOV${String(day).padStart(2, "0")}`,
      series_ticker: "KXHIGHCHI",
      settlement_sources: twc,
      markets: markets(day),
    }),
  );
  const { rows, refusals } = sourceOf("kalshi-markets").decode(
    [
      answer("/series/KXHIGHCHI", { series: seriesPayload({ ticker: "KXHIGHCHI", settlement_sources: twc }) }),
      answer("/events?series_ticker=KXHIGHCHI", { cursor: "", events }),
      answer("/markets?series_ticker=KXHIGHCHI", { cursor: "", markets: days.flatMap(markets) }),
    ],
    { window_at: at, raw_key: "raw/x" },
  );
  if (refusals.length > 0) throw new Error(JSON.stringify(refusals));
  return rows;
}

/** The pointer of a source that brought one part of the table in each of these windows. */
export function pointerOf(source: string, table: TableName, windows: readonly number[]): Pointer {
  const parts = windows.map((at): PartReference => ({
    key: `tables/${table}/dt=${dtOf(at)}/${source}-${new Date(at).toISOString()}-v1.parquet`,
    sha256: `${source}-${at}`,
    window_at: at,
  }));
  const newest = windows.at(-1) ?? 0;
  return {
    window_at: newest,
    fetched_at: newest + 1_000,
    raw_key: "raw/x",
    raw_sha256: "x",
    parts: { [table]: parts },
    // A stream has none.
    ...sources.filter(({ id }) => id === source).map((one) => ({ freshness: freshnessOf(one) }))[0],
  };
}

/** Facts of a tick at which every source has landed by the hour for two days. */
export function planFacts(now: number, days: readonly number[], change: Partial<PlanFacts> = {}): PlanFacts {
  const rows = listing(now - hour / 12, days);
  const hourly = Array.from({ length: 48 }, (_, index) => Math.floor(now / hour) * hour - (47 - index) * hour);
  return {
    now,
    pointers: {
      "kalshi-markets": pointerOf("kalshi-markets", "market_snapshots", hourly.slice(-1)),
      "open-meteo-ensemble": pointerOf("open-meteo-ensemble", "weather_ensemble_members", hourly.slice(-1)),
      "iem-nbm": pointerOf("iem-nbm", "nbm_forecasts", [now - 50 * hour, now - 9 * hour, now - 3 * hour]),
      "iem-observations": pointerOf("iem-observations", "weather_observations", hourly),
      "iem-daily-summaries": pointerOf("iem-daily-summaries", "daily_summaries", hourly.slice(-30, -2)),
      "climate-reports": pointerOf("climate-reports", "climate_reports", hourly.slice(-30, -3)),
    },
    health: {},
    series: rows.kalshi_series ?? [],
    events: rows.kalshi_events ?? [],
    markets: rows.kalshi_markets ?? [],
    parameters: {},
    ...change,
  };
}

export const inputsIn = (job: PlannedJob | undefined): JobInput[] => JSON.parse(job?.inputs ?? "[]") as JobInput[];
