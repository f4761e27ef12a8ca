/**
 * The parameters before any fit, from what others have published. A change of any number is a new version. Not fitted to
 * this desk's own forecasts: those are graded for that, and `brier weather fit` draws what it finds towards these numbers.
 */
import { priorFusion } from "../market/fusion.ts";
import type {
  ComponentParameters,
  DayAheadBucket,
  IntradayParameters,
  StationParameters,
  WeatherParameters,
} from "./parameters.ts";

const version = "2026-11-20.3";

interface StationPrior {
  /**
   * Added to the highest hour of every member, °F: grid forecasts run cold beside the airport sensors, and their hours miss
   * the peak. Source: Tankthesigma/kalshimula's raw errors of GFS at the Kalshi stations (@24858a3); those of
   * sjdoane/KalshiBot agree within 0.3 °F.
   */
  highBiasF: number;
  /**
   * Added to the path, °F. Less than the bias of the high by 0.7 (Miami 0.6): paths of the residual rise above the
   * baseline's peak by about as much on their own, and that is part of what the bias of the high measures.
   */
  pathBiasF: number;
  /** Factor on every spread: Miami's highs are told to 1.6 °F where the other cities' take 2.6 to 3.5 (Crosier). */
  scale: { high: number; path: number };
}

const even = { high: 1, path: 1 };

const stationPriors: Readonly<Record<string, StationPrior>> = {
  KAUS: { highBiasF: 1.1, pathBiasF: 0.4, scale: even },
  KMDW: { highBiasF: 1.3, pathBiasF: 0.6, scale: even },
  KDEN: { highBiasF: 1.6, pathBiasF: 0.9, scale: even },
  KLAX: { highBiasF: 0.5, pathBiasF: -0.2, scale: even },
  KMIA: { highBiasF: 1.0, pathBiasF: 0.4, scale: { high: 0.6, path: 0.7 } },
  KPHL: { highBiasF: 0.8, pathBiasF: 0.1, scale: even },
};

/**
 * Standard deviation of the kernel around each member, °F, by hours to the end of the climate day. Raw ensembles are
 * under-dispersed (a nominal 66.7 % interval holds 29 %: Gneiting et al. 2005, MWR 133), and a member's hourly maximum
 * misses the peak between hours. Chosen so that kernel and a typical spread of 1 to 1.5 °F together reach the error of a
 * good forecast of the daily high: root mean square 2.2 to 2.6 on the day itself and 2.5 to 3.1 on the day before, between
 * the best combination and a single bias-corrected model (Crosier, arXiv 2609.23969).
 */
const kernels = [
  { fromHours: 0, sdF: 1.8 },
  { fromHours: 12, sdF: 2.0 },
  { fromHours: 24, sdF: 2.2 },
  { fromHours: 36, sdF: 2.4 },
];

/**
 * The blend's own spread, less a quarter of its variance, plus a degree for the sensor and for whole degrees: at its usual
 * 2 to 3 °F that is 2.0 to 2.8, where its root mean square errors lie (2.12 the same morning, 2.45 and 2.70 the day
 * before; same source).
 */
const blend = { c: 1, d: 0.75 };

/**
 * Half to the blend, the strongest single input by half a degree of root mean square error (same source); the ensembles
 * share the other half. Counted by members, three ensembles would outvote it.
 */
const blendWeight = 0.5;
const ensembles = ["ncep_gefs_seamless", "ecmwf_ifs025_ensemble", "icon_seamless_eps"];

function dayAheadBucket({ fromHours, sdF }: (typeof kernels)[number], { highBiasF, scale }: StationPrior) {
  const ensemble: ComponentParameters = {
    a: highBiasF,
    b: 1,
    c: (scale.high * sdF) ** 2,
    d: 1,
    weight: (1 - blendWeight) / ensembles.length,
  };
  const nbm: ComponentParameters = { a: 0, b: 1, c: blend.c * scale.high ** 2, d: blend.d, weight: blendWeight };
  const models = { nbm, ...Object.fromEntries(ensembles.map((name) => [name, ensemble])) };
  return { fromHours, spread: 1, models } satisfies DayAheadBucket;
}

/**
 * The residual about a same-day hourly path: its root mean square is about 2.2 °F, the error of a good forecast on the
 * morning of the day (1.9 to 2.3; same source). phi 0.992 a step forgets in ten hours: an error lasts most of the day, and
 * an hour changes it by 0.95 °F. Together they keep that spread through the day; a little more moves between 6 and 12,
 * when the night's inversion goes.
 */
const residual = {
  spread: 2.2,
  buckets: [
    { fromMinute: 0, phi: 0.992, sigma: 0.27 },
    { fromMinute: 60, phi: 0.992, sigma: 0.27 },
    { fromMinute: 180, phi: 0.992, sigma: 0.27 },
    { fromMinute: 360, phi: 0.991, sigma: 0.3 },
    { fromMinute: 720, phi: 0.992, sigma: 0.28 },
  ],
};

/** Rounding to whole °C leaves ±0.9 °F, evenly (sd 0.52); peaks between readings add to that. */
const peakOffset = { meanF: 0, sdF: 0.6 };

function intradayPrior({ pathBiasF, scale }: StationPrior): IntradayParameters {
  return {
    biasF: pathBiasF,
    buckets: residual.buckets.map(({ sigma, ...bucket }) => ({ ...bucket, sigma: sigma * scale.path })),
    spread: residual.spread * scale.path,
    peakOffset,
  };
}

export const priorParameters: WeatherParameters = {
  version,
  trainedUntil: null,
  stations: Object.fromEntries(
    Object.entries(stationPriors).map(([icao, prior]): [string, StationParameters] => [
      icao,
      {
        dayAhead: { buckets: kernels.map((kernel) => dayAheadBucket(kernel, prior)) },
        intraday: intradayPrior(prior),
      },
    ]),
  ),
  fusion: priorFusion,
};
