/** `brier weather diagnose`: how a home's or a stack's forecasts did, read from its tables by SQL. */
import type { Lake, Sql } from "../core/ports.ts";
import {
  type DiagnosedCase,
  type DiagnosedForecast,
  type DiagnosedHazard,
  type DiagnosticFigure,
  diagnose,
} from "../core/weather/evaluation/diagnosis.ts";
import { hazardOutcome } from "../core/weather/evaluation/hazard-outcomes.ts";
import { daysBefore } from "../core/weather/evaluation/forecast-history.ts";
import { createReferences } from "../core/weather/evaluation/references.ts";
import { visualCrossingType } from "../core/weather/observation.ts";
import { bracketProbabilities, type HighPmf } from "../core/weather/high-pmf.ts";
import type { StrikeInterval } from "../core/market/strikes.ts";
import { encodePart } from "../adapters/parquet.ts";
import { sha256 } from "../core/identity.ts";
import { compactInstant, partKey } from "../core/lake-keys.ts";
import { type TableRow, tables } from "../schemas/index.ts";
import { dtOf } from "../schemas/table.ts";
import { objects } from "./report.ts";

/** Raised when the same lake would be diagnosed otherwise. */
const diagnosticsVersion = 1;

/** Which of the desk's forecasts are looked at. */
export interface DiagnosisScope {
  /** ICAO ids; undefined for all. */
  stations?: readonly string[] | undefined;
  /** Climate days, `YYYY-MM-DD`, both included. */
  from: string;
  to: string;
}

export interface WeatherDiagnosis {
  /** When the newest outcome was seen, epoch ms UTC. */
  asOf: number;
  scope: string;
  cases: DiagnosedCase[];
  /** Instants at which a new maximum was forecast, and how many of them the feed cannot judge. */
  hazards: { judged: number; unjudged: number };
  figures: DiagnosticFigure[];
}

type Cells = Record<string, unknown>;

const text = (value: unknown) => (typeof value === "string" ? value : "");
const day = (value: unknown) => text(value).slice(0, 10);
const instant = (value: unknown) => Date.parse(text(value));
const orNull = (value: unknown) => (value === null || value === undefined ? null : Number(value));

interface Market {
  ticker: string;
  interval: StrikeInterval;
  outcome: string;
}

/** The markets of each event, the coldest first. */
async function marketsByEvent(sql: Sql, range: readonly string[]): Promise<Map<string, Market[]>> {
  const rows = await objects(
    sql,
    `select distinct m.event_ticker, m.market_ticker, m.lowest, m.highest, r.result
     from prediction_markets m
     inner join (select distinct prediction_id from predictions
       where climate_date between cast(? as date) and cast(? as date)) p on p.prediction_id = m.prediction_id
     inner join latest_resolutions r on r.market_ticker = m.market_ticker`,
    range,
  );
  const markets = rows.map((row) => ({
    event: text(row["event_ticker"]),
    ticker: text(row["market_ticker"]),
    interval: { lowest: orNull(row["lowest"]), highest: orNull(row["highest"]) },
    outcome: text(row["result"]),
  }));
  return new Map(
    [...Map.groupBy(markets, ({ event }) => event)].map(([event, own]) => [
      event,
      own.toSorted((a, b) => (a.interval.lowest ?? -Infinity) - (b.interval.lowest ?? -Infinity)),
    ]),
  );
}

/** Probabilities of market and pool by job, in the order of the event's markets. */
async function quotedByJob(
  sql: Sql,
  range: readonly string[],
  markets: ReadonlyMap<string, readonly Market[]>,
): Promise<Map<string, { market: number[] | undefined; fused: number[] | undefined }>> {
  const rows = await objects(
    sql,
    `select e.job_id, e.event_ticker, e.market_ticker, e.p_market, e.p_pool from enrichments e
     inner join (select distinct job_id from predictions
       where climate_date between cast(? as date) and cast(? as date)) p on p.job_id = e.job_id`,
    range,
  );
  const found = new Map<string, { market: number[] | undefined; fused: number[] | undefined }>();
  for (const [job, own] of Map.groupBy(rows, (row) => text(row["job_id"]))) {
    const listed = markets.get(text(own[0]?.["event_ticker"])) ?? [];
    const byTicker = new Map(own.map((row) => [text(row["market_ticker"]), row]));
    const column = (name: string): number[] | undefined => {
      const values = listed.map(({ ticker }) => orNull(byTicker.get(ticker)?.[name]));
      const all = values.filter((value) => value !== null);
      return all.length === listed.length && all.length > 0 ? all : undefined;
    };
    found.set(job, { market: column("p_market"), fused: column("p_pool") });
  }
  return found;
}

