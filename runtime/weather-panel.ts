/** `brier weather panel`: the minute panels of past climate days, from a lake's parts into the lake. */
import { encodePart } from "../adapters/parquet.ts";
import { sha256 } from "../core/identity.ts";
import { partKey } from "../core/lake-keys.ts";
import { dailyEventTicker } from "../core/market/tickers.ts";
import type { Lake } from "../core/ports.ts";
import { climateDateAt, climateDay } from "../core/weather/climate-day.ts";
import { type DayPanel, dayPanel, type PanelInputs } from "../core/weather/panel/day-panel.ts";
import type { Knowledge } from "../core/weather/panel/knowledge.ts";
import { marketMinutes, panelVersion, weatherMinutes } from "../core/weather/panel/rows.ts";
import { fitted } from "../core/weather/job-inputs.ts";
import type { ParametersAt } from "../core/weather/panel/models.ts";
import { parametersFor, parametersOf, priorParameters, type WeatherParameters } from "../core/weather/parameters.ts";
import type { Station } from "../core/weather/stations.ts";
import { readPart } from "../functions/parts.ts";
import { type TableName, type TableRow, tables } from "../schemas/index.ts";
import { dtOf, type Table } from "../schemas/table.ts";

const DAY_MS = 86_400_000;

/** What a station's day is read from, and how many UTC days before its own: forecasts come before their day. */
const stationTables = {
  weather_observations: 0,
  daily_summaries: 0,
  climate_reports: 0,
  weather_ensemble_members: 1,
  nbm_forecasts: 1,
} as const satisfies Partial<Record<TableName, number>>;
const eventTables = { market_snapshots: 0, market_candles: 0 } as const satisfies Partial<Record<TableName, number>>;

interface Part<N extends TableName> {
  key: string;
  rows: TableRow<N>[];
}

/** Parts of the days asked for last: the stations of a day share them, and the next day needs the one before. */
function dayReader(lake: Lake) {
  const read = new Map<string, Promise<Part<TableName>[]>>();
  const parts = async <N extends TableName>(table: N, dt: string): Promise<Part<N>[]> => {
    const folder = `tables/${table}/dt=${dt}/`;
    let found = read.get(folder);
    if (found === undefined) {
      found = lake
        .list(folder)
        .then((keys) => Promise.all(keys.map(async (key) => ({ key, rows: await readPart(lake, table, key) }))));
      read.set(folder, found);
    }
    return found;
  };
  return {
    /** All parts of the UTC days that hold [from, until). */
    async within<N extends TableName>(table: N, from: number, until: number): Promise<Part<N>[]> {
      const found: Part<N>[] = [];
      for (let at = from - (from % DAY_MS); at < until; at += DAY_MS) found.push(...(await parts(table, dtOf(at))));
      return found;
    },
    forgetBefore(instant: number): void {
      for (const folder of read.keys()) if (folder.slice(-11, -1) < dtOf(instant)) read.delete(folder);
    },
  };
}

type Reader = ReturnType<typeof dayReader>;

/** What a panel is made of, and the parts that it came in. */
interface Gathered {
  inputs: PanelInputs;
  keys: string[];
  /** When the last of it was known, epoch ms UTC. */
  knownAt: number;
}

/** The event's markets as the last listing of the day that holds them gives them. */
async function listingOf(
  lake: Lake,
  eventTicker: string,
  days: readonly string[],
): Promise<Part<"kalshi_markets"> | undefined> {
  for (const dt of days) {
    const keys = await lake.list(`tables/kalshi_markets/dt=${dt}/`);
    for (const key of keys.toReversed()) {
      const rows = (await readPart(lake, "kalshi_markets", key)).filter((row) => row.event_ticker === eventTicker);
      if (rows.length > 0) return { key, rows };
    }
  }
  return undefined;
}

