/**
 * Visual Crossing's Timeline for one station (weather.md §2): minutes inside hours inside days of the zone asked for, in
 * °F made from the feed's whole degrees Celsius. Without the lock to one station it blends the neighbours in.
 */
import type { HttpResponse } from "../core/ports.ts";
import { json, plainText } from "./answer.ts";
import { day, hour, isoDate, minute, pad, parseIsoDate } from "./calendar.ts";
import type { City } from "./cities.ts";
import { hashText, type Noise } from "./noise.ts";
import type { Observations } from "./observations.ts";

export const visualCrossingHosts: readonly string[] = ["weather.visualcrossing.com"];

const path = /^\/VisualCrossingWebServices\/rest\/services\/timeline\/stn:([A-Z0-9]{4})\/([\d-]{10})\/([\d-]{10})$/;
/** From an observation to its appearance here. */
const delay = 20 * minute;
/** What every key looks like here. */
const keyForm = /^[A-Z0-9]{8,}$/;
const zeros = hashText("zero for a missing minute");
const zeroShare = 0.002;

export interface VisualCrossing {
  answer(url: URL, now: number): HttpResponse;
}

export function createVisualCrossing(
  cities: readonly City[],
  noise: Noise,
  observations: Observations,
): VisualCrossing {
  return {
    answer(url, now) {
      const query = url.searchParams;
      const key = query.get("key") ?? "";
      // The real one repeats the key that it does not know.
      if (!keyForm.test(key)) return plainText(401, `No account found with API key '${key}'`);
      const [, icao, first, last] = path.exec(decodeURIComponent(url.pathname)) ?? [];
      const city = cities.find((one) => one.icao === icao);
      const [from, until] = [parseIsoDate(first ?? ""), parseIsoDate(last ?? "")];
      if (city === undefined || from === undefined || until === undefined || until < from) {
        return plainText(400, "Bad API Request:Invalid location parameter value.");
      }
      if (query.get("timezone") !== "Z" || query.get("include") !== "minutes" || query.get("unitGroup") !== "us") {
        return plainText(400, "Bad API Request:This world has minutes in °F of UTC days.");
      }
      const locked = query.get("maxStations") === "1" && query.get("maxDistance") === "0";
      const stations = locked ? [city.icao] : [city.icao, "XBLEND1"];
      const blended = locked ? 0 : -0.5;
      let cost = 0;
      const days = Array.from({ length: until - from + 1 }, (_, index) => {
        const midnight = (from + index) * day;
        const readings = observations
          .reports(city, midnight, midnight + day)
          .filter(({ isFiveMinute }) => isFiveMinute);
        const hours = Array.from({ length: 24 }, (__, number) => {
          const begin = midnight + number * hour;
          const minutes = readings
            .filter(({ at, tenths }) => at >= begin && at < begin + hour && at + delay <= now && tenths !== null)
            .map(({ at, tenths }) => {
              const isZero = noise.uniform(zeros, city.index, at / minute) < zeroShare;
              return {
                datetime: new Date(at).toISOString().slice(11, 19),
                datetimeEpoch: at / 1000,
                temp: isZero ? 0 : Math.round(((tenths ?? 0) * 0.18 + 32 + blended) * 10) / 10,
                source: "obs",
                stations,
              };
            });
          cost += minutes.length;
          return { datetime: `${pad(number)}:00:00`, datetimeEpoch: begin / 1000, source: "obs", stations, minutes };
        });
        return {
          datetime: isoDate(from + index),
          datetimeEpoch: midnight / 1000,
          source: midnight + day <= now ? "obs" : "comb",
          stations,
          hours,
        };
      });
      return json(200, {
        queryCost: cost,
        latitude: city.latitude,
        longitude: city.longitude,
        resolvedAddress: `stn:${city.icao}`,
        address: `stn:${city.icao}`,
        timezone: "Z",
        tzoffset: 0,
        days,
        stations: Object.fromEntries(stations.map((id) => [id, { id, name: id, distance: 0 }])),
      });
    },
  };
}
