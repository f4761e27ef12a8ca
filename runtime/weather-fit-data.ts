/** The past of the weather desk as cases to fit on, read from a lake: nothing in it was known later than `asOf`. */
import { leadEdges, quoteWidth } from "../core/market/fusion.ts";
import type { Lake, Sql } from "../core/ports.ts";
import { climateDay } from "../core/weather/climate-day.ts";
import { type BlendForecast, blendName, bucketOf, modelHighs } from "../core/weather/day-ahead.ts";
import type { DayAheadCase } from "../core/weather/fit/day-ahead.ts";
import type { FusionCase } from "../core/weather/fit/fusion.ts";
import { type IntradayCase, intradayCase } from "../core/weather/fit/intraday.ts";
import { priorParameters } from "../core/weather/parameters.ts";
import type { Station } from "../core/weather/stations.ts";
import { readDay, readPart } from "../functions/parts.ts";
import type { TableRow } from "../schemas/index.ts";
import { dtOf } from "../schemas/table.ts";
import { objects } from "./report.ts";

const HOUR_MS = 3_600_000;
/**
 * Hours to the end of the day at which the day-ahead model's cases are taken, one in each of its buckets: within the hours
 * in which the market is open (from 14 UTC of the day before).
 */
const caseLeads = [6, 18, 30, 38];
/**
 * The archive keeps the blend's runs as they were issued, an hour or so after their instant. One that was fetched later
 * (by a backfill) counts as known from here on, as it would have been to a desk that ran then.
 */
const BLEND_DELAY = 2 * HOUR_MS;
/** A window of the ensembles older than this is not looked for. */
const MAX_WINDOW_AGE = 24 * HOUR_MS;
/** A fit takes its newest 60 days; so many leave it 60 where the last quarter is held out. */
const NEWEST_DAYS = 90;
/** Windows looked through for the models' newest runs. */
const MAX_WINDOWS = 8;

export interface FitData {
  lake: Pick<Lake, "get" | "list">;
  sql: Sql;
  stations: readonly Station[];
  /** Climate days, both included. */
  from: string;
  to: string;
  /** Epoch ms UTC. */
  asOf: number;
  progress: (text: string) => void;
}

type MemberRow = TableRow<"weather_ensemble_members">;

/** A timestamp as the engines print it. */
function instantOf(value: unknown): number {
  const at = typeof value === "string" ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(at)) throw new TypeError(`${JSON.stringify(value)} is no instant; expected ISO 8601`);
  return at;
}

export interface LabelledDay {
  station: Station;
  date: string;
  /** The physical label: maximum of the last report of the whole day, whole °F. */
  officialF: number;
}

/** Days with a label, in order. */
export async function labelledDays({ sql, stations, from, to, asOf }: FitData): Promise<LabelledDay[]> {
  const rows = await objects(
    sql,
    `select station, climate_date, issued_at, ingested_at, max_f from climate_report_versions
     where kind <> 'intermediate' and max_f is not null and station is not null
       and climate_date between cast(? as date) and cast(? as date)
     order by climate_date, station, issued_at`,
    [from, to],
  );
  const days = new Map<string, LabelledDay>();
  for (const row of rows) {
    const station = stations.find(({ icao }) => icao === row["station"]);
    if (station === undefined || instantOf(row["ingested_at"]) > asOf) continue;
    const date = String(row["climate_date"]);
    // Issued last wins: corrections come later.
    days.set(`${date} ${station.icao}`, { station, date, officialF: Number(row["max_f"]) });
  }
  return [...days.values()];
}

async function blendRuns({ sql, from, to, asOf }: FitData): Promise<Map<string, BlendForecast[]>> {
  const rows = await objects(
    sql,
    `select station, run_at, climate_date, max_f, sd_f, ingested_at from nbm_forecasts
     where climate_date between cast(? as date) and cast(? as date)`,
    [from, to],
  );
  const known = rows.flatMap((row): BlendForecast[] => {
    const [run_at, ingested_at] = [instantOf(row["run_at"]), instantOf(row["ingested_at"])];
    if (ingested_at > asOf) return [];
    return [
      {
        station: String(row["station"]),
        run_at,
        climate_date: String(row["climate_date"]),
        max_f: Number(row["max_f"]),
        sd_f: row["sd_f"] === null ? null : Number(row["sd_f"]),
        ingested_at: Math.min(ingested_at, run_at + BLEND_DELAY),
      },
    ];
  });
  return Map.groupBy(known, ({ station, climate_date }) => `${climate_date} ${station}`);
}