async function referencesOf(sql: Sql, range: readonly string[]): Promise<ReturnType<typeof createReferences>> {
  // Of the parts, not of the view: what was known at an instant is the first answer that held it, not the newest.
  const highs = await objects(
    sql,
    `select station, climate_date, max_f, min(ingested_at) as known_at from climate_reports_parts
       where station is not null and kind <> 'intermediate' and max_f is not null and climate_date <= cast(? as date)
       group by station, climate_date, max_f
     union all
     select station, climate_date, max_f, min(ingested_at) as known_at from climate_monthly_parts
       where station is not null and max_f is not null and climate_date <= cast(? as date)
       group by station, climate_date, max_f`,
    [range[1] ?? "", range[1] ?? ""],
  );
  const blends = await objects(
    sql,
    `select station, run_at, climate_date, max_f, sd_f, min(ingested_at) as known_at from nbm_forecasts_parts
     where climate_date between cast(? as date) and cast(? as date)
     group by station, run_at, climate_date, max_f, sd_f`,
    range,
  );
  // A day that two texts name counts once, by what was known first.
  const firsts = new Map<string, Cells>();
  for (const row of highs.toSorted((a, b) => instant(a["known_at"]) - instant(b["known_at"]))) {
    const key = `${text(row["station"])} ${day(row["climate_date"])}`;
    if (!firsts.has(key)) firsts.set(key, row);
  }
  return createReferences({
    highs: [...firsts.values()].map((row) => ({
      station: text(row["station"]),
      climateDate: day(row["climate_date"]),
      highF: Number(row["max_f"]),
      knownAt: instant(row["known_at"]),
    })),
    blends: blends.map((row) => ({
      station: text(row["station"]),
      climateDate: day(row["climate_date"]),
      runAt: instant(row["run_at"]),
      maxF: Number(row["max_f"]),
      sdF: orNull(row["sd_f"]),
      knownAt: instant(row["known_at"]),
    })),
  });
}

/** Predicted chances of a new maximum within the hour beside what the feed then showed. */
async function hazardsOf(
  sql: Sql,
  range: readonly string[],
  predictions: readonly Cells[],
): Promise<{ judged: DiagnosedHazard[]; unjudged: number }> {
  const said = predictions.filter((row) => text(row["model"]) === "intraday" && row["new_maximum_60m"] !== null);
  if (said.length === 0) return { judged: [], unjudged: 0 };
  const rows = await objects(
    sql,
    `select station, valid_at, max(temperature_tenths_c) as tenths from weather_observations
     where temperature_tenths_c is not null and report_type <> ?
       and dt between ? and ?
     group by station, valid_at order by station, valid_at`,
    // In local time a climate day ends on the next day of UTC.
    [visualCrossingType, range[0] ?? "", daysBefore(range[1] ?? "", -1)],
  );
  const readings = Map.groupBy(
    rows.map((row) => ({
      station: text(row["station"]),
      at: instant(row["valid_at"]),
      tenthsC: Number(row["tenths"]),
    })),
    ({ station }) => station,
  );
  const judged: DiagnosedHazard[] = [];
  let unjudged = 0;
  for (const row of said) {
    const station = text(row["station"]);
    const dayEnd = instant(row["predicted_at"]) + Number(row["lead_hours"]) * 3_600_000;
    const came = hazardOutcome(readings.get(station) ?? [], { at: instant(row["predicted_at"]), dayEnd });
    if (came === undefined) unjudged += 1;
    else
      judged.push({
        station,
        climateDate: day(row["climate_date"]),
        probability: Number(row["new_maximum_60m"]),
        came,
      });
  }
  return { judged, unjudged };
}

