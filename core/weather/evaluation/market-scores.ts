/** The market's hourly beliefs about one event, alone and fused with a prior that knows no forecast. */
import { fuse, priorFusion } from "../../market/fusion.ts";
import { outcomeOf } from "../../market/strikes.ts";
import { blockBootstrap, type Interval } from "../../stats/bootstrap.ts";
import { logScore } from "../../stats/scoring.ts";
import { bracketProbabilities, type HighPmf } from "../high-pmf.ts";
import { closingBracket, hourlyBeliefs, type MarketBelief, type MinutePrices } from "./minute-prices.ts";

const REPLICATES = 1000;
const SEED = 20_260_420;

/**
 * How the winning bracket is known. `official`: a settlement or a final climate report. `closing price`: neither is at
 * hand, and the market itself held one bracket for certain at its close; good enough to look at, no settlement.
 */
export type OutcomeBasis = "official" | "closing price";

export interface HourScore extends MarketBelief {
  /** The fusion of market and prior at the weights before any fit, the prior in the day-ahead model's place; null without one. */
  fused: readonly number[] | null;
  /** The market's weight in it. */
  marketWeight: number | null;
  /** −Σ p ln p of the market, nats: how sure it was, whatever came. */
  entropy: number;
  /** −ln of the probability of the bracket that came, nats; null when it is not known. */
  marketLogScore: number | null;
  fusedLogScore: number | null;
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
    winner === undefined || probabilities === null ? null : logScore(Math.min(1, probabilities[winner] ?? 0));
  const basis = official === undefined ? "closing price" : "official";
  return {
    eventTicker,
    subtitles: prices.brackets.map(({ subtitle }) => subtitle),
    officialF,
    basis: winner === undefined ? null : basis,
    winner: winner ?? null,
    hours: hourlyBeliefs(prices, dayEnd).map((belief) => {
      // Traded prices are no quotes: their width is not known, and counts as tight.
      const fusion =
        model &&
        fuse({ market: belief.probabilities, dayAhead: model }, priorFusion, {
          leadHours: belief.hoursLeft,
          width: null,
          newMaximumIn60: null,
          volumes: [],
        });
      const fused = fusion?.probabilities ?? null;
      return {
        ...belief,
        fused,
        marketWeight: fusion?.weights.market ?? null,
        entropy: belief.probabilities.reduce((sum, p) => sum - (p > 0 ? p * Math.log(p) : 0), 0),
        marketLogScore: lossOf(belief.probabilities),
        fusedLogScore: lossOf(fused),
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
  fusedLogScore: number;
  /** The market's weight in the fusion. */
  marketWeight: number;
  /** Fused minus market, nats, whole events drawn; with few events it says next to nothing. */
  difference: Interval;
}

/** By hours left, over the events that have both scores at that hour; the most hours first. */
export function summariseHours(events: readonly EventScores[]): HourSummary[] {
  const rows = events.flatMap(({ eventTicker, hours }) =>
    hours.flatMap(({ hoursLeft, entropy, marketLogScore, fusedLogScore, marketWeight }) =>
      marketLogScore === null || fusedLogScore === null || marketWeight === null
        ? []
        : [{ eventTicker, hoursLeft, entropy, marketLogScore, fusedLogScore, marketWeight }],
    ),
  );
  const hours = [...new Set(rows.map(({ hoursLeft }) => hoursLeft))].sort((a, b) => b - a);
  return hours.flatMap((hoursLeft) => {
    const here = rows.filter((row) => row.hoursLeft === hoursLeft);
    const meanOf = (valueOf: (row: (typeof here)[number]) => number) =>
      here.reduce((sum, row) => sum + valueOf(row) / here.length, 0);
    const blocks = here.map((row) => ({ id: row.eventTicker, sum: row.fusedLogScore - row.marketLogScore, n: 1 }));
    const difference = blockBootstrap({ blocks, replicates: REPLICATES, seed: SEED });
    if (difference === undefined) return [];
    return [
      {
        hoursLeft,
        events: here.length,
        entropy: meanOf((row) => row.entropy),
        marketLogScore: meanOf((row) => row.marketLogScore),
        fusedLogScore: meanOf((row) => row.fusedLogScore),
        marketWeight: meanOf((row) => row.marketWeight),
        difference,
      },
    ];
  });
}

export interface MarketVerdict {
  /** Hours that were looked at. */
  hours: number;
  /** Of these, the ones whose interval lies above 0: there the fusion is worse by more than noise. */
  worse: readonly HourSummary[];
  /** The largest difference of any hour. */
  worst: HourSummary | undefined;
  /** Over all hours, whole events drawn. */
  difference: Interval | undefined;
  holds: boolean;
}

/** Whether the fused log score is at no hour worse than the market's by more than noise. */
export function marketVerdict(events: readonly EventScores[], hours: readonly HourSummary[]): MarketVerdict {
  const blocks = events.flatMap(({ eventTicker, hours: own }) => {
    const differences = own.flatMap(({ marketLogScore, fusedLogScore }) =>
      marketLogScore === null || fusedLogScore === null ? [] : [fusedLogScore - marketLogScore],
    );
    const sum = differences.reduce((total, difference) => total + difference, 0);
    return differences.length === 0 ? [] : [{ id: eventTicker, sum, n: differences.length }];
  });
  // The interval of a single event has no width and says nothing.
  const worse = hours.filter(({ events: n, difference }) => n > 1 && difference.low > 1e-9);
  return {
    hours: hours.length,
    worse,
    worst: hours.toSorted((a, b) => b.difference.mean - a.difference.mean)[0],
    difference: blockBootstrap({ blocks, replicates: REPLICATES, seed: SEED }),
    holds: worse.length === 0,
  };
}
