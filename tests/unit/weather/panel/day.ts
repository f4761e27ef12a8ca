/** A made-up day of Midway: observations, ensembles, a blend and an event, as the lake's rows. */
import { climateDay } from "../../../../core/weather/climate-day.ts";
import { fahrenheitInterval } from "../../../../core/weather/metar.ts";
import type { PanelInputs } from "../../../../core/weather/panel/day-panel.ts";
import { stations } from "../../../../core/weather/stations.ts";
import { type TableRow, tables } from "../../../../schemas/index.ts";
import { rowWith } from "../../schemas/table-rows.ts";
import { present } from "../present.ts";

export const minute = 60_000;
export const hour = 60 * minute;
export const climateDate = "2026-07-09";
export const station = present(stations.find(({ icao }) => icao === "KMDW"));
export const { start, end } = climateDay(station, climateDate);
export const eventTicker = "KXHIGHCHI-26JUL09";

/** °F at an hour of the day, local standard time. */
const warmth = (at: number) => 75 + 9 * Math.cos((2 * Math.PI * (at - 15)) / 24);

const provenance = (at: number, known: number) => ({
  window_at: at,
  ingested_at: known,
  decoder_version: 1,
  raw_key: "raw/made-up",
});

function observation(validAt: number, ingestedAt: number, f: number): TableRow<"weather_observations"> {
  const tenths = Math.round((f - 32) / 1.8) * 10;
  const { low, high } = fahrenheitInterval(tenths, true);
  return rowWith(tables.weather_observations, {
    station: station.icao,
    valid_at: validAt,
    report_type: "five_minute",
    temperature_tenths_c: tenths,
    whole_celsius: true,
    low_f: low,
    high_f: high,
    ...provenance(validAt, ingestedAt),
  });
}

/** Every five minutes from an hour before midnight on, fetched once an hour. */
export function observations(latenessOf = (validAt: number) => hour - ((validAt - start + hour) % hour)) {
  return Array.from({ length: 25 * 12 }, (_, index) => {
    const validAt = start - hour + index * 5 * minute;
    return observation(validAt, validAt + latenessOf(validAt), Math.round(warmth((validAt - start) / hour)));
  });
}

/** A run of two ensembles, six members each. */
function members(windowAt: number, above: number): TableRow<"weather_ensemble_members">[] {
  const first = Math.floor(start / (24 * hour)) * 24 * hour - 24 * hour;
  return ["ncep_gefs_seamless", "ecmwf_ifs025_ensemble"].flatMap((model) =>
    Array.from({ length: 6 }, (_, member) => ({
      station: station.icao,
      model,
      member,
      first_valid_at: first,
      step_seconds: 3600,
      temperature_f: Array.from(
        { length: 96 },
        (__, step) => warmth((first + step * hour - start) / hour) + above + member - 2.5,
      ),
      grid_latitude: 41.8,
      grid_longitude: -87.8,
      elevation_m: 187,
      ...provenance(windowAt, windowAt + 5 * minute),
    })),
  );
}

function blend(runAt: number, maxF: number): TableRow<"nbm_forecasts"> {
  return {
    station: station.icao,
    run_at: runAt,
    climate_date: climateDate,
    model: "NBS",
    max_f: maxF,
    sd_f: 2,
    ...provenance(runAt, runAt + 90 * minute),
  };
}

/** Six brackets about 84 °F, the warmest listed first. */
export const markets: TableRow<"kalshi_markets">[] = [
  { market_ticker: `${eventTicker}-T87`, strike_type: "greater", floor_strike: 87, cap_strike: null },
  ...[86.5, 84.5, 82.5, 80.5].map((centre) => ({
    market_ticker: `${eventTicker}-B${centre}`,
    strike_type: "between",
    floor_strike: centre - 0.5,
    cap_strike: centre + 0.5,
  })),
  { market_ticker: `${eventTicker}-T80`, strike_type: "less", floor_strike: null, cap_strike: 80 },
].map((strike) =>
  rowWith(tables.kalshi_markets, {
    ...strike,
    event_ticker: eventTicker,
    series_ticker: "KXHIGHCHI",
    market_type: "binary",
    status: "active",
    yes_sub_title: "",
    strike_source: "field",
    rules_primary: "",
    rules_secondary: "",
    open_time: start - 16 * hour,
    close_time: end,
    result: "",
    expiration_value: "",
    ...provenance(start, start),
  }),
);

/** What all markets showed at an instant; the one that comes is worth more and more. */
export function snapshots(at: number): TableRow<"market_snapshots">[] {
  const share = Math.max(0, Math.min(1, (at - start) / (24 * hour)));
  return markets.map(({ market_ticker }, place) => {
    const cents = place === 2 ? 30 + Math.round(60 * share) : Math.max(2, 14 - Math.round(12 * share));
    return rowWith(tables.market_snapshots, {
      market_ticker,
      event_ticker: eventTicker,
      status: "active",
      yes_bid: (cents - 1) * 10_000,
      yes_bid_size: 100_00,
      yes_ask: (cents + 1) * 10_000,
      yes_ask_size: 100_00,
      volume: Math.round((at - start) / minute) * 100 + 200_000,
      ...provenance(at, at),
    });
  });
}

export const inputs = {
  weather_observations: observations(),
  weather_ensemble_members: [
    ...members(start - 6 * hour, 0),
    ...members(start + 6 * hour + minute, 1),
    ...members(start + 13 * hour + minute, -1),
  ],
  nbm_forecasts: [blend(start - 12 * hour, 84), blend(start + 7 * hour, 85)],
  daily_summaries: [],
  climate_reports: [],
  kalshi_markets: markets,
  market_snapshots: Array.from({ length: 100 }, (_, index) => snapshots(start - hour + index * 15 * minute)).flat(),
  market_candles: [],
} satisfies PanelInputs;
