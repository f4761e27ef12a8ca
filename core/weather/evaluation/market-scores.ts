/** The market's hourly beliefs about one event, alone and pooled with a prior that knows no forecast. */
import { logLinearPool, poolWeights } from "../../market/pool.ts";
import { outcomeOf } from "../../market/strikes.ts";
import { blockBootstrap, type Interval } from "../../stats/bootstrap.ts";
import { logLoss } from "../../stats/scoring.ts";
import { bracketProbabilities, type HighPmf } from "../day-ahead.ts";
import { closingBracket, hourlyBeliefs, type MarketBelief, type MinutePrices } from "./minute-prices.ts";

const REPLICATES = 1000;
const SEED = 20_260_420;

/**
 * How the winning bracket is known. `official`: a settlement or a final climate report. `closing price`: neither is at
 * hand, and the market itself held one bracket for certain at its close; good enough to look at, no settlement.
 */
export type OutcomeBasis = "official" | "closing price";

export interface HourScore extends MarketBelief {
  /** Log-linear pool of market and prior at the weights in force; null without a prior. */
  pooled: readonly number[] | null;
  /** −Σ p ln p of the market, nats: how sure it was, whatever came. */
  entropy: number;
  /** −ln of the probability of the bracket that came, nats; null when it is not known. */
  marketLogScore: number | null;
  pooledLogScore: number | null;
}

export interface EventScores {
  eventTicker: string;
  subtitles: readonly string[];
  /** Official high, whole °F; null when none is at hand. */
  officialF: number | null;
  basis: OutcomeBasis | null;
  /** Index of the bracket that came, by `basis`. */
  winner: number | null;
  hours: readonly HourScore[];
}

export function scoreEvent(input: {
  eventTicker: string;
  prices: MinutePrices;
  /** End of the climate day, epoch ms. */
  dayEnd: number;
  officialF: number | null;
  prior: HighPmf | undefined;
}): EventScores {
  const { eventTicker, prices, dayEnd, officialF, prior } = input;
  const intervals = prices.brackets.map(({ interval }) => interval);
  const official =
    officialF === null ? undefined : intervals.findIndex((interval) => outcomeOf(interval, officialF) === "yes");
  const winner = official ?? closingBracket(prices);
  const model = prior && bracketProbabilities(prior, intervals);
  const lossOf = (probabilities: readonly number[] | null) =>
    winner === undefined || probabilities === null ? null : logLoss(Math.min(1, probabilities[winner] ?? 0), 1);
  const basis = official === undefined ? "closing price" : "official";
  return {
    eventTicker,
    subtitles: prices.brackets.map(({ subtitle }) => subtitle),
    officialF,
    basis: winner === undefined ? null : basis,
    winner: winner ?? null,
    hours: hourlyBeliefs(prices, dayEnd).map((belief) => {
      const pooled = model === undefined ? null : logLinearPool(belief.probabilities, model, poolWeights);
      return {
        ...belief,
        pooled,
        entropy: belief.probabilities.reduce((sum, p) => sum - (p > 0 ? p * Math.log(p) : 0), 0),
        marketLogScore: lossOf(belief.probabilities),
        pooledLogScore: lossOf(pooled),
      };
    }),
  };
}

export interface HourSummary {
  hoursLeft: number;
  /** Events; each is one block. */
  events: number;
  entropy: number;
  marketLogScore: number;
  pooledLogScore: number;
  /** Pool minus market, nats, whole events drawn; with few events it says next to nothing. */
  difference: Interval;
}

/** By hours left, over the events that have both scores at that hour; the most hours first. */
export function summariseHours(events: readonly EventScores[]): HourSummary[] {
  const rows = events.flatMap(({ eventTicker, hours }) =>
    hours.flatMap(({ hoursLeft, entropy, marketLogScore, pooledLogScore }) =>
      marketLogScore === null || pooledLogScore === null
        ? []
        : [{ eventTicker, hoursLeft, entropy, marketLogScore, pooledLogScore }],
    ),
  );
  const hours = [...new Set(rows.map(({ hoursLeft }) => hoursLeft))].sort((a, b) => b - a);
  return hours.flatMap((hoursLeft) => {
    const here = rows.filter((row) => row.hoursLeft === hoursLeft);
    const meanOf = (valueOf: (row: (typeof here)[number]) => number) =>
      here.reduce((sum, row) => sum + valueOf(row) / here.length, 0);
    const blocks = here.map((row) => ({ id: row.eventTicker, sum: row.pooledLogScore - row.marketLogScore, n: 1 }));
    const difference = blockBootstrap({ blocks, replicates: REPLICATES, seed: SEED });
    if (difference === undefined) return [];
    return [
      {
        hoursLeft,
        events: here.length,
        entropy: meanOf((row) => row.entropy),
        marketLogScore: meanOf((row) => row.marketLogScore),
        pooledLogScore: meanOf((row) => row.pooledLogScore),
        difference,
      },
    ];
  });
}