async function gather(lake: Lake, reader: Reader, station: Station, climateDate: string): Promise<Gathered> {
  const { start, end } = climateDay(station, climateDate);
  const keys: string[] = [];
  let knownAt = end;
  const take = async <N extends keyof typeof stationTables | keyof typeof eventTables>(
    table: N,
    daysBefore: number,
    wanted: (row: TableRow<N>) => boolean,
  ): Promise<TableRow<N>[]> => {
    const rows: TableRow<N>[] = [];
    for (const part of await reader.within(table, start - daysBefore * DAY_MS, end)) {
      const own = part.rows.filter(wanted);
      if (own.length === 0) continue;
      keys.push(part.key);
      for (const row of own) {
        rows.push(row);
        knownAt = Math.max(knownAt, (row as { ingested_at: number }).ingested_at);
      }
    }
    return rows;
  };
  const inputs: PanelInputs & Record<string, unknown> = {};
  for (const [table, before] of Object.entries(stationTables))
    inputs[table] = await take(table as keyof typeof stationTables, before, (row) => row.station === station.icao);
  const listing = await listingOf(lake, eventOf(station, climateDate), [dtOf(start), dtOf(end - 1)]);
  if (listing !== undefined) {
    keys.push(listing.key);
    inputs["kalshi_markets"] = [...new Map(listing.rows.map((row) => [row.market_ticker, row])).values()];
    for (const [table, before] of Object.entries(eventTables))
      inputs[table] = await take(
        table as keyof typeof eventTables,
        before,
        (row) => row.event_ticker === eventOf(station, climateDate),
      );
  }
  return { inputs, keys, knownAt };
}

/** The event on a station's high. */
const eventOf = (station: Station, climateDate: string) =>
  dailyEventTicker({ series: station.highSeries, date: climateDate });

/** Parameters and since when jobs were pointed to them, epoch ms UTC. */
interface InForce {
  from: number;
  parameters: WeatherParameters;
}

/** Every version in order. Only what jobs are pointed to is written, and no two at one instant. */
async function versionsInForce(lake: Lake): Promise<InForce[]> {
  const keys = await lake.list(`tables/${fitted.table}/`);
  const parts = await Promise.all(keys.map((key) => readPart(lake, fitted.table, key)));
  return parts
    .map((rows) => ({ from: Math.max(...rows.map((row) => row.ingested_at)), parameters: parametersOf(rows) }))
    .toSorted((a, b) => a.from - b.from);
}

/**
 * What jobs on a climate day go by, in order and each from its instant until the next one's: the version that they are
 * pointed to, and the prior where it was trained on that day or a later one. Of history that came later (knowledge assumed)
 * it is the newest version that was trained on days before it, whenever it was made.
 */
function inForceOn(
  versions: readonly InForce[],
  { start, end, climateDate }: { start: number; end: number; climateDate: string },
  knowledge: Knowledge,
): InForce[] {
  const prior = { from: start, parameters: priorParameters };
  if (knowledge === "assumed") {
    const newest = versions.findLast(({ parameters }) => parametersFor(parameters, climateDate) === parameters);
    return [newest === undefined ? prior : { ...newest, from: start }];
  }
  const begun = versions
    .filter(({ from }) => from < end)
    .map(({ from, parameters }) => ({
      from: Math.max(from, start),
      parameters: parametersFor(parameters, climateDate),
    }));
  return [prior, ...begun].filter(({ from }, index, all) => all[index + 1]?.from !== from);
}

const parametersAtOf =
  (inForce: readonly InForce[]): ParametersAt =>
  (now) =>
    inForce.findLast(({ from }) => from <= now)?.parameters ?? priorParameters;

/** The panel of the day that is running at a station, up to `now` (epoch ms UTC), from what is in the lake. */
export async function runningPanel(lake: Lake, station: Station, now: number): Promise<DayPanel> {
  const climateDate = climateDateAt(station, now);
  const day = { ...climateDay(station, climateDate), climateDate };
  const parametersAt = parametersAtOf(inForceOn(await versionsInForce(lake), day, "recorded"));
  const { inputs } = await gather(lake, dayReader(lake), station, climateDate);
  return dayPanel({ station, climateDate, until: now, parametersAt, inputs });
}

