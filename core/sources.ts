/** The list of sources. A source is one file and one line here; schedule, alarms and permissions follow from it. */
import { desks } from "./desks.ts";
import type { Source } from "./source.ts";
import { climateReports } from "./sources/climate-reports.ts";
import { kalshiMarkets } from "./sources/kalshi-markets.ts";
import { kalshiSettlements } from "./sources/kalshi-settlements.ts";
import { openMeteoEnsemble } from "./sources/open-meteo-ensemble.ts";

const series = desks.flatMap((desk) => desk.series);

export const sources: readonly Source[] = [
  kalshiMarkets(series),
  kalshiSettlements(series),
  openMeteoEnsemble,
  climateReports,
];

/** @throws when no source has that id; the message lists those there are. */
export function sourceOf(id: string): Source {
  const source = sources.find((candidate) => candidate.id === id);
  if (source === undefined) {
    throw new Error(`no source "${id}"; there are ${sources.map((candidate) => candidate.id).join(", ")}`);
  }
  return source;
}
