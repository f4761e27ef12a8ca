/**
 * How the desk's own forecasts did: every model beside the blend, the climate, persistence and the market, on the same
 * instants, by station, lead, season and hour of the day. One list of figures, as the table keeps them.
 */
import { leadEdges } from "../../market/fusion.ts";
import { centralCoverage, pitHistogram, type PitInterval, pitInterval } from "../../stats/calibration.ts";
import { reliability } from "../../stats/reliability.ts";
import { crps, logScore, rankedProbabilityScore } from "../../stats/scoring.ts";
import type { HighPmf } from "../high-pmf.ts";
import { seasonOf } from "./dressing.ts";
import { meanByBlock } from "./figures.ts";

const SEED = 20_261_120;
const levels = [0.5, 0.8, 0.9] as const;
const DAY_HOURS = 24;

/** What one forecaster said of one event at one instant. Degrees, brackets, or both. */
export interface DiagnosedForecast {
  pmf?: HighPmf;
  /** P(Yes) of the event's markets, the coldest first; they sum to 1. */
  brackets?: readonly number[];
}

export interface DiagnosedCase {
  station: string;
  /** `YYYY-MM-DD`. */
  climateDate: string;
  /** Hours to the end of the climate day. */
  leadHours: number;
  /** The value that the event was settled by, °F; null when none can be told. */
  highF: number | null;
  /** Place of the market that paid, the coldest first; null when not one of them did alone. */
  winner: number | null;
  forecasts: Readonly<Record<string, DiagnosedForecast>>;
}

/** P(a new maximum within the hour) as said, and whether one came. */
export interface DiagnosedHazard {
  station: string;
  climateDate: string;
  probability: number;
  came: boolean;
}

/** One figure: a mean with its interval, a histogram, or a bin of a reliability curve. */
export interface DiagnosticFigure {
  forecaster: string;
  /** all, station, lead, season, hour, or bin of a reliability curve. */
  slice: "all" | "station" | "lead" | "season" | "hour" | "bin";
  /** Which of them; empty for all. */
  slice_value: string;
  measure: string;
  /** With whom the same cases are compared: the value is then the difference; empty for none. */
  against: string;
  n: number;
  /** City-days: the blocks. */
  days: number;
  value: number | null;
  low: number | null;
  high: number | null;
  /** Mean probability of a reliability bin. */
  mean_probability: number | null;
  /** Ten bins of a PIT histogram, 1 = calibrated. */
  bins: number[] | null;
}

interface Scored {
  forecaster: string;
  case: DiagnosedCase;
  day: string;
  crps?: number;
  log_score?: number;
  bias?: number;
  pit?: PitInterval;
  sumError: number;
  bracket_log_score?: number;
  rps?: number;
}

const sumOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);

function score(forecaster: string, { pmf, brackets }: DiagnosedForecast, one: DiagnosedCase): Scored {
  const scored: Scored = {
    forecaster,
    case: one,
    day: `${one.station} ${one.climateDate}`,
    sumError: Math.max(
      pmf === undefined ? 0 : Math.abs(sumOf(pmf.pmf) - 1),
      brackets === undefined ? 0 : Math.abs(sumOf(brackets) - 1),
    ),
  };
  const { highF, winner } = one;
  if (pmf !== undefined && highF !== null) {
    const mean = pmf.pmf.reduce((sum, p, index) => sum + p * (pmf.pmfLow + index), 0);
    scored.crps = crps(pmf.pmfLow, pmf.pmf, highF);
    scored.log_score = logScore(Math.min(1, pmf.pmf[highF - pmf.pmfLow] ?? 0));
    scored.bias = mean - highF;
    scored.pit = pitInterval(pmf.pmfLow, pmf.pmf, highF);
  }
  if (brackets !== undefined && winner !== null) {
    scored.bracket_log_score = logScore(Math.min(1, brackets[winner] ?? 0));
    scored.rps = rankedProbabilityScore(brackets, winner);
  }
  return scored;
}

