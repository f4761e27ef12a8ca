import type { View } from "./view.ts";

export const predictionAccuracy: View = {
  name: "prediction_accuracy",
  doc: "Brier score and log loss of model, market and pool by desk, model, lead and station, over grades against the resolution that holds. n counts all grades, n_quoted those with quotes; the figures that end in _quoted and those of market and pool are over those same n_quoted rows. clipped_: how many log losses of each average stand at the clip of 1e-6. Market and pool stand beside every model of a job, so that each is held against them where it spoke. lead_bucket: hours to the end of the climate day, of bitcoin seconds, minutes or hours to the close, as each says; lower end included.",
  sql: `
SELECT
  desk,
  model,
  model_version,
  lead_bucket,
  station,
  count(*) AS n,
  sum(quoted) AS n_quoted,
  avg(brier_model) AS brier_model,
  avg(CASE WHEN quoted = 1 THEN brier_model END) AS brier_model_quoted,
  avg(CASE WHEN quoted = 1 THEN job_brier_market END) AS brier_market,
  avg(CASE WHEN quoted = 1 THEN job_brier_pool END) AS brier_pool,
  avg(log_loss_model) AS log_loss_model,
  avg(CASE WHEN quoted = 1 THEN log_loss_model END) AS log_loss_model_quoted,
  avg(CASE WHEN quoted = 1 THEN job_log_loss_market END) AS log_loss_market,
  avg(CASE WHEN quoted = 1 THEN job_log_loss_pool END) AS log_loss_pool,
  sum(CASE WHEN log_loss_model > 13.8155 THEN 1 ELSE 0 END) AS clipped_model,
  sum(CASE WHEN quoted = 1 AND log_loss_model > 13.8155 THEN 1 ELSE 0 END) AS clipped_model_quoted,
  sum(CASE WHEN quoted = 1 AND job_log_loss_market > 13.8155 THEN 1 ELSE 0 END) AS clipped_market,
  sum(CASE WHEN quoted = 1 AND job_log_loss_pool > 13.8155 THEN 1 ELSE 0 END) AS clipped_pool
FROM (
  SELECT
    *,
    CASE WHEN job_brier_market IS NOT NULL AND job_brier_pool IS NOT NULL THEN 1 ELSE 0 END AS quoted,
    CASE
      WHEN lead_hours < 0 THEN 'after'
      WHEN desk = 'crypto' AND round(lead_hours * 3600) < 60 THEN '0-60 s'
      WHEN desk = 'crypto' AND round(lead_hours * 3600) < 120 THEN '60-120 s'
      WHEN desk = 'crypto' AND round(lead_hours * 3600) < 300 THEN '120-300 s'
      WHEN desk = 'crypto' AND round(lead_hours * 3600) < 900 THEN '300-900 s'
      WHEN desk = 'crypto' AND round(lead_hours * 3600) < 3600 THEN '15-60 min'
      WHEN desk = 'crypto' AND round(lead_hours * 3600) < 21600 THEN '1-6 h'
      WHEN desk = 'crypto' THEN '6+ h'
      WHEN lead_hours < 6 THEN '0-6'
      WHEN lead_hours < 12 THEN '6-12'
      WHEN lead_hours < 24 THEN '12-24'
      WHEN lead_hours < 48 THEN '24-48'
      ELSE '48+'
    END AS lead_bucket
  FROM (
    SELECT
      g.*,
      max(g.brier_market) OVER (PARTITION BY g.job_id, g.market_ticker) AS job_brier_market,
      max(g.brier_pool) OVER (PARTITION BY g.job_id, g.market_ticker) AS job_brier_pool,
      max(g.log_loss_market) OVER (PARTITION BY g.job_id, g.market_ticker) AS job_log_loss_market,
      max(g.log_loss_pool) OVER (PARTITION BY g.job_id, g.market_ticker) AS job_log_loss_pool
    FROM grades g
    INNER JOIN latest_resolutions r ON r.market_ticker = g.market_ticker AND r.version = g.resolution_version
  )
)
GROUP BY desk, model, model_version, lead_bucket, station
`,
};
