/** Parameters of the day-ahead model. A change of any number is a new version. */

/** Named in every job and prediction. */
export const parametersVersion = "2026-11-20.1";

/**
 * Added to every member, °F: grid forecasts run cold beside the airport sensors. Source: Tankthesigma/kalshimula's
 * raw errors of GFS at the Kalshi stations (@24858a3); those of sjdoane/KalshiBot agree within 0.3 °F.
 */
export const biasF: Readonly<Record<string, number>> = {
  KAUS: 1.1,
  KMDW: 1.3,
  KDEN: 1.6,
  KLAX: 0.5,
  KMIA: 1.0,
  KPHL: 0.8,
};

/** Relative weight of each model's members together. A model without a weight here is not used. */
export const modelWeights: Readonly<Record<string, number>> = {
  ncep_gefs_seamless: 1,
  ecmwf_ifs025_ensemble: 1,
  icon_seamless_eps: 1,
};

/**
 * Standard deviation of the kernel around each member, °F, by hours to the end of the climate day; linear between the
 * rows, constant outside. Raw ensembles are under-dispersed (a nominal 66.7 % interval holds 29 %: Gneiting et al. 2005,
 * MWR 133), and a member's hourly maximum misses the peak between hours. Chosen so that kernel and a typical spread of
 * 1 to 1.5 °F together reach the error of a good forecast of the daily high: root mean square 2.2 to 2.6 on the day
 * itself and 2.5 to 3.1 on the day before, between the best combination and a single bias-corrected model (Crosier,
 * arXiv 2609.23969). Not yet fitted to this desk's own forecasts: those are graded for that.
 */
export const kernelSdByLead: readonly { leadHours: number; sdF: number }[] = [
  { leadHours: 6, sdF: 1.8 },
  { leadHours: 18, sdF: 2.0 },
  { leadHours: 36, sdF: 2.3 },
  { leadHours: 60, sdF: 2.6 },
];

/** Factor on the kernel: Miami's highs are told to 1.6 °F where the other cities' take 2.6 to 3.5 (same source). */
export const kernelScale: Readonly<Record<string, number>> = { KMIA: 0.6 };
