/** The gate outcomes of one tick, and the forecasts that they rest on, by SQL: what `brier why` shows. */
import type { CandidateEnd } from "../core/alerts/nearest-miss.ts";
import type { Sql } from "../core/ports.ts";
import { dtOf } from "../schemas/table.ts";
import { CommandError, UsageError } from "./command.ts";
import { objects } from "./report.ts";

const day = 86_400_000;

/** A candidate with the numbers beside it. Probabilities are of Yes; money in dollars. */
export interface Candidate extends CandidateEnd {
  event_ticker: string;
  job_id: string;
  price: number | null;
  p_model: number | null;
  p_day_ahead: number | null;
  p_intraday: number | null;
  p_market: number | null;
  p_pool: number | null;
}

/** One prediction of a job. `unit` is that of mean and standard deviation; what was observed is in °F. */
export interface Forecast {
  event_ticker: string;
  model: string;
  parameters_version: string;
  unit: "°F" | "$";
  mean: number;
  sd: number;
  /** In the price that it starts from, and which part of the index chain gave that; null for weather. */
  confidence: number | null;
  index_source: string | null;
  /** The official maximum so far lies between these; null where nothing bounds it. */
  observed_least: number | null;
  observed_most: number | null;
  /** ISO 8601, UTC. */
  observed_at: string | null;
  new_maximum_60m: number | null;
  remarks: string[];
}

/** How market and models were pooled for an event. */
export interface PoolWeights {
  event_ticker: string;
  scheme: string;
  market: number;
  /** Null where the desk has a single model, as that one is where it has several. */
  day_ahead: number | null;
  intraday: number | null;
  model: number | null;
}

export interface GateTick {
  /** Epoch ms. */
  at: number;
  candidates: Candidate[];
  forecasts: Forecast[];
  weights: PoolWeights[];
}

/** What may be asked: "HH:MM" or "HH:MM:SS" of `date`, an ISO instant, or the end of `date`; undefined means the newest there is. */
export interface Moment {
  at: string | undefined;
  date: string | undefined;
}

const ofTarget = "(j.series_ticker = ? OR o.event_ticker = ? OR o.market_ticker = ?)";

/** As both engines read it in `CAST(? AS timestamp)`. */
function sqlInstant(at: number): string {
  return new Date(at).toISOString().replace("T", " ").replace("Z", "");
}

function instantOf(value: unknown): number | undefined {
  return typeof value === "string" ? Date.parse(value) : undefined;
}

/** The newest tick of the target at or before `until`. A day before it is asked first: all days is the dear question. */
async function newestTick(sql: Sql, target: string, until: number | undefined): Promise<number | undefined> {
  const spans =
    until === undefined
      ? ["1 = 1"]
      : [`o.dt >= '${dtOf(until - day)}' AND o.dt <= '${dtOf(until)}'`, `o.dt <= '${dtOf(until)}'`];
  for (const span of spans) {
    const [row] = await objects(
      sql,
      `SELECT max(o.decided_at) AS newest FROM gate_outcomes o INNER JOIN jobs j ON j.job_id = o.job_id AND j.dt = o.dt
       WHERE ${span} AND ${ofTarget} ${until === undefined ? "" : "AND o.decided_at <= CAST(? AS timestamp)"}`,
      [target, target, target, ...(until === undefined ? [] : [sqlInstant(until)])],
    );
    const newest = instantOf(row?.["newest"]);
    if (newest !== undefined) return newest;
  }
  return undefined;
}

/**
 * The instant that is asked for.
 * @throws UsageError when a text is neither.
 */
