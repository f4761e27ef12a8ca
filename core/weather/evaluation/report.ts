/** Everything that is said of a history of forecasts: summaries by city, lead and season, comparisons, and the verdict. */
import type { Season } from "./dressing.ts";
import { type LeadId, leads } from "./forecast-history.ts";
import type { Method } from "./forecasts.ts";
import { compare, type Comparison, levels, type ScoredDay, summarise, type Summary } from "./scores.ts";

/** What is asked of the dressed forecast. */
export const target = {
  /** Coverage at most so far from its level, in every city and in every season. */
  coverage: 0.03,
  /** CRPS lower than these, in every city. */
  better: ["climatology", "persistence"] satisfies Method[],
};

export interface Part extends Summary {
  method: Method;
  /** Null: all cities. */
  city: string | null;
  /** Null: all leads. */
  lead: LeadId | null;
  /** Null: all year. */
  season: Season | null;
}

export interface Against extends Comparison {
  against: Method;
  city: string | null;
  lead: LeadId | null;
}

export interface HistoryReport {
  parts: Part[];
  /** The dressed forecast against the others. */
  comparisons: Against[];
  verdict: {
    /** Per city, all leads: coverage within the target at every level, CRPS below every reference. */
    cities: { city: string; coverageOff: number; worst: number; better: boolean; holds: boolean }[];
    /** Per season, all cities and leads: coverage within the target at every level. */
    seasons: { season: Season; coverageOff: number; worst: number; holds: boolean }[];
    /** Of the cells city x lead: how many there are, how many keep all levels within the target, how many beat all. */
    cells: { n: number; covered: number; better: number };
    holds: boolean;
  };
}

const seasons: readonly Season[] = ["November to April", "May to October"];
const references: readonly Method[] = ["climatology", "past_years", "persistence", "emos", "undressed"];

interface Slice {
  city: string | null;
  lead: LeadId | null;
  season: Season | null;
}

const inSlice = ({ city, lead, season }: Slice) => {
  return (row: ScoredDay) =>
    (city === null || row.city === city) &&
    (lead === null || row.lead === lead) &&
    (season === null || row.season === season);
};

/** The coverage that is farthest from its level, with the distance. */
function worstCoverage({ coverage }: Summary): { off: number; level: number } {
  return coverage
    .map(({ mean }, index) => ({ off: mean - (levels[index] ?? Number.NaN), level: levels[index] ?? Number.NaN }))
    .reduce((worst, next) => (Math.abs(next.off) > Math.abs(worst.off) ? next : worst));
}

export function reportOn(rows: readonly ScoredDay[]): HistoryReport {
  const cities = [...new Set(rows.map(({ city }) => city))];
  const all = { city: null, lead: null, season: null };
  const slices: Slice[] = [
    ...cities.map((city) => ({ ...all, city })),
    all,
    ...leads.map(({ id }) => ({ ...all, lead: id })),
    ...seasons.map((season) => ({ ...all, season })),
  ];
  const methodsSeen = [...new Set(rows.map(({ method }) => method))];
  const parts = slices.flatMap((slice) => {
    const within = rows.filter(inSlice(slice));
    return methodsSeen.flatMap((method): Part[] => {
      const summary = summarise(within.filter((row) => row.method === method));
      return summary === undefined ? [] : [{ method, ...slice, ...summary }];
    });
  });
  const cells: Slice[] = cities.flatMap((city) => leads.map(({ id }) => ({ city, lead: id, season: null })));
  const cellParts = cells.flatMap((slice): Part[] => {
    const summary = summarise(rows.filter((row) => row.method === "dressed" && inSlice(slice)(row)));
    return summary === undefined ? [] : [{ method: "dressed", ...slice, ...summary }];
  });
  const comparisons = [...slices.filter(({ season }) => season === null), ...cells].flatMap((slice) => {
    const within = rows.filter(inSlice(slice));
    return references.flatMap((against): Against[] => {
      const found = compare(within, "dressed", against);
      return found === undefined ? [] : [{ against, city: slice.city, lead: slice.lead, ...found }];
    });
  });
  const better = ({ city, lead }: Pick<Slice, "city" | "lead">) =>
    target.better.every((against) => {
      const found = comparisons.find((row) => row.against === against && row.city === city && row.lead === lead);
      return found !== undefined && found.crps.mean < 0;
    });
  const verdicts = cities.map((city) => {
    const part = parts.find((row) => row.method === "dressed" && row.city === city);
    const { off, level } = part === undefined ? { off: Number.NaN, level: Number.NaN } : worstCoverage(part);
    const beats = better({ city, lead: null });
    return { city, coverageOff: off, worst: level, better: beats, holds: Math.abs(off) <= target.coverage && beats };
  });
  const bySeason = seasons.flatMap((season) => {
    const part = parts.find((row) => row.method === "dressed" && row.season === season);
    if (part === undefined) return [];
    const { off, level } = worstCoverage(part);
    return [{ season, coverageOff: off, worst: level, holds: Math.abs(off) <= target.coverage }];
  });
  return {
    parts: [...parts, ...cellParts],
    comparisons,
    verdict: {
      cities: verdicts,
      seasons: bySeason,
      cells: {
        n: cellParts.length,
        covered: cellParts.filter((part) => Math.abs(worstCoverage(part).off) <= target.coverage).length,
        better: cellParts.filter(better).length,
      },
      holds: verdicts.length > 0 && [...verdicts, ...bySeason].every(({ holds }) => holds),
    },
  };
}
