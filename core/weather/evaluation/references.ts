/**
 * What others could have said at an instant: the blend's newest run, the season's highs and the newest known high, each
 * from what had been fetched by then and nothing later.
 */
import { type HighPmf, mixturePmf } from "../high-pmf.ts";
import { dress, type ErrorLaw, valueLaw } from "./dressing.ts";
import { yearDistance } from "./climatology.ts";

const DAY_MS = 86_400_000;
/** Highs of all years within so many days of the date in the year make a climate. */
const CLIMATE_REACH_DAYS = 30;
/** A blend that states less is taken for this: the sensor's whole degree alone spreads by 0.3. */
const LEAST_SD_F = 0.5;

export interface KnownHigh {
  station: string;
  /** `YYYY-MM-DD`. */
  climateDate: string;
  highF: number;
  /** When we knew it, epoch ms UTC. */
  knownAt: number;
}

export interface KnownBlend {
  station: string;
  climateDate: string;
  runAt: number;
  maxF: number;
  /** Null when the run gives none. */
  sdF: number | null;
  knownAt: number;
}

export const referenceNames = {
  nbm: "the blend's newest run as it stands: N(txn, xnd²)",
  climatology: "highs within 30 days of the date that were known then, smoothed; none before there are 20",
  persistence:
    "the newest known high plus the changes over as many days that were known then; none before there are 20",
} as const;

export type Reference = keyof typeof referenceNames;

const dayNumber = (date: string) => Date.parse(`${date}T00:00:00Z`) / DAY_MS;

interface StationHighs {
  /** In the order in which they became known. */
  highs: KnownHigh[];
  laws: Map<string, Partial<Record<"climatology" | "persistence", HighPmf>>>;
}

function climate(known: readonly KnownHigh[], climateDate: string): HighPmf | undefined {
  const near = known.filter((high) => Math.abs(yearDistance(high.climateDate, climateDate)) <= CLIMATE_REACH_DAYS);
  const law = valueLaw(near.map(({ highF }) => highF));
  return law && dress(law, 0);
}

/** A high moved by what highs have changed by over the same number of days. */
function persisted(known: readonly KnownHigh[], climateDate: string): HighPmf | undefined {
  const newest = known.reduce<KnownHigh | undefined>(
    (best, high) => (best === undefined || high.climateDate > best.climateDate ? high : best),
    undefined,
  );
  if (newest === undefined) return undefined;
  const lag = dayNumber(climateDate) - dayNumber(newest.climateDate);
  const byDay = new Map(known.map((high) => [dayNumber(high.climateDate), high.highF]));
  const changes = [...byDay].flatMap(([day, highF]) => {
    const before = byDay.get(day - lag);
    return before === undefined ? [] : [highF - before];
  });
  const law: ErrorLaw | undefined = valueLaw(changes);
  return law && dress(law, newest.highF);
}

/** @returns what the references say of a station's climate day at an instant; who has nothing to say is not there. */
export function createReferences(input: { highs: readonly KnownHigh[]; blends: readonly KnownBlend[] }): {
  at(station: string, climateDate: string, instant: number): Partial<Record<Reference, HighPmf>>;
} {
  const stations = new Map<string, StationHighs>();
  for (const high of input.highs.toSorted((a, b) => a.knownAt - b.knownAt)) {
    const found = stations.get(high.station);
    if (found === undefined) stations.set(high.station, { highs: [high], laws: new Map() });
    else found.highs.push(high);
  }
  const blends = Map.groupBy(
    input.blends.toSorted((a, b) => a.runAt - b.runAt),
    ({ station, climateDate }) => `${station} ${climateDate}`,
  );
  return {
    at(station, climateDate, instant) {
      const own = stations.get(station);
      // Nothing of the day itself, and of a day before only what was known.
      const count = own?.highs.findLastIndex(({ knownAt }) => knownAt <= instant) ?? -1;
      const key = `${climateDate} ${count}`;
      let laws = own?.laws.get(key) ?? undefined;
      if (own !== undefined && laws === undefined) {
        const known = own.highs.slice(0, count + 1).filter((high) => high.climateDate < climateDate);
        const [climatology, persistence] = [climate(known, climateDate), persisted(known, climateDate)];
        laws = { ...(climatology && { climatology }), ...(persistence && { persistence }) };
        own.laws.set(key, laws);
      }
      const blend = blends.get(`${station} ${climateDate}`)?.findLast(({ knownAt }) => knownAt <= instant);
      if (blend === undefined || blend.sdF === null) return { ...laws };
      return { ...laws, nbm: mixturePmf([{ centre: blend.maxF, weight: 1 }], Math.max(LEAST_SD_F, blend.sdF)) };
    },
  };
}
