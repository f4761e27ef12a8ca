/**
 * The Weather Company's settlement portal (weather.md §3.6): the weather offices' reports of a day, as passed on some
 * minutes later. A report that the office has filed under another station's id is not passed on.
 */
import type { HttpResponse } from "../core/ports.ts";
import { json } from "./answer.ts";
import { isoDate, minute, parseIsoDate, rfc3339 } from "./calendar.ts";
import type { City } from "./cities.ts";
import type { Report, Reports } from "./reports.ts";

export const portalHosts: readonly string[] = ["weather.com"];

const delay = 12 * minute;
/** Stations that this desk does not know: the page lists many more than it asks about. */
const elsewhere = [
  { icao: "KNYC", city: "New York", cliId: "CLINYC" },
  { icao: "KORD", city: "Chicago O'Hare", cliId: "CLIORD" },
];

export interface Portal {
  answer(url: URL, now: number): HttpResponse;
}

const statusOf = ({ kind }: Report) =>
  kind === "intermediate" ? "preliminary" : kind === "corrected" ? "revised" : "official";

export function createPortal(cities: readonly City[], reports: Reports): Portal {
  const result = (city: City, climateDay: number, now: number) => {
    const station = { id: city.icao, icao: city.icao, city: city.name, cliId: city.pil };
    const last = reports
      .about(city, climateDay)
      .findLast(({ issuedAt, pil }) => pil === city.pil && issuedAt + delay <= now);
    if (last === undefined) return { station, status: "no_report", data: null };
    const status = statusOf(last);
    return {
      station,
      status,
      data: {
        reportDate: isoDate(climateDay),
        isOfficial: status !== "preliminary",
        maxTemp: last.max,
        minTemp: last.min,
        avgTemp: (last.max + last.min) / 2,
        issueTime: rfc3339(last.issuedAt),
      },
    };
  };

  return {
    answer(url, now) {
      if (url.pathname !== "/kalshi/api/climate/primary") return json(404, { error: "Not Found" });
      const text = url.searchParams.get("date") ?? "";
      const climateDay = parseIsoDate(text);
      if (climateDay === undefined) return json(400, { error: "date: YYYY-MM-DD is expected" });
      const others = elsewhere.map((station) => ({ station, status: "no_report", data: null }));
      return json(200, {
        date: text,
        results: [...others, ...cities.map((city) => result(city, climateDay, now))],
        source: "weather.com/kalshi",
      });
    },
  };
}
