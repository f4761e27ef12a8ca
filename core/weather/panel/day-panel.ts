/**
 * The minute panel of one station's climate day: what was known at each minute, as typed arrays. Made by the same code for
 * a day that is over and for the one that is running; it is what later models train on.
 */
import type { Rows, TableRow } from "../../../schemas/index.ts";
import { partitionOf } from "../../market/strikes.ts";
import { climateDay } from "../climate-day.ts";
import { openDay } from "../intraday.ts";
import { isOwnReport } from "../observation.ts";
import type { Station } from "../stations.ts";
import { type FusedColumns, fusedColumns } from "./fused.ts";
import { asKnown, assumedDelayMinutes, type Knowledge } from "./knowledge.ts";
import { type MarketColumns, marketColumns, type PanelQuote } from "./market.ts";
import { MINUTE_MS, minutesPerDay } from "./minutes.ts";
import { type ModelColumns, modelColumns, type ParametersAt } from "./models.ts";
import { type PanelReading, type TemperatureColumns, temperatureColumns } from "./temperature.ts";

export interface DayPanel {
  station: Station;
  climateDate: string;
  /** Local standard midnight, epoch ms UTC. */
  start: number;
  /** Minutes filled: 1440, or up to the present one. */
  minutes: number;
  knowledge: Knowledge;
  temperature: TemperatureColumns;
  models: ModelColumns;
  /** The event's markets, the coldest first; empty without an event. */
  markets: { market: TableRow<"kalshi_markets">; columns: MarketColumns & FusedColumns }[];
  quoteSource: "candles" | "snapshots" | "none";
}

/** Rows of the station and the event, in any order and version. Each counts from when it was known. */
export type PanelInputs = Pick<
  Rows,
  | "weather_observations"
  | "daily_summaries"
  | "climate_reports"
  | "weather_ensemble_members"
  | "nbm_forecasts"
  | "market_snapshots"
  | "market_candles"
> & {
  /** The event's markets, each once. */
  kalshi_markets?: readonly TableRow<"kalshi_markets">[];
};

function readingsOf(rows: readonly TableRow<"weather_observations">[]): PanelReading[] {
  return rows.flatMap(({ valid_at, ingested_at, report_type, temperature_tenths_c, low_f, high_f }) =>
    temperature_tenths_c === null || low_f === null || high_f === null
      ? []
      : [
          {
            validAt: valid_at,
            ingestedAt: ingested_at,
            reportType: report_type,
            tenthsC: temperature_tenths_c,
            lowF: low_f,
            highF: high_f,
          },
        ],
  );
}

/**
 * What the markets showed: snapshots at their instants, and candles between them where the day has some. A candle is public
 * when its minute is over, and prices are never revised: one that was fetched later still says what could be seen then.
 * Volume is the snapshots' own count; the candles' is added up where there is no snapshot.
 */
function quotesOf(
  { market_candles = [], market_snapshots = [] }: PanelInputs,
  places: ReadonlyMap<string, number>,
): { quotes: PanelQuote[]; quoteSource: DayPanel["quoteSource"] } {
  const snapshots = market_snapshots.flatMap((shown): PanelQuote[] => {
    const market = places.get(shown.market_ticker);
    if (market === undefined) return [];
    // What rests in a market that is not open nobody can trade on.
    const open = shown.status === "active";
    const [bid, ask] = open ? [shown.yes_bid, shown.yes_ask] : [null, null];
    return [{ market, at: shown.ingested_at, bid, ask, volume: shown.volume }];
  });
  const traded = new Map<number, number>();
  const seen = new Set<string>();
  const candles = market_candles
    .toSorted((a, b) => a.end_at - b.end_at)
    .flatMap((candle): PanelQuote[] => {
      const market = places.get(candle.market_ticker);
      const key = `${candle.market_ticker} ${candle.end_at}`;
      if (market === undefined || seen.has(key)) return [];
      seen.add(key);
      traded.set(market, (traded.get(market) ?? 0) + candle.volume);
      const volume = snapshots.length > 0 ? null : (traded.get(market) ?? null);
      return [{ market, at: candle.end_at, bid: candle.yes_bid_close, ask: candle.yes_ask_close, volume }];
    });
  if (candles.length > 0) return { quotes: [...candles, ...snapshots], quoteSource: "candles" };
  return { quotes: snapshots, quoteSource: snapshots.length > 0 ? "snapshots" : "none" };
}

/**
 * @param input.until fills up to the minute that holds this instant (epoch ms UTC); absent for the whole day
 * @throws what the models throw on parameters that make no sense
 */
export function dayPanel(input: {
  station: Station;
  climateDate: string;
  until?: number;
  knowledge?: Knowledge;
  parametersAt: ParametersAt;
  inputs: PanelInputs;
}): DayPanel {
  const { station, climateDate, until, knowledge = "recorded", parametersAt, inputs } = input;
  const { start, end } = climateDay(station, climateDate);
  const minutes =
    until === undefined
      ? minutesPerDay
      : Math.max(0, Math.min(minutesPerDay, Math.floor((until - start) / MINUTE_MS) + 1));
  const { observation, blend, text } = assumedDelayMinutes;
  const own = <T extends { station: string | null }>(rows: readonly T[] | undefined) =>
    (rows ?? []).filter((row) => row.station === station.icao);
  const observations = asKnown(
    own(inputs.weather_observations).filter(isOwnReport),
    knowledge,
    end,
    ({ valid_at }) => valid_at,
    observation,
  );
  const issued = ({ issued_at }: { issued_at: number }) => issued_at;
  const given = {
    station,
    climateDate,
    members: own(inputs.weather_ensemble_members),
    nbm: asKnown(own(inputs.nbm_forecasts), knowledge, end, ({ run_at }) => run_at, blend),
  };
  const texts = {
    observations,
    summaries: asKnown(own(inputs.daily_summaries), knowledge, end, issued, text),
    reports: asKnown(own(inputs.climate_reports), knowledge, end, issued, text),
  };
  const temperature = temperatureColumns({ start, minutes, readings: readingsOf(observations) });
  const models = modelColumns({
    ...given,
    minutes,
    isRunning: until !== undefined && until < end,
    parametersAt,
    openDay: (parameters) => openDay({ ...given, ...texts, parameters }),
  });

  const listed = inputs.kalshi_markets ?? [];
  const partition = partitionOf(listed);
  const intervals = "fault" in partition ? undefined : partition.intervals;
  const lowest = (index: number) => intervals?.[index]?.lowest ?? -Infinity;
  const order = listed.map((_, index) => index).toSorted((a, b) => lowest(a) - lowest(b));
  const sorted = order.flatMap((index) => listed[index] ?? []);
  const { quotes, quoteSource } = quotesOf(
    inputs,
    new Map(sorted.map(({ market_ticker }, place) => [market_ticker, place])),
  );
  const shown = marketColumns({
    start,
    markets: sorted.length,
    quotes,
    minutes,
    partition: intervals !== undefined,
  });
  const fused = fusedColumns({
    intervals: intervals && order.flatMap((index) => intervals[index] ?? []),
    markets: shown,
    models,
  });
  return {
    station,
    climateDate,
    start,
    minutes,
    knowledge,
    temperature,
    models,
    markets: sorted.flatMap((market, place) => {
      const [seen, said] = [shown[place], fused[place]];
      return seen === undefined || said === undefined ? [] : [{ market, columns: { ...seen, ...said } }];
    }),
    quoteSource,
  };
}
