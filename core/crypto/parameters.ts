/** Parameters of the crypto desk, as data. A change of any number is a new version. */
import type { MarketModelPool } from "../market/market-model-pool.ts";

/** Named in every job and prediction. */
export const cryptoParametersVersion = "2026-11-20.3";

/** How a price reached us. */
export type Origin = "stream" | "rest";

export interface FairValueParameters {
  /** Relative weight of each venue; those that are asked are normalised to 1. One that is not listed has no say. */
  weights: Readonly<Record<string, number>>;
  /** A price counts half after so many seconds. */
  halfLifeSeconds: Readonly<Record<Origin, number>>;
  /** Below this fresh weight there is no price. */
  minWeight: number;
  /** Venues closer together than this are taken to agree: spreads and ticks are about so wide. */
  minScaleBps: number;
  /** The confidence of n fresh venues grows as 1 − exp(−n / this). */
  venuesForConfidence: number;
  /** Disagreement at which the confidence is halved. */
  halvingDisagreementBps: number;
}

/**
 * Coinbase, Kraken, Bitstamp and Gemini are constituents of BRTI. Binance is not, and quotes in USDT: it has a say once
 * converted, a small one. Binance.US is thin. Half-lives and scales were chosen for four properties, which
 * tests/unit/crypto/fair-value.test.ts keeps: what ages or falls away at equal prices, or spreads apart, never raises the
 * confidence; garbage from one venue hardly moves the price; nothing jumps.
 */
export const fairValueParameters: FairValueParameters = {
  weights: { coinbase: 0.3, kraken: 0.3, bitstamp: 0.25, binance: 0.15, gemini: 0.15, "binance-us": 0.05 },
  halfLifeSeconds: { stream: 5, rest: 20 },
  minWeight: 0.01,
  minScaleBps: 1,
  venuesForConfidence: 1.5,
  halvingDisagreementBps: 10,
};

export interface IndexParameters {
  /** An index print counts half after so many seconds. */
  brtiHalfLifeSeconds: number;
  /** Below this the streams alone are not enough and polled prices are asked as well. */
  minStreamConfidence: number;
  /** Below this there is no price. */
  minConfidence: number;
  /** Venues further apart than this contradict each other: no price. An index print further from them is not believed. */
  maxDisagreementBps: number;
  /** A rate of USDT in dollars older than this converts nothing. */
  usdtStaleSeconds: number;
  /** Clocks further apart than this make a time stamp unusable. */
  maxSkewSeconds: number;
}

export const indexParameters: IndexParameters = {
  brtiHalfLifeSeconds: 5,
  minStreamConfidence: 0.5,
  minConfidence: 0.1,
  maxDisagreementBps: 50,
  usdtStaleSeconds: 60,
  maxSkewSeconds: 5,
};

export interface BasisParameters {
  /** Pairs older than this are forgotten. */
  windowSeconds: number;
  /** Proxy and index further apart in time than this are no pair. */
  maxPairSeconds: number;
  /** Fewer pairs say nothing. */
  minPairs: number;
  /** A robust mean or spread beyond these is an alarm. */
  alarmMeanBps: number;
  alarmSpreadBps: number;
  /** Taken for the spread until it is measured, and never less than `minNoiseBps`. */
  unmeasuredNoiseBps: number;
  minNoiseBps: number;
  /** So much of the venues' disagreement is added to the noise. */
  disagreementShare: number;
}

/** Robust spread of public proxies against BRTI is about 1 to 3 bps; a USDT price taken for dollars was 11.8 off. */
export const basisParameters: BasisParameters = {
  windowSeconds: 900,
  maxPairSeconds: 1.5,
  minPairs: 30,
  alarmMeanBps: 5,
  alarmSpreadBps: 5,
  unmeasuredNoiseBps: 3,
  minNoiseBps: 1,
  disagreementShare: 0.5,
};

export interface VolatilityParameters {
  /** Windows of the blend, minutes, each longer than the one before, with its weight. The first is the short one. */
  windows: readonly { minutes: number; weight: number }[];
  /** A longer gap between minutes within the short window: no volatility. */
  maxGapMinutes: number;
  /**
   * A window has its whole weight from this share of its returns on, and less in proportion below: its say must not come
   * and go with one minute. Where no window has it, there is no volatility.
   */
  fullCoverage: number;
  /** Annualised, as a share: the market is never calmer than this. */
  floorAnnual: number;
}

/** HAR blend (Corsi 2009, J. Financ. Econometrics 7) with fixed weights. */
export const volatilityParameters: VolatilityParameters = {
  windows: [
    { minutes: 15, weight: 0.35 },
    { minutes: 60, weight: 0.3 },
    { minutes: 240, weight: 0.2 },
    { minutes: 1440, weight: 0.15 },
  ],
  maxGapMinutes: 2,
  fullCoverage: 0.5,
  floorAnnual: 0.2,
};

export interface MomentumParameters {
  /** The return looked at. */
  minutes: number;
  /** The return is cut to so many of its own standard deviations. */
  maxDeviations: number;
  /** No weight may be larger. */
  maxWeight: number;
  /** Weight of the return by seconds to the close, rising in time. */
  weights: readonly { seconds: number; weight: number }[];
}

/**
 * A quarter-hour after its open a part of the last return has been given back in both halves of the captured history;
 * the weight is half of half of what fits it best. Nearer to the close there is nothing to gain (docs/evaluation.md).
 */
export const momentumParameters: MomentumParameters = {
  minutes: 5,
  maxDeviations: 3,
  maxWeight: 0.2,
  weights: [
    { seconds: 300, weight: 0 },
    { seconds: 900, weight: -0.05 },
    { seconds: 1_800, weight: 0 },
  ],
};

export interface DistributionParameters {
  /** Factor on the variance that volatility gives. */
  varianceScale: number;
  /** Student's t takes the Gaussian's place from so many seconds before the close. */
  studentWithinSeconds: number;
  /** And before so many seconds to the close. */
  studentBeyondSeconds: number;
  /** Even, at least 4. */
  degreesOfFreedom: number;
  /** Share of a wide component of the same shape, which keeps every probability away from certainty. */
  wideShare: number;
  /** Its standard deviation: the larger of so many times the model's, and so many basis points. */
  wideFactor: number;
  wideBps: number;
  /** The value is never known better than this. */
  minSdBps: number;
}

/**
 * Student's t helps where the volatility itself is uncertain: in the last minutes, and from half an hour on, where it may
 * change before the close (docs/evaluation.md). Between these it gains nothing, or hurts. The wide component costs little
 * where the model is right and keeps one sparse minute from being called certain.
 */
export const distributionParameters: DistributionParameters = {
  varianceScale: 1,
  studentWithinSeconds: 180,
  studentBeyondSeconds: 1_800,
  degreesOfFreedom: 4,
  wideShare: 0.005,
  wideFactor: 3,
  wideBps: 20,
  minSdBps: 0.02,
};

/**
 * Before any fit the market keeps nearly all of its say: whoever quotes there sees the index by the second, and the desk
 * by the minute, or by ten seconds near a close.
 */
export const marketModelPool: MarketModelPool = {
  scheme: "market-model",
  market: [{ fromSeconds: 0, weight: 0.9 }],
};