export interface PanelOutcome {
  station: string;
  climateDate: string;
  /** created, repeated (the same inputs gave it before), or empty (no reading of that day). */
  outcome: "created" | "repeated" | "empty";
  /** Null when nothing had to be made. */
  made: {
    readings: number;
    /** Five-minute words of the intraday model. */
    words: number;
    markets: number;
    quoteSource: DayPanel["quoteSource"];
  } | null;
}

/** The part of a panel that is written last: where it is, the others are. */
const lastKey = (stem: string, dayEnd: number) => partKey("weather_minutes", dtOf(dayEnd - 1), stem, panelVersion);

async function keep<N extends "weather_minutes" | "market_minutes">(
  lake: Lake,
  table: N,
  stem: string,
  rows: readonly TableRow<N>[],
): Promise<void> {
  for (const [dt, own] of Map.groupBy(rows, (row) => dtOf((row as { minute_at: number }).minute_at)))
    await lake.putIfAbsent(partKey(table, dt, stem, panelVersion), encodePart(tables[table] as Table, own as never));
}

/** The climate dates of a station for which the lake has observations, within the range. */
async function datesOf(lake: Lake, range: { from?: string | undefined; to?: string | undefined }): Promise<string[]> {
  const { from = "", to = "9999-12-31" } = range;
  const days = new Set(
    (await lake.list("tables/weather_observations/")).map((key) => /\/dt=(\d{4}-\d{2}-\d{2})\//.exec(key)?.[1] ?? ""),
  );
  return [...days].filter((day) => day !== "" && day >= from && day <= to).toSorted();
}

/**
 * Makes the panels of all days that are over, one after the other, and writes them where they are not yet.
 * @param input.now days that end later are not made
 */
export async function makePanels(
  lake: Lake,
  input: {
    stations: readonly Station[];
    range: { from?: string | undefined; to?: string | undefined };
    knowledge: Knowledge;
    now: number;
    onDay?: (done: number, of: number, outcome: PanelOutcome) => void;
  },
): Promise<PanelOutcome[]> {
  const { stations, range, knowledge, now, onDay } = input;
  const dates = await datesOf(lake, range);
  const versions = await versionsInForce(lake);
  const reader = dayReader(lake);
  const work = dates.flatMap((climateDate) =>
    stations
      .filter((station) => climateDay(station, climateDate).end <= now)
      .map((station) => ({ climateDate, station })),
  );
  const outcomes: PanelOutcome[] = [];
  for (const { climateDate, station } of work) {
    const { start, end } = climateDay(station, climateDate);
    reader.forgetBefore(start - 2 * DAY_MS);
    const gathered = await gather(lake, reader, station, climateDate);
    const inForce = inForceOn(versions, { start, end, climateDate }, knowledge);
    const named = inForce.map(({ from, parameters }) => `${from} ${parameters.version}`);
    // Named by what it is made of: what comes later makes another part, whose rows are the newer ones.
    const made = sha256([knowledge, ...named, ...gathered.keys.toSorted()].join("\n")).slice(0, 12);
    const stem = `panel-${station.icao}-${climateDate}-${made}`;
    const outcome: PanelOutcome = { station: station.icao, climateDate, outcome: "repeated", made: null };
    if ((await lake.get(lastKey(stem, end))) === undefined) {
      const panel = dayPanel({
        station,
        climateDate,
        knowledge,
        parametersAt: parametersAtOf(inForce),
        inputs: gathered.inputs,
      });
      outcome.made = {
        readings: panel.temperature.readings.at(-1) ?? 0,
        words: panel.models.words.filter(({ intraday }) => intraday !== undefined).length,
        markets: panel.markets.length,
        quoteSource: panel.quoteSource,
      };
      outcome.outcome = outcome.made.readings > 0 ? "created" : "empty";
      if (outcome.outcome === "created") {
        await keep(lake, "market_minutes", stem, marketMinutes(panel, gathered.knownAt));
        await keep(lake, "weather_minutes", stem, weatherMinutes(panel, gathered.knownAt));
      }
    }
    outcomes.push(outcome);
    onDay?.(outcomes.length, work.length, outcome);
  }
  return outcomes;
}
