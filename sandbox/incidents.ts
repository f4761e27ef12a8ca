/** What goes wrong in the world, on purpose and at a known time. */
import { atWallClock, climateDayAt, day, hour, minute } from "./calendar.ts";
import { allCities, type City } from "./cities.ts";

interface IncidentBase {
  id: string;
  /** What happens, in one line. */
  description: string;
  /** What can be seen of it from outside. */
  effect: string;
  /** When it can be seen, [from, until) in epoch ms UTC. */
  from: number;
  until: number;
}

export type Incident = IncidentBase &
  (
    | { kind: "renamed_field"; series: string; field: string; renamedTo: string }
    | { kind: "rate_limit"; refusals: number }
    | { kind: "corrected_report"; series: string; climateDay: number; change: number }
    | { kind: "wrong_station"; series: string; climateDay: number; pil: string; headline: string; change: number }
    | { kind: "worded_value"; series: string; climateDay: number }
    | { kind: "unknown_source"; series: string; climateDay: number; source: { name: string; url: string } }
    | { kind: "outage"; hosts: readonly string[] }
  );

/** The demo spans the end of daylight time on 2026-11-01. */
export const demoStart = Date.UTC(2026, 9, 28);
export const demoDays = 7;

function cityOf(series: string): City {
  const city = allCities.find((one) => one.series === series);
  if (city === undefined) throw new Error(`incident for the unknown series ${series}`);
  return city;
}

/** The demo's incidents for a world that begins at `start` (a UTC midnight). */
export function scriptedIncidents(start: number): Incident[] {
  const at = (days: number, hours: number, minutes = 0) => start + days * day + hours * hour + minutes * minute;
  const [austin, chicago] = [cityOf("KXHIGHAUS"), cityOf("KXHIGHCHI")];
  const [losAngeles, philadelphia] = [cityOf("KXHIGHLAX"), cityOf("KXHIGHPHIL")];
  /** The climate day of a city that holds noon of the `days`-th day. */
  const dayOf = (city: City, days: number) => climateDayAt(city, at(days, 20));
  const correctedDay = dayOf(austin, 1);
  return [
    {
      kind: "rate_limit",
      id: "rate-limit-burst",
      description: "For half an hour Kalshi refuses the first two attempts at every request.",
      effect: 'status 429 with the body {"error":"too many requests"}, then the ordinary answer',
      from: at(1, 18),
      until: at(1, 18, 30),
      refusals: 2,
    },
    {
      kind: "corrected_report",
      id: "corrected-report",
      description:
        "Austin's climate report is corrected by two degrees after Kalshi has settled by the first final one.",
      effect: "a second product with BBB CCA and CORRECTION in its headline; Kalshi's outcome stays as it was",
      series: austin.series,
      climateDay: correctedDay,
      change: 2,
      // 10:20 a.m. on the day after: Kalshi has settled by then.
      from: atWallClock(austin.offsetHours, correctedDay + 1, 10 * 60 + 20),
      until: atWallClock(austin.offsetHours, correctedDay + 1, 10 * 60 + 20) + 30 * day,
    },
    {
      kind: "renamed_field",
      id: "renamed-field",
      description: "For an hour Denver's markets carry yes_bid_usd instead of yes_bid_dollars.",
      effect: "the required field is missing in /markets and in the nested markets of /events",
      series: "KXHIGHDEN",
      field: "yes_bid_dollars",
      renamedTo: "yes_bid_usd",
      from: at(2, 16),
      until: at(2, 17),
    },
    {
      kind: "wrong_station",
      id: "wrong-station",
      description: "A report for O'Hare is filed under Midway's product id, before Midway's own.",
      effect: "the text of a CLIMDW product has the PIL line CLIORD and another maximum",
      series: chicago.series,
      climateDay: dayOf(chicago, 2),
      pil: "CLIORD",
      headline: "CHICAGO-OHARE",
      change: 3,
      from: at(3, 6, 12),
      until: at(33, 6, 12),
    },
    {
      kind: "worded_value",
      id: "worded-expiration-value",
      description: "One Los Angeles event settles with a word for its value.",
      effect: 'expiration_value is "Yes" or "No"; the results are right',
      series: losAngeles.series,
      climateDay: dayOf(losAngeles, 2),
      from: at(3, 11),
      until: at(33, 11),
    },
    {
      kind: "unknown_source",
      id: "unknown-settlement-source",
      description: "One Philadelphia event is to be settled by AccuWeather.",
      effect: "the rule text and settlement_sources of the event name a source that no other event has",
      series: philadelphia.series,
      climateDay: dayOf(philadelphia, 4),
      source: { name: "AccuWeather", url: "https://www.accuweather.com" },
      from: at(3, 9, 30),
      until: at(34, 9, 30),
    },
    {
      kind: "outage",
      id: "ensemble-outage",
      description: "For an hour Open-Meteo answers nobody.",
      effect: "both hosts answer 503",
      hosts: ["ensemble-api.open-meteo.com", "api.open-meteo.com"],
      from: at(5, 17, 30),
      until: at(5, 18, 30),
    },
  ];
}

export const demoIncidents: readonly Incident[] = scriptedIncidents(demoStart);