/** Whom each forecaster is compared with, on the cases that both have. */
const opponents: readonly { against: string; measure: "crps" | "bracket_log_score" | "rps" }[] = [
  { against: "market", measure: "bracket_log_score" },
  { against: "market", measure: "rps" },
  { against: "nbm", measure: "crps" },
  { against: "climatology", measure: "crps" },
  { against: "persistence", measure: "crps" },
];
const references = new Set(opponents.map(({ against }) => against));

/** `0–12 h`: the fusion's buckets, so that a weight and a score speak of the same hours. */
export function leadName(leadHours: number): string {
  const index = leadEdges.findLastIndex((edge) => edge <= leadHours);
  const [from, until] = [leadEdges[index] ?? 0, leadEdges[index + 1]];
  return until === undefined ? `${from} h and more` : `${from}–${until} h`;
}

/** Hour of the climate day at which it was said, 0 to 23; undefined on the day before. */
function hourOf({ leadHours }: DiagnosedCase): string | undefined {
  if (!(leadHours > 0 && leadHours <= DAY_HOURS)) return undefined;
  return String(Math.floor(DAY_HOURS - leadHours)).padStart(2, "0");
}

type Slice = Pick<DiagnosticFigure, "slice" | "slice_value">;

function slicesOf(one: DiagnosedCase): Slice[] {
  const hour = hourOf(one);
  return [
    { slice: "all", slice_value: "" },
    { slice: "station", slice_value: one.station },
    { slice: "lead", slice_value: leadName(one.leadHours) },
    { slice: "season", slice_value: seasonOf(one.climateDate) },
    ...(hour === undefined ? [] : [{ slice: "hour" as const, slice_value: hour }]),
  ];
}

const dayOf = ({ day }: Scored) => day;

function figuresOf(forecaster: string, slice: Slice, rows: readonly Scored[], replicates: number): DiagnosticFigure[] {
  const draws = { replicates, seed: SEED };
  const empty = { value: null, low: null, high: null, mean_probability: null, bins: null };
  const figure = (measure: string, valueOf: (row: Scored) => number | undefined): DiagnosticFigure[] => {
    const having = rows.filter((row) => valueOf(row) !== undefined);
    const found = meanByBlock(having, dayOf, (row) => valueOf(row) ?? Number.NaN, draws);
    if (found === undefined) return [];
    const days = new Set(having.map(dayOf)).size;
    const { mean: value, low, high } = found;
    return [{ ...empty, forecaster, ...slice, measure, against: "", n: having.length, days, value, low, high }];
  };
  const pits = rows.flatMap(({ pit }) => (pit === undefined ? [] : [pit]));
  const days = new Set(rows.map(dayOf)).size;
  const common = { ...empty, forecaster, ...slice, against: "", days };
  return [
    ...figure("crps", (row) => row.crps),
    ...figure("log_score", (row) => row.log_score),
    ...figure("bracket_log_score", (row) => row.bracket_log_score),
    ...figure("rps", (row) => row.rps),
    ...figure("bias", (row) => row.bias),
    ...levels.flatMap((level) =>
      figure(`coverage_${100 * level}`, ({ pit }) => (pit === undefined ? undefined : centralCoverage(pit, level))),
    ),
    ...(pits.length === 0 ? [] : [{ ...common, measure: "pit", n: pits.length, bins: pitHistogram(pits) }]),
    { ...common, measure: "pmf_sum_error", n: rows.length, value: Math.max(...rows.map(({ sumError }) => sumError)) },
  ];
}

function comparisons(slice: Slice, rows: readonly Scored[], replicates: number): DiagnosticFigure[] {
  const byForecaster = Map.groupBy(rows, ({ forecaster }) => forecaster);
  return [...byForecaster].flatMap(([forecaster, own]) =>
    opponents.flatMap(({ against, measure }): DiagnosticFigure[] => {
      if (references.has(forecaster)) return [];
      const others = new Map(byForecaster.get(against)?.map((row) => [row.case, row[measure]]));
      const pairs = own.flatMap((row) => {
        const [mine, theirs] = [row[measure], others.get(row.case)];
        return mine === undefined || theirs === undefined ? [] : [{ day: row.day, difference: mine - theirs }];
      });
      const found = meanByBlock(
        pairs,
        ({ day }) => day,
        ({ difference }) => difference,
        { replicates, seed: SEED },
      );
      if (found === undefined) return [];
      const { mean: value, low, high } = found;
      const days = new Set(pairs.map(({ day }) => day)).size;
      const counted = { n: pairs.length, days, value, low, high, mean_probability: null, bins: null };
      return [{ forecaster, ...slice, measure, against, ...counted }];
    }),
  );
}