/** @returns undefined when no settled event of the scope was forecast. */
export async function diagnoseWeather(sql: Sql, scope: DiagnosisScope): Promise<WeatherDiagnosis | undefined> {
  const wanted = (station: unknown) => scope.stations === undefined || scope.stations.includes(text(station));
  const labels = await objects(
    sql,
    `select l.event_ticker, l.station, l.climate_date, l.settlement_f, max(r.resolved_at) as resolved_at
     from settlement_labels l inner join latest_resolutions r on r.event_ticker = l.event_ticker
     where l.climate_date between cast(? as date) and cast(? as date)
     group by l.event_ticker, l.station, l.climate_date, l.settlement_f`,
    [scope.from, scope.to],
  );
  const chosen = labels.filter((row) => wanted(row["station"]));
  const settled = new Map(chosen.map((row) => [text(row["event_ticker"]), row]));
  const days = chosen.map((row) => day(row["climate_date"])).toSorted();
  const [firstDay, lastDay] = [days[0], days.at(-1)];
  if (firstDay === undefined || lastDay === undefined) return undefined;
  const range = [firstDay, lastDay];
  const predictions = (
    await objects(
      sql,
      `select job_id, event_ticker, station, climate_date, predicted_at, lead_hours, model, pmf_low, pmf, new_maximum_60m
       from predictions where climate_date between cast(? as date) and cast(? as date) order by predicted_at, event_ticker, model`,
      range,
    )
  ).filter((row) => settled.has(text(row["event_ticker"])));
  if (predictions.length === 0) return undefined;
  const markets = await marketsByEvent(sql, range);
  const quoted = await quotedByJob(sql, range, markets);
  const references = await referencesOf(sql, range);
  const cases = [...Map.groupBy(predictions, (row) => text(row["job_id"]))].flatMap(([job, own]): DiagnosedCase[] => {
    const [first] = own;
    if (first === undefined) return [];
    const event = text(first["event_ticker"]);
    const listed = markets.get(event) ?? [];
    const intervals = listed.map(({ interval }) => interval);
    const paid = listed.flatMap(({ outcome }, index) => (outcome === "yes" ? [index] : []));
    const degrees = (pmf: HighPmf): DiagnosedForecast => ({ pmf, brackets: bracketProbabilities(pmf, intervals) });
    const forecasts: Record<string, DiagnosedForecast> = {};
    for (const row of own)
      forecasts[text(row["model"])] = degrees({ pmfLow: Number(row["pmf_low"]), pmf: row["pmf"] as number[] });
    const [station, climateDate] = [text(first["station"]), day(first["climate_date"])];
    for (const [name, pmf] of Object.entries(references.at(station, climateDate, instant(first["predicted_at"]))))
      forecasts[name] = degrees(pmf);
    const { market, fused } = quoted.get(job) ?? {};
    if (market !== undefined) forecasts["market"] = { brackets: market };
    if (fused !== undefined) forecasts["fused"] = { brackets: fused };
    const settlement = orNull(settled.get(event)?.["settlement_f"]);
    return [
      {
        station,
        climateDate,
        leadHours: Number(first["lead_hours"]),
        highF: settlement === null || !Number.isInteger(settlement) ? null : settlement,
        winner: paid.length === 1 ? (paid[0] ?? null) : null,
        forecasts,
      },
    ];
  });
  const hazards = await hazardsOf(sql, range, predictions);
  return {
    asOf: Math.max(...[...settled.values()].map((row) => instant(row["resolved_at"]))),
    scope: `${scope.stations?.join(" ") ?? "all"} ${firstDay} to ${lastDay}`,
    cases,
    hazards: { judged: hazards.judged.length, unjudged: hazards.unjudged },
    figures: diagnose({ cases, hazards: hazards.judged }),
  };
}

/** Writes the figures into the home's lake; what the same outcomes and scope gave before stays. */
export async function keepDiagnosis(
  lake: Pick<Lake, "putIfAbsent">,
  { asOf, scope, figures }: WeatherDiagnosis,
): Promise<{ key: string; created: boolean }> {
  const rows = figures.map((figure): TableRow<"weather_diagnostics"> => ({
    as_of: asOf,
    scope,
    ...figure,
    ingested_at: asOf,
    decoder_version: diagnosticsVersion,
  }));
  const stem = `weather-diagnose-${compactInstant(asOf)}-${sha256(new TextEncoder().encode(scope)).slice(0, 12)}`;
  const key = partKey("weather_diagnostics", dtOf(asOf), stem, diagnosticsVersion);
  const written = await lake.putIfAbsent(key, encodePart(tables.weather_diagnostics, rows));
  return { key, created: written === "created" };
}