/** The ensembles' windows by their instants, with the part of the newest decoder. */
function windowsOf(lake: FitData["lake"]) {
  const days = new Map<string, Promise<{ at: number; key: string }[]>>();
  const listed = async (dt: string) => {
    const windows = new Map<number, { at: number; key: string; version: number }>();
    for (const key of await lake.list(`tables/weather_ensemble_members/dt=${dt}/`)) {
      const [, y, mo, d, h, mi, version] = /(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)\d\dZ-v(\d+)\.parquet$/.exec(key) ?? [];
      if (version === undefined) throw new Error(`${key} is not named as a window's part is`);
      const at = Date.parse(`${y}-${mo}-${d}T${h}:${mi}:00Z`);
      if ((windows.get(at)?.version ?? 0) < Number(version)) windows.set(at, { at, key, version: Number(version) });
    }
    return [...windows.values()].toSorted((a, b) => b.at - a.at);
  };
  const day = (dt: string) => {
    const found = days.get(dt) ?? listed(dt);
    days.set(dt, found);
    return found;
  };
  /** Newest first. */
  return async (until: number): Promise<{ at: number; key: string }[]> => {
    const all = [...(await day(dtOf(until))), ...(await day(dtOf(until - MAX_WINDOW_AGE)))];
    return all.filter(({ at }) => at <= until && at > until - MAX_WINDOW_AGE);
  };
}

/** Of each model that the prior knows the members of the newest window that was known at an instant. */
function membersOf(lake: FitData["lake"]) {
  const windows = windowsOf(lake);
  return async (station: Station, now: number): Promise<MemberRow[]> => {
    const own = priorParameters.stations[station.icao];
    const wanted = new Set(own === undefined ? [] : Object.keys(bucketOf(own.dayAhead, 0).models));
    wanted.delete(blendName);
    const members: MemberRow[] = [];
    for (const { key } of (await windows(now)).slice(0, MAX_WINDOWS)) {
      const rows = (await readPart(lake as Lake, "weather_ensemble_members", key)).filter(
        (row) => row.station === station.icao && row.ingested_at <= now && wanted.has(row.model),
      );
      members.push(...rows);
      for (const { model } of rows) wanted.delete(model);
      if (wanted.size === 0) break;
    }
    return members;
  };
}

/** Cases of the day-ahead and of the intraday model, by station. */
export async function modelCases(
  data: FitData,
  days: readonly LabelledDay[],
): Promise<{ dayAhead: Map<string, DayAheadCase[]>; intraday: Map<string, IntradayCase[]> }> {
  const { lake, asOf, progress } = data;
  const runs = await blendRuns(data);
  const membersAt = membersOf(lake);
  const dayAhead = new Map<string, DayAheadCase[]>();
  const intraday = new Map<string, IntradayCase[]>();
  const add = <C>(to: Map<string, C[]>, icao: string, one: C) => void to.set(icao, [...(to.get(icao) ?? []), one]);
  const newest = [...new Set(days.map(({ date }) => date))].sort().slice(-NEWEST_DAYS);
  // Parts are read by several days; in the order of instants they are still at hand.
  const byEnd = days
    .filter(({ date }) => newest.includes(date))
    .toSorted((a, b) => climateDay(a.station, a.date).end - climateDay(b.station, b.date).end);
  for (const [index, { station, date, officialF }] of byEnd.entries()) {
    progress(`reading ${date} ${station.icao}, ${index + 1} of ${byEnd.length} days`);
    const { start, end } = climateDay(station, date);
    const block = `${station.icao} ${date}`;
    const nbm = runs.get(`${date} ${station.icao}`) ?? [];
    for (const leadHours of caseLeads.toReversed()) {
      const now = end - leadHours * HOUR_MS;
      const members = await membersAt(station, now);
      const { highs } = modelHighs({ station, climateDate: date, now, members, nbm }, () => true);
      if (highs.length > 0) add(dayAhead, station.icao, { date, block, leadHours, highs, officialF });
    }
    const observations = [
      ...(await observationsOf(lake, dtOf(start - HOUR_MS))),
      ...(await observationsOf(lake, dtOf(end))),
    ];
    const found = intradayCase({
      station,
      date,
      observations: observations.filter(
        (row) =>
          row.station === station.icao &&
          row.valid_at >= start - HOUR_MS &&
          row.valid_at < end &&
          row.ingested_at <= asOf,
      ),
      members: await membersAt(station, start),
      officialF,
    });
    if (!("refusal" in found)) add(intraday, station.icao, found);
  }
  return { dayAhead, intraday };
}

