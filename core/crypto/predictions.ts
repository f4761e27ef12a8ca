/** What a bitcoin job's model says: one distribution of the settlement average, and each market's probability from it. */
import type { PlannedJob } from "../desk.ts";
import { idOf } from "../identity.ts";
import type { Rows, TableRow } from "../../schemas/index.ts";
import { type CryptoForecast, forecastSettlement } from "./forecast.ts";
import { unpriceable } from "./outcomes.ts";
import { centsOf, probabilityOf, type SettlementDistribution } from "./pricing.ts";

/** The version is raised when the model would say something else from the same inputs and parameters. */
export const cryptoModel = { name: "brti-average", version: 3 } as const;

const hourMs = 3_600_000;

/** Standard deviation of the settlement value, $, wide component included. */
function sdOf({ mean, logSd, wideShare, wideLogSd }: SettlementDistribution): number {
  return mean * Math.sqrt((1 - wideShare) * logSd ** 2 + wideShare * wideLogSd ** 2);
}

/** As the column `details` has it: times in epoch ms, money in $, differences in basis points, volatility per √second. */
function detailsOf({ level, basis, volatility, distribution, shift, secondsToClose, used }: CryptoForecast): string {
  return JSON.stringify({
    index_source: level.source,
    price: level.price,
    price_at: level.at,
    noise_bps: level.noiseBps,
    index_share: level.indexShare,
    basis: {
      state: basis.state,
      pairs: basis.pairs,
      mean_bps: basis.meanBps,
      spread_bps: basis.spreadBps,
      reason: basis.reason,
    },
    sigma: volatility.sigma,
    sigma_floored: volatility.floored,
    momentum_shift: shift,
    shape: {
      log_sd: distribution.logSd,
      degrees_of_freedom: distribution.degreesOfFreedom,
      wide_share: distribution.wideShare,
      wide_log_sd: distribution.wideLogSd,
    },
    seconds_to_close: secondsToClose,
    // Rows of index_prints and venue_quotes by their keys.
    prints: used.prints,
    ticks: used.ticks,
    disagreement_bps: level.proxy?.disagreementBps ?? null,
    passed: level.passed,
  });
}

/** Pure: the same job and inputs give the same rows. */
export function predict(job: PlannedJob, inputs: Rows): { rows: Rows } | { refusal: string } {
  const { station, climate_date } = job;
  if (job.refusal !== null || station === null || climate_date === null)
    return { refusal: job.refusal ?? `${job.event_ticker}: the job names no index and no day` };
  const markets = (inputs.kalshi_markets ?? []).filter(({ event_ticker }) => event_ticker === job.event_ticker);
  const refusal = unpriceable(job.series_ticker, markets);
  if (refusal !== undefined) return { refusal };
  const forecast = forecastSettlement({
    now: job.planned_at,
    closeTime: job.close_time,
    rows: {
      quotes: inputs.venue_quotes ?? [],
      prints: inputs.index_prints ?? [],
      candles: inputs.spot_candles ?? [],
    },
  });
  if ("refusal" in forecast) return forecast;
  const { distribution, level } = forecast;
  const prediction_id = idOf("prediction", { job: job.job_id, model: cryptoModel.name });
  const common = { predicted_at: job.planned_at, ingested_at: job.planned_at, decoder_version: job.model_version };
  const prediction: TableRow<"predictions"> = {
    prediction_id,
    job_id: job.job_id,
    desk: job.desk,
    event_ticker: job.event_ticker,
    station,
    climate_date,
    lead_hours: (job.close_time - job.planned_at) / hourMs,
    model: cryptoModel.name,
    model_version: cryptoModel.version,
    parameters_version: job.parameters_version,
    pmf_low: null,
    pmf: null,
    mean_f: null,
    sd_f: null,
    new_maximum_5m: null,
    new_maximum_60m: null,
    observed_least_f: null,
    observed_most_f: null,
    observed_at: null,
    remarks: null,
    mean_usd: distribution.mean,
    sd_usd: sdOf(distribution),
    confidence: level.confidence,
    details: detailsOf(forecast),
    ...common,
  };
  const prediction_markets = markets.map((market): TableRow<"prediction_markets"> => {
    const cents = centsOf(job.series_ticker, market);
    if ("unpriceable" in cents) throw new Error(`${market.market_ticker}: ${cents.unpriceable}`);
    const { market_ticker, event_ticker } = market;
    return {
      prediction_id,
      market_ticker,
      event_ticker,
      lowest: null,
      highest: null,
      lowest_cents: cents.lowest,
      highest_cents: cents.highest,
      probability: probabilityOf(distribution, cents),
      ...common,
    };
  });
  return { rows: { predictions: [prediction], prediction_markets } };
}