async function momentOf(sql: Sql, target: string, { at, date }: Moment): Promise<number | undefined> {
  if (date !== undefined && Number.isNaN(Date.parse(`${date}T00:00:00Z`))) {
    throw new UsageError(`--date is "${date}"; give YYYY-MM-DD`);
  }
  if (at === undefined) return date === undefined ? undefined : Date.parse(`${date}T00:00:00Z`) + day - 1;
  const [, hour, minute, second = "00"] = /^([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/.exec(at) ?? [];
  if (hour !== undefined) {
    const newest = date === undefined ? await newestTick(sql, target, undefined) : undefined;
    const on = date ?? (newest === undefined ? undefined : dtOf(newest));
    return on === undefined ? undefined : Date.parse(`${on}T${hour.padStart(2, "0")}:${minute}:${second}Z`);
  }
  const zoned = /(?:Z|[+-]\d\d:\d\d)$/.test(at) ? at : `${at}Z`;
  const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(at) ? Date.parse(zoned) : Number.NaN;
  if (Number.isNaN(instant)) throw new UsageError(`--at is "${at}"; give 14:00, 14:00:10 or 2026-11-01T14:00Z (UTC)`);
  return instant;
}

const numberOf = (value: unknown): number | null => (value === null || value === undefined ? null : Number(value));

async function candidatesAt(sql: Sql, target: string, at: number): Promise<Candidate[]> {
  const dt = dtOf(at);
  const rows = await objects(
    sql,
    `SELECT o.market_ticker, o.side, o.gate, o.position, o.value, o.threshold, o.detail, o.price, o.edge, o.event_ticker,
            o.job_id, e.p_model, e.p_day_ahead, e.p_intraday, e.p_market, e.p_pool
     FROM gate_outcomes o
     INNER JOIN jobs j ON j.job_id = o.job_id AND j.dt = o.dt
     LEFT JOIN enrichments e ON e.job_id = o.job_id AND e.market_ticker = o.market_ticker AND e.dt = o.dt
     WHERE o.dt = '${dt}' AND ${ofTarget} AND o.decided_at = CAST(? AS timestamp)
     ORDER BY o.event_ticker, o.market_ticker, o.side DESC`,
    [target, target, target, sqlInstant(at)],
  );
  return rows.map((row) => ({
    market_ticker: String(row["market_ticker"]),
    side: String(row["side"]),
    gate: String(row["gate"]),
    position: Number(row["position"]),
    value: numberOf(row["value"]),
    threshold: numberOf(row["threshold"]),
    detail: String(row["detail"]),
    price: numberOf(row["price"]),
    edge: numberOf(row["edge"]),
    event_ticker: String(row["event_ticker"]),
    job_id: String(row["job_id"]),
    p_model: numberOf(row["p_model"]),
    p_day_ahead: numberOf(row["p_day_ahead"]),
    p_intraday: numberOf(row["p_intraday"]),
    p_market: numberOf(row["p_market"]),
    p_pool: numberOf(row["p_pool"]),
  }));
}

/** The jobs behind the candidates, as a list for SQL; ids are hashes. */
const jobsOf = (candidates: readonly Candidate[]) => [...new Set(candidates.map(({ job_id }) => job_id))];

function momentsOf(row: Record<string, unknown>): Pick<Forecast, "unit" | "mean" | "sd"> {
  return row["mean_usd"] === null
    ? { unit: "°F", mean: Number(row["mean_f"]), sd: Number(row["sd_f"]) }
    : { unit: "$", mean: Number(row["mean_usd"]), sd: Number(row["sd_usd"]) };
}

async function forecastsOf(sql: Sql, at: number, jobs: readonly string[]): Promise<Forecast[]> {
  const rows = await objects(
    sql,
    `SELECT event_ticker, model, parameters_version, mean_f, sd_f, mean_usd, sd_usd, confidence, details, observed_least_f, observed_most_f, observed_at,
            new_maximum_60m, remarks
     FROM predictions WHERE dt = '${dtOf(at)}' AND job_id IN (${jobs.map(() => "?").join(", ")})
     ORDER BY event_ticker, model DESC`,
    jobs,
  );
  return rows.map((row) => ({
    event_ticker: String(row["event_ticker"]),
    model: String(row["model"]),
    parameters_version: String(row["parameters_version"]),
    ...momentsOf(row),
    confidence: numberOf(row["confidence"]),
    index_source:
      typeof row["details"] === "string" ? (JSON.parse(row["details"]) as { index_source: string }).index_source : null,
    observed_least: numberOf(row["observed_least_f"]),
    observed_most: numberOf(row["observed_most_f"]),
    observed_at: typeof row["observed_at"] === "string" ? row["observed_at"] : null,
    new_maximum_60m: numberOf(row["new_maximum_60m"]),
    remarks: typeof row["remarks"] === "string" ? (JSON.parse(row["remarks"]) as string[]) : [],
  }));
}

async function weightsOf(sql: Sql, at: number, jobs: readonly string[]): Promise<PoolWeights[]> {
  const rows = await objects(
    sql,
    `SELECT DISTINCT event_ticker, pool_scheme, weight_market, weight_day_ahead, weight_intraday, weight_model
     FROM enrichments
     WHERE dt = '${dtOf(at)}' AND job_id IN (${jobs.map(() => "?").join(", ")}) AND pool_scheme IS NOT NULL
     ORDER BY event_ticker`,
    jobs,
  );
  return rows.map((row) => ({
    event_ticker: String(row["event_ticker"]),
    scheme: String(row["pool_scheme"]),
    market: Number(row["weight_market"]),
    day_ahead: numberOf(row["weight_day_ahead"]),
    intraday: numberOf(row["weight_intraday"]),
    model: numberOf(row["weight_model"]),
  }));
}

/** What there is to ask about, for the message of a question that finds nothing. */
async function known(sql: Sql): Promise<string> {
  const rows = await objects(
    sql,
    "SELECT series_ticker, max(planned_at) AS newest FROM jobs GROUP BY series_ticker ORDER BY series_ticker",
  );
  if (rows.length === 0) return "No job was ever planned here: run brier demo, or brier up for more than an hour.";
  return `There are ${rows.map((row) => `${String(row["series_ticker"])} (last planned ${String(row["newest"]).slice(0, 16)}Z)`).join(", ")}.`;
}

/**
 * @param target a series, an event or a market
 * @returns undefined when the target has no tick at or before the moment.
 * @throws CommandError when the target has no tick at all.
 */
export async function gateTick(sql: Sql, target: string, moment: Moment): Promise<GateTick | undefined> {
  const until = await momentOf(sql, target, moment);
  const at = await newestTick(sql, target, until);
  if (at !== undefined) {
    const candidates = await candidatesAt(sql, target, at);
    const jobs = jobsOf(candidates);
    return {
      at,
      candidates,
      forecasts: await forecastsOf(sql, at, jobs),
      weights: await weightsOf(sql, at, jobs),
    };
  }
  if (until !== undefined && (await newestTick(sql, target, undefined)) !== undefined) return undefined;
  throw new CommandError(`No gate outcome of "${target}". ${await known(sql)}`);
}
