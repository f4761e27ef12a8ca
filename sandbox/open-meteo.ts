/** Open-Meteo's ensemble and forecast APIs: the response shape of weather.md §1.3, their errors of §1.6. */
import type { HttpResponse } from "../core/ports.ts";
import { json, jsonText } from "./answer.ts";
import { day, hour } from "./calendar.ts";
import type { City } from "./cities.ts";
import { deterministicModels, ensembleModels, type EnsembleModel, type Ensembles } from "./ensembles.ts";
import { hashText } from "./noise.ts";

const ensembleHost = "ensemble-api.open-meteo.com";
const forecastHosts = ["api.open-meteo.com", "previous-runs-api.open-meteo.com"];
export const openMeteoHosts: readonly string[] = [ensembleHost, ...forecastHosts];

/** Bodies kept: one poll is asked for over and over until a model has a new run. */
const keptBodies = 4;
/** Texts of tenths of a degree are looked up: a body has some 70,000 of them. */
const lowestTenth = -1000;
const tenths = Array.from({ length: 3000 }, (_, index) => ((index + lowestTenth) / 10).toFixed(1));

export interface OpenMeteo {
  answer(url: URL, now: number): HttpResponse;
}

class Refused extends Error {}

function numbers(url: URL, name: string): number[] | undefined {
  const text = url.searchParams.get(name);
  if (text === null) return undefined;
  return text.split(",").map((part) => {
    const value = Number(part);
    if (part.trim() === "" || !Number.isFinite(value)) {
      throw new Refused(`Cannot initialize Float from invalid String value ${part} for key ${name}`);
    }
    return value;
  });
}

function wholeWithin(url: URL, name: string, fallback: number, highest: number): number {
  const value = numbers(url, name)?.[0] ?? fallback;
  if (!Number.isInteger(value) || value < 0 || value > highest) {
    throw new Refused(`Parameter '${name}' is out of allowed range from 0 to ${highest}. Given: ${value}`);
  }
  return value;
}

function choice(url: URL, name: string, allowed: readonly string[]): string {
  const value = url.searchParams.get(name) ?? allowed[0] ?? "";
  if (!allowed.includes(value))
    throw new Refused(`Cannot initialize ${name} from invalid String value ${value} for key ${name}`);
  return value;
}

function modelsOf(url: URL, known: readonly EnsembleModel[]): EnsembleModel[] {
  const names = (url.searchParams.get("models") ?? "").split(",");
  return names.map((name) => {
    const model = known.find((candidate) => candidate.name === name || candidate.aliases.includes(name));
    if (model === undefined)
      throw new Refused(`Cannot initialize MultiDomains from invalid String value ${name} for key models`);
    return model;
  });
}

function nearest(cities: readonly City[], latitude: number, longitude: number): City {
  if (Math.abs(latitude) > 90) throw new Refused(`Latitude must be in range of -90 to 90°. Given: ${latitude}.`);
  const city = cities.find((one) => Math.hypot(one.latitude - latitude, one.longitude - longitude) < 0.3);
  if (city === undefined) throw new Refused("No data is available for this location");
  return city;
}

/** The grid cell's centre that answers for a coordinate: a quarter-degree grid. */
function gridCell(value: number): number {
  return Math.round(value * 4) / 4;
}

