/** api.weather.gov's observations of a station (weather.md §3.3): GeoJSON, five-minute rows late and without a report. */
import type { HttpResponse } from "../core/ports.ts";
import { json } from "./answer.ts";
import { minute } from "./calendar.ts";
import type { City } from "./cities.ts";
import { hashText, type Noise } from "./noise.ts";
import type { Observations, SurfaceReport } from "./observations.ts";

export const nwsHosts: readonly string[] = ["api.weather.gov"];

const streams = { delay: hashText("weather.gov delay"), unchecked: hashText("weather.gov without quality control") };
/** Most that a listing holds. */
const limit = 500;
/** Share of values that no check has seen yet. */
const uncheckedShare = 0.05;

export interface Nws {
  answer(url: URL, now: number, headers: Readonly<Record<string, string>>): HttpResponse;
}

const instant = (at: number) => new Date(at).toISOString().replace(".000Z", "+00:00");

export function createNws(cities: readonly City[], noise: Noise, observations: Observations): Nws {
  const feature = (city: City, { at, tenths, isFiveMinute, text }: SurfaceReport) => {
    const id = `https://api.weather.gov/stations/${city.icao}/observations/${instant(at)}`;
    const unchecked = noise.uniform(streams.unchecked, city.index, at / minute) < uncheckedShare;
    const measured = (value: number | null, unit: string) => ({
      unitCode: `wmoUnit:${unit}`,
      value,
      qualityControl: value === null || unchecked ? "Z" : isFiveMinute ? "C" : "V",
    });
    return {
      id,
      type: "Feature",
      geometry: { type: "Point", coordinates: [city.longitude, city.latitude] },
      properties: {
        "@id": id,
        "@type": "wx:ObservationStation",
        elevation: { unitCode: "wmoUnit:m", value: city.elevationM },
        station: `https://api.weather.gov/stations/${city.icao}`,
        stationId: city.icao,
        timestamp: instant(at),
        rawMessage: isFiveMinute ? "" : text,
        textDescription: "Clear",
        temperature: measured(tenths === null ? null : tenths / 10, "degC"),
        dewpoint: measured(tenths === null ? null : (tenths - 60) / 10, "degC"),
      },
    };
  };

  return {
    answer(url, now, headers) {
      const named = Object.keys(headers).some((name) => name.toLowerCase() === "user-agent");
      if (!named) return json(403, { title: "Forbidden", status: 403, detail: "A User-Agent is required." });
      const icao = /^\/stations\/([A-Z0-9]+)\/observations$/.exec(url.pathname)?.[1];
      const city = cities.find((one) => one.icao === icao);
      if (city === undefined) return json(404, { title: "Not Found", status: 404, detail: "No such station." });
      const [from, until] = ["start", "end"].map((name) => Date.parse(url.searchParams.get(name) ?? ""));
      if (from === undefined || until === undefined || Number.isNaN(from) || Number.isNaN(until)) {
        return json(400, { title: "Bad Request", status: 400, detail: "start and end: instants are expected." });
      }
      const out = observations.reports(city, from, until).filter(({ at, isFiveMinute }) => {
        const late = isFiveMinute ? 5 + 15 * noise.uniform(streams.delay, city.index, at / minute) : 6;
        return at + late * minute <= now;
      });
      const features = out
        .toReversed()
        .slice(0, limit)
        .map((one) => feature(city, one));
      return json(200, { type: "FeatureCollection", features });
    },
  };
}