/** Ten bins of how often it came beside how often it was said, with intervals. */
function reliabilityFigures(
  forecaster: string,
  measure: string,
  rows: readonly { day: string; probability: number; outcome: number }[],
  replicates: number,
): DiagnosticFigure[] {
  const bins = reliability(rows);
  return bins.flatMap((bin): DiagnosticFigure[] => {
    const inside = rows.filter(({ probability }) => probability >= bin.from && (probability < bin.to || bin.to === 1));
    const found = meanByBlock(
      inside,
      ({ day }) => day,
      ({ outcome }) => outcome,
      { replicates, seed: SEED },
    );
    if (found === undefined) return [];
    return [
      {
        forecaster,
        slice: "bin",
        slice_value: bin.from.toFixed(1),
        measure,
        against: "",
        n: bin.n,
        days: new Set(inside.map(({ day }) => day)).size,
        value: found.mean,
        low: found.low,
        high: found.high,
        mean_probability: bin.meanProbability,
        bins: null,
      },
    ];
  });
}

/**
 * All figures, in a fixed order. The hour of the day is looked at for forecasts in degrees alone, and without comparisons.
 * @param replicates of each bootstrap
 */
export function diagnose(input: {
  cases: readonly DiagnosedCase[];
  hazards: readonly DiagnosedHazard[];
  replicates?: number;
}): DiagnosticFigure[] {
  const { cases, hazards, replicates = 500 } = input;
  const scored = cases.flatMap((one) =>
    Object.entries(one.forecasts).map(([forecaster, forecast]) => score(forecaster, forecast, one)),
  );
  const slices = new Map<string, { slice: Slice; rows: Scored[] }>();
  for (const row of scored) {
    for (const slice of slicesOf(row.case)) {
      const key = `${slice.slice} ${slice.slice_value}`;
      const found = slices.get(key);
      if (found === undefined) slices.set(key, { slice, rows: [row] });
      else found.rows.push(row);
    }
  }
  const order: readonly string[] = ["all", "station", "lead", "season", "hour"];
  const sorted = [...slices.values()].toSorted(
    (a, b) =>
      order.indexOf(a.slice.slice) - order.indexOf(b.slice.slice) ||
      (a.slice.slice_value < b.slice.slice_value ? -1 : 1),
  );
  const brackets = Map.groupBy(
    scored.flatMap(({ forecaster, day, case: one }) =>
      (one.forecasts[forecaster]?.brackets ?? []).flatMap((probability, market) =>
        one.winner === null
          ? []
          : [{ forecaster, day, probability: Math.min(1, probability), outcome: market === one.winner ? 1 : 0 }],
      ),
    ),
    ({ forecaster }) => forecaster,
  );
  return [
    ...sorted.flatMap(({ slice, rows }) => [
      ...[...Map.groupBy(rows, ({ forecaster }) => forecaster)].flatMap(([forecaster, own]) =>
        figuresOf(forecaster, slice, own, replicates),
      ),
      ...(slice.slice === "hour" ? [] : comparisons(slice, rows, replicates)),
    ]),
    ...[...brackets].flatMap(([forecaster, rows]) =>
      reliabilityFigures(forecaster, "bracket_reliability", rows, replicates),
    ),
    ...reliabilityFigures(
      "intraday",
      "new_maximum_reliability",
      hazards.map(({ station, climateDate, probability, came }) => ({
        day: `${station} ${climateDate}`,
        probability,
        outcome: came ? 1 : 0,
      })),
      replicates,
    ),
  ];
}