export function createOpenMeteo(cities: readonly City[], ensembles: Ensembles): OpenMeteo {
  const bodies = new Map<string, string>();

  const locationText = (
    index: number,
    city: City,
    elevation: number,
    models: readonly { model: EnsembleModel; run: number; members: number }[],
    from: number,
    hours: number,
    fahrenheit: boolean,
    iso: boolean,
  ) => {
    const unit = fahrenheit ? "°F" : "°C";
    const times: string[] = [];
    for (let step = 0; step < hours; step += 1) {
      const at = from + step * hour;
      times.push(iso ? JSON.stringify(new Date(at).toISOString().slice(0, 16)) : String(at / 1000));
    }
    const units = [`"time":"${iso ? "iso8601" : "unixtime"}"`];
    const series = [`"time":[${times.join(",")}]`];
    for (const { model, run, members } of models) {
      const paths = ensembles.paths(city, model, run, from, hours, members);
      for (const [member, path] of paths.entries()) {
        const suffix = models.length > 1 ? `_${model.name}` : "";
        const name = `temperature_2m${member === 0 ? "" : `_member${String(member).padStart(2, "0")}`}${suffix}`;
        let text = "";
        for (let step = 0; step < hours; step += 1) {
          const value = path[step] ?? Number.NaN;
          if (step > 0) text += ",";
          text += Number.isNaN(value)
            ? "null"
            : tenths[Math.round((fahrenheit ? value : (value - 32) / 1.8) * 10) - lowestTenth];
        }
        units.push(`"${name}":"${unit}"`);
        series.push(`"${name}":[${text}]`);
      }
    }
    const generation = 0.5 + (hashText(`${city.icao}/${models.map((one) => one.run).join("/")}`) % 4000) / 1000;
    return (
      `{"latitude":${gridCell(city.latitude)},"longitude":${gridCell(city.longitude)},` +
      `"generationtime_ms":${generation},"utc_offset_seconds":0,"timezone":"GMT","timezone_abbreviation":"GMT",` +
      `"elevation":${elevation},${index === 0 ? "" : `"location_id":${index},`}` +
      `"hourly_units":{${units.join(",")}},"hourly":{${series.join(",")}}}`
    );
  };

  const forecast = (url: URL, now: number, known: readonly EnsembleModel[], reach: number): string => {
    const latitudes = numbers(url, "latitude");
    const longitudes = numbers(url, "longitude");
    if (latitudes === undefined || longitudes === undefined)
      throw new Refused("Parameter 'latitude' and 'longitude' must be given");
    if (latitudes.length !== longitudes.length)
      throw new Refused("Parameter 'latitude' and 'longitude' must have the same number of elements");
    const elevations = numbers(url, "elevation");
    if (elevations !== undefined && elevations.length !== latitudes.length) {
      throw new Refused("Parameter 'elevation' must have the same number of elements");
    }
    choice(url, "hourly", ["temperature_2m"]);
    choice(url, "timezone", ["GMT", "UTC"]);
    const iso = choice(url, "timeformat", ["iso8601", "unixtime"]) === "iso8601";
    const fahrenheit = choice(url, "temperature_unit", ["celsius", "fahrenheit"]) === "fahrenheit";
    const places = latitudes.map((latitude, index) => {
      const city = nearest(cities, latitude, longitudes[index] ?? 0);
      return { city, elevation: elevations?.[index] ?? city.elevationM };
    });
    const from = Math.floor(now / day) * day - wholeWithin(url, "past_days", 0, 92) * day;
    const until = Math.floor(now / day) * day + wholeWithin(url, "forecast_days", 7, reach) * day;
    const models = modelsOf(url, known).map((model) => {
      const run = ensembles.latestRun(model, now);
      return { model, run, members: ensembles.memberCount(model, run) };
    });
    const key = `${url.pathname} ${from}/${models.map((one) => one.run).join("/")}/${url.search}`;
    const kept = bodies.get(key);
    if (kept !== undefined) return kept;
    const hours = (until - from) / hour;
    const texts = places.map(({ city, elevation }, index) =>
      locationText(index, city, elevation, models, from, hours, fahrenheit, iso),
    );
    const body = texts.length === 1 ? (texts[0] ?? "") : `[${texts.join(",")}]`;
    if (bodies.size >= keptBodies) bodies.delete(bodies.keys().next().value ?? "");
    bodies.set(key, body);
    return body;
  };

  const meta = (model: EnsembleModel, now: number) => {
    const run = ensembles.latestRun(model, now);
    return {
      last_run_initialisation_time: run / 1000,
      last_run_availability_time: (run + model.delayHours * hour) / 1000,
      temporal_resolution_seconds: 10_800,
      update_interval_seconds: (model.everyHours * hour) / 1000,
    };
  };

  return {
    answer(url, now) {
      const model = [...ensembleModels, ...deterministicModels].find(
        ({ domain }) => url.pathname === `/data/${domain}/static/meta.json`,
      );
      if (model !== undefined) return json(200, meta(model, now));
      // The forecast API answers for the ensembles as well; the ensemble API has nothing else.
      const isEnsemble = url.pathname === "/v1/ensemble";
      const isForecast = url.pathname === "/v1/forecast" && forecastHosts.includes(url.hostname);
      if (!isEnsemble && !isForecast) return json(404, { error: true, reason: "Not Found" });
      try {
        const [known, reach] = isEnsemble ? [ensembleModels, 36] : [deterministicModels, 16];
        return jsonText(200, forecast(url, now, known, reach));
      } catch (error) {
        if (error instanceof Refused) return json(400, { error: true, reason: error.message });
        throw error;
      }
    },
  };
}
