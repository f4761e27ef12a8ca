/** The models' word on each bracket, minute by minute, and the market and the models as one. */
import { fuse, quoteWidth } from "../../market/fusion.ts";
import { dollar } from "../../market/price.ts";
import type { StrikeInterval } from "../../market/strikes.ts";
import { bracketProbabilities, type HighPmf } from "../high-pmf.ts";
import type { MarketColumns } from "./market.ts";
import { minutesPerDay, newColumn, orNull } from "./minutes.ts";
import type { ModelColumns, ModelWord } from "./models.ts";

/** One value a minute for one market; NaN where there is none. */
export interface FusedColumns {
  /** Of both models together, without the market. */
  model: Float64Array;
  dayAhead: Float64Array;
  intraday: Float64Array;
  /** The pool with the market before and after it is made to sum to 1. */
  fusedRaw: Float64Array;
  fused: Float64Array;
}

interface Spoken {
  model: number[] | undefined;
  dayAhead: number[] | undefined;
  intraday: number[] | undefined;
}

function onBrackets(word: ModelWord | undefined, intervals: readonly StrikeInterval[]): Spoken {
  const of = (pmf: HighPmf | undefined) => pmf && bracketProbabilities(pmf, intervals);
  return { model: of(word?.together), dayAhead: of(word?.dayAhead), intraday: of(word?.intraday) };
}

const micro = (dollars: number | undefined) =>
  dollars === undefined || Number.isNaN(dollars) ? null : Math.round(dollars * dollar);

/**
 * @param input.intervals the brackets, the coldest first; undefined when they are no partition: then nothing is said
 * @param input.markets in the same order
 */
export function fusedColumns(input: {
  intervals: readonly StrikeInterval[] | undefined;
  markets: readonly MarketColumns[];
  models: ModelColumns;
}): FusedColumns[] {
  const { intervals, markets, models } = input;
  const minutes = markets[0]?.probability.length ?? 0;
  const columns = markets.map((): FusedColumns => ({
    model: newColumn(minutes),
    dayAhead: newColumn(minutes),
    intraday: newColumn(minutes),
    fusedRaw: newColumn(minutes),
    fused: newColumn(minutes),
  }));
  if (intervals === undefined) return columns;
  let spoken: Spoken = { model: undefined, dayAhead: undefined, intraday: undefined };
  let fusion: ReturnType<typeof fuse>;
  let word: ModelWord | undefined;
  let next = 0;
  for (let minute = 0; minute < minutes; minute++) {
    const spoke = models.words[next]?.minute === minute;
    if (spoke) {
      word = models.words[next++];
      spoken = onBrackets(word, intervals);
    }
    // A market's age grows by a minute unless it has shown something new.
    if (spoke || markets.some(({ ageMinutes }) => !((ageMinutes[minute] as number) >= 1))) {
      const shown = markets.map(({ probability }) => probability[minute] as number);
      const { dayAhead, intraday } = spoken;
      const quoted = shown.every((p) => !Number.isNaN(p)) && (dayAhead !== undefined || intraday !== undefined);
      fusion =
        quoted && word !== undefined
          ? fuse(
              { market: shown, ...(dayAhead && { dayAhead }), ...(intraday && { intraday }) },
              word.parameters.fusion,
              {
                leadHours: (minutesPerDay - minute) / 60,
                width: quoteWidth(
                  markets.map(({ bid, ask }) => ({ bid: micro(bid[minute]), ask: micro(ask[minute]) })),
                ),
                newMaximumIn60: orNull(models.newMaximumIn60[minute]),
                volumes: markets.map(({ volume }) => orNull(volume[minute])),
              },
            )
          : undefined;
    }
    for (const [market, column] of columns.entries()) {
      column.model[minute] = spoken.model?.[market] ?? Number.NaN;
      column.dayAhead[minute] = spoken.dayAhead?.[market] ?? Number.NaN;
      column.intraday[minute] = spoken.intraday?.[market] ?? Number.NaN;
      column.fusedRaw[minute] = fusion?.raw[market] ?? Number.NaN;
      column.fused[minute] = fusion?.probabilities[market] ?? Number.NaN;
    }
  }
  return columns;
}