const observationsOf = (lake: FitData["lake"], dt: string) => readDay(lake as Lake, "weather_observations", dt);

/**
 * One case a job whose event has paid: the probabilities that were stored then, and what else the weights may depend on.
 * Of all stations, for they share the fusion.
 */
export async function fusionCases({ sql, from, to, asOf }: Omit<FitData, "stations">): Promise<FusionCase[]> {
  const rows = await objects(
    sql,
    `select e.event_ticker, e.job_id, e.p_market, e.p_day_ahead, e.p_intraday,
       cast(e.yes_bid as double) as bid, cast(e.yes_ask as double) as ask, cast(s.volume as double) as volume,
       p.station, p.climate_date, p.lead_hours, p.new_maximum_60m, r.result, r.ingested_at as resolved_at
     from enrichments e
     inner join predictions p on p.prediction_id = e.prediction_id
     inner join latest_resolutions r on r.market_ticker = e.market_ticker
     left join (select market_ticker, ingested_at, max(volume) as volume from market_snapshots
       group by market_ticker, ingested_at) s on s.market_ticker = e.market_ticker and s.ingested_at = e.quoted_at
     where p.climate_date between cast(? as date) and cast(? as date)
     order by e.job_id, e.market_ticker`,
    [from, to],
  );
  const cases = [...Map.groupBy(rows, (row) => String(row["job_id"])).values()].flatMap((markets) => {
    const [first] = markets;
    if (first === undefined) return [];
    if (markets.some((row) => instantOf(row["resolved_at"]) > asOf)) return [];
    const outcome = markets.findIndex((row) => row["result"] === "yes");
    // Exactly one market pays; a void event, or one that is not settled whole, says nothing.
    if (markets.filter((row) => row["result"] === "yes").length !== 1) return [];
    if (markets.some((row) => row["result"] !== "yes" && row["result"] !== "no")) return [];
    const column = (name: string) =>
      markets.some((row) => row[name] === null) ? undefined : markets.map((row) => Number(row[name]));
    const [market, dayAhead, intraday] = [column("p_market"), column("p_day_ahead"), column("p_intraday")];
    if (market === undefined) return [];
    const micro = (value: unknown) => (value === null ? null : Math.round(Number(value) * 1_000_000));
    const orNull = (value: unknown) => (value === null ? null : Number(value));
    const date = String(first["climate_date"]);
    return [
      {
        date,
        block: `${String(first["station"])} ${date}`,
        leadHours: Number(first["lead_hours"]),
        newMaximumIn60: orNull(first["new_maximum_60m"]),
        volumes: markets.map((row) => orNull(row["volume"])),
        width: quoteWidth(markets.map((row) => ({ bid: micro(row["bid"]), ask: micro(row["ask"]) }))),
        given: {
          market,
          ...(dayAhead === undefined ? {} : { dayAhead }),
          ...(intraday === undefined ? {} : { intraday }),
        },
        outcome,
      },
    ];
  });
  const lead = ({ leadHours }: { leadHours: number }) => leadEdges.findLast((edge) => edge <= leadHours) ?? 0;
  const counts = Map.groupBy(cases, (one) => `${one.block} ${lead(one)}`);
  return cases.map((one) => ({ ...one, share: 1 / (counts.get(`${one.block} ${lead(one)}`)?.length ?? 1) }));
}
