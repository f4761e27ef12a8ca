/** The minute panel as rows of its two tables. */
import type { TableRow } from "../../../schemas/index.ts";
import type { DayPanel } from "./day-panel.ts";
import { MINUTE_MS, orNull } from "./minutes.ts";

/** Raised when the same inputs would give other rows. */
export const panelVersion = 2;

/** @param knownAt when everything that the panel was made of was there, epoch ms UTC */
export function weatherMinutes(panel: DayPanel, knownAt: number): TableRow<"weather_minutes">[] {
  const { station, climateDate, start, minutes, knowledge, temperature, models } = panel;
  let next = 0;
  let parametersVersion = "";
  return Array.from({ length: minutes }, (_, minute): TableRow<"weather_minutes"> => {
    const spoken = models.words[next]?.minute === minute ? models.words[next++] : undefined;
    parametersVersion = spoken?.parameters.version ?? parametersVersion;
    const word = spoken?.together;
    return {
      station: station.icao,
      climate_date: climateDate,
      minute,
      minute_at: start + minute * MINUTE_MS,
      knowledge,
      temperature_f: orNull(temperature.temperatureF[minute]),
      reading_age: orNull(temperature.ageMinutes[minute]),
      readings: temperature.readings[minute] ?? 0,
      max_low_f: orNull(temperature.maxLowF[minute]),
      max_high_f: orNull(temperature.maxHighF[minute]),
      min_low_f: orNull(temperature.minLowF[minute]),
      min_high_f: orNull(temperature.minHighF[minute]),
      mean_30_f: orNull(temperature.mean30F[minute]),
      mean_60_f: orNull(temperature.mean60F[minute]),
      slope_30: orNull(temperature.slope30[minute]),
      slope_60: orNull(temperature.slope60[minute]),
      acceleration: orNull(temperature.acceleration[minute]),
      observed_least_f: orNull(models.observedLeastF[minute]),
      observed_most_f: orNull(models.observedMostF[minute]),
      new_maximum_5m: orNull(models.newMaximumIn5[minute]),
      new_maximum_60m: orNull(models.newMaximumIn60[minute]),
      mean_f: orNull(models.meanF[minute]),
      sd_f: orNull(models.sdF[minute]),
      pmf_low: word?.pmfLow ?? null,
      pmf: word?.pmf ?? null,
      parameters_version: parametersVersion,
      ingested_at: knownAt,
      decoder_version: panelVersion,
    };
  });
}

/** @param knownAt as for `weatherMinutes` */
export function marketMinutes(panel: DayPanel, knownAt: number): TableRow<"market_minutes">[] {
  const { station, climateDate, start, minutes, knowledge, quoteSource } = panel;
  return panel.markets.flatMap(({ market: { market_ticker, event_ticker }, columns }) =>
    Array.from({ length: minutes }, (_, minute): TableRow<"market_minutes"> => ({
      market_ticker,
      event_ticker,
      station: station.icao,
      climate_date: climateDate,
      minute,
      minute_at: start + minute * MINUTE_MS,
      knowledge,
      quote_source: quoteSource,
      yes_bid: orNull(columns.bid[minute]),
      yes_ask: orNull(columns.ask[minute]),
      mid: orNull(columns.mid[minute]),
      quote_age: orNull(columns.ageMinutes[minute]),
      volume_60m: orNull(columns.volume60[minute]),
      p_market: orNull(columns.probability[minute]),
      velocity: orNull(columns.velocity[minute]),
      acceleration: orNull(columns.acceleration[minute]),
      over_colder: orNull(columns.overColder[minute]),
      over_warmer: orNull(columns.overWarmer[minute]),
      p_model: orNull(columns.model[minute]),
      p_day_ahead: orNull(columns.dayAhead[minute]),
      p_intraday: orNull(columns.intraday[minute]),
      p_fused_raw: orNull(columns.fusedRaw[minute]),
      p_fused: orNull(columns.fused[minute]),
      ingested_at: knownAt,
      decoder_version: panelVersion,
    })),
  );
}
