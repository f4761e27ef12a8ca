/**
 * What the feeds of Open-Meteo share: hourly 2 m temperature at all stations in one call, fetched only when a model has a
 * run that is not held yet. The answer's shape changes with what is in it (one location is no array, one model has no
 * suffix), so nothing about it is assumed: units are read, series counted, grid cells compared with the stations.
 */
import type { Rows, TableRow } from "../../schemas/index.ts";
import { bodyOf } from "../exchange-body.ts";
import type { Decoded, Exchange, Note, Provenance, Refusal, Source } from "../source.ts";
import { type Station, stations } from "../weather/stations.ts";
import { plausibleF } from "../weather/temperature-range.ts";

const HOUR_SECONDS = 3600;
/** Hourly is asked for; a model's own steps are 6 hours at most. A longer step is another unit, such as milliseconds. */
const MAX_STEP_SECONDS = 6 * HOUR_SECONDS;
/** A grid cell further off than this (in latitude or longitude) is not the cell of the station that was asked for. */
const MAX_CELL_DISTANCE_DEG = 0.3;

export interface Model {
  /** Members with their control run, 1 for a deterministic model: what the limits count, never what a decoder expects. */
  members: number;
  /**
   * Where Open-Meteo says which run of the model it holds: `/data/<domain>/static/meta.json`. A blend is told by the
   * domain that its first days come from.
   */
  domain: string;
}

/** One series of an answer: what every table of paths has, and what tells the series apart. */
export interface Series {
  path: Pick<
    TableRow<"weather_ensemble_members">,
    | "station"
    | "model"
    | "first_valid_at"
    | "step_seconds"
    | "temperature_f"
    | "grid_latitude"
    | "grid_longitude"
    | "elevation_m"
    | "window_at"
    | "ingested_at"
    | "raw_key"
  >;
  /** 0 is the control run, or the only one. */
  member: number;
  /** Newest run of the model that its meta.json named before the forecast was asked for, epoch ms; null when it did not. */
  runAt: number | null;
}

export interface Feed {
  /** The usual host, then the one asked when it gives no usable answer. */
  hosts: readonly [string, string];
  path: string;
  /** By canonical name, as they stand in the suffixes of an answer. */
  models: Readonly<Record<string, Model>>;
  pastDays: number;
  forecastDays: number;
  /** What one answer's series become. */
  rows(series: readonly Series[]): Rows;
}

/**
 * How many calls a request counts for in Open-Meteo's limits (600 a minute, 5 000 an hour, 10 000 a day for free).
 * `members` is the sum over the models, `days` past and forecast days together.
 * Source: `RateLimiter.swift` of open-meteo/open-meteo.
 */
export function callWeight(request: { locations: number; variables: number; members: number; days: number }): number {
  const tens = (request.variables * request.members) / 10;
  return request.locations * Math.max(1, tens, (tens * request.days) / 14);
}

/** The weight of one request for all models at all stations. */
function weightOf({ models, pastDays, forecastDays }: Feed): number {
  return callWeight({
    locations: stations.length,
    variables: 1,
    members: Object.values(models).reduce((sum, { members }) => sum + members, 0),
    days: pastDays + forecastDays,
  });
}

function forecastUrl({ path, models, pastDays, forecastDays }: Feed, host: string): string {
  const list = (field: (station: Station) => number) => stations.map(field).join(",");
  const query = [
    `latitude=${list((station) => station.latitude)}`,
    `longitude=${list((station) => station.longitude)}`,
    `elevation=${list((station) => station.elevationM)}`,
    "hourly=temperature_2m",
    `models=${Object.keys(models).join(",")}`,
    "timeformat=unixtime",
    `past_days=${pastDays}`,
    `forecast_days=${forecastDays}`,
  ];
  return `https://${host}${path}?${query.join("&")}`;
}

function metaUrl(host: string, domain: string): string {
  return `https://${host}/data/${domain}/static/meta.json`;
}

/** The domain and the run (epoch seconds) of a meta answer; undefined for every other answer, unreadable ones too. */
function runOf(exchange: Exchange): { domain: string; at: number; name: string } | undefined {
  const domain = /\/data\/([^/]+)\/static\/meta\.json$/.exec(exchange.url)?.[1];
  if (domain === undefined || exchange.status !== 200) return undefined;
  const body = bodyOf(exchange);
  // Not knowing the run only means that the forecast is asked for.
  const at = "value" in body && isObject(body.value) ? body.value["last_run_initialisation_time"] : undefined;
  return typeof at === "number" && Number.isInteger(at) && at > 0
    ? { domain, at, name: `run-${domain}-${at}` }
    : undefined;
}

const isMeta = ({ url: address }: Exchange) => address.includes("/static/meta.json");

/** After the status line a failure can only be written into the body, which then is no JSON: ask again. */
function broken(exchange: Exchange): string | undefined {
  if (isMeta(exchange)) return undefined;
  if (exchange.body.includes("Unexpected error while streaming data")) return "the body ends in a streaming error";
  const body = bodyOf(exchange);
  return "fault" in body ? `the body is no JSON: ${body.fault}` : undefined;
}

type Json = Readonly<Record<string, unknown>>;

/** Carries the path of what is not as we know it; never leaves this file. */
class Drift extends Error {
  readonly path: string;
  constructor(path: string, found: unknown, expected: string) {
    super(`found ${found === undefined ? "nothing" : JSON.stringify(found).slice(0, 120)}, expected ${expected}`);
    this.path = path;
  }
}

function isObject(value: unknown): value is Json {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function object(value: unknown, path: string): Json {
  if (!isObject(value)) throw new Drift(path, value, "an object");
  return value;
}

function number(value: unknown, path: string): number {
  if (typeof value !== "number") throw new Drift(path, value, "a number");
  return value;
}

/** The valid times as their first instant and their step. */
function axis(value: unknown, path: string): { length: number; first: number; step: number } {
  if (!Array.isArray(value) || value.length < 2) throw new Drift(path, value, "an array of two or more epoch seconds");
  const times: unknown[] = value;
  const first = number(times[0], `${path}[0]`);
  const step = number(times[1], `${path}[1]`) - first;
  if (first % HOUR_SECONDS !== 0) throw new Drift(`${path}[0]`, first, "a whole hour");
  if (step <= 0 || step % HOUR_SECONDS !== 0 || step > MAX_STEP_SECONDS) {
    throw new Drift(`${path}[1]`, times[1], "a step of whole hours, 6 at most, in seconds");
  }
  for (let index = 2; index < times.length; index++) {
    if (times[index] !== first + index * step) {
      throw new Drift(`${path}[${index}]`, times[index], `${first + index * step}: the step is constant`);
    }
  }
  return { length: times.length, first, step };
}

function fahrenheit(value: unknown, length: number, unit: "°C" | "°F", path: string): (number | null)[] {
  if (!Array.isArray(value) || value.length !== length) {
    throw new Drift(
      path,
      Array.isArray(value) ? `${value.length} values` : value,
      `${length} values, one a valid time`,
    );
  }
  return value.map((given: unknown, index) => {
    if (given === null) return null;
    if (typeof given !== "number") throw new Drift(`${path}[${index}]`, given, "a number or null");
    // Given to a tenth of a degree: hundredths of °F hold that exactly and keep the lake free of binary dust.
    const degrees = unit === "°F" ? given : Math.round(given * 180 + 3200) / 100;
    // What no thermometer has shown is in another unit than it says.
    if (degrees >= plausibleF.low && degrees <= plausibleF.high) return degrees;
    throw new Drift(`${path}[${index}]`, `${given} ${unit}`, `${plausibleF.low} to ${plausibleF.high} °F`);
  });
}

/**
 * Temperature keys as `temperature_2m[_memberNN][_model]`; other keys, also those of the variables whose names begin alike
 * (`temperature_2m_max`, `temperature_2m_previous_day1`), undefined.
 */
const MEMBER_KEY = /^temperature_2m(?!_(?:max|min|mean|spread|previous_day\d))(?:_member(\d+))?(?:_(.+))?$/;

const near = (latitude: number, longitude: number, degrees: number) => (station: Station) =>
  Math.abs(latitude - station.latitude) < degrees && Math.abs(longitude - station.longitude) < degrees;

/**
 * The stations in the order in which the request names them: an old window is read by what it asked, whatever stations
 * have been added since. Undefined for a body that comes without a request (a file).
 */
function askedStations(address: string): Station[] | undefined {
  const query = new URLSearchParams(address.split("?")[1] ?? "");
  const [latitudes, longitudes] = ["latitude", "longitude"].map((name) => query.get(name)?.split(",").map(Number));
  if (latitudes === undefined || longitudes === undefined) return undefined;
  return latitudes.map((latitude, index) => {
    const longitude = longitudes[index] ?? Number.NaN;
    const station = stations.find(near(latitude, longitude, 1e-3));
    if (station === undefined)
      throw new Drift("$", `${latitude}, ${longitude}`, "a request for stations of the list only");
    return station;
  });
}

/** The station of a cell whose request is not known. */
function stationAt(answer: Json, path: string): Station {
  const latitude = number(answer["latitude"], `${path}latitude`);
  const longitude = number(answer["longitude"], `${path}longitude`);
  const station = stations.find(near(latitude, longitude, MAX_CELL_DISTANCE_DEG));
  if (station === undefined) {
    throw new Drift(
      `${path}latitude`,
      `${latitude}, ${longitude}`,
      `a cell within ${MAX_CELL_DISTANCE_DEG}° of a station`,
    );
  }
  return station;
}

/** What is known of an answer beside itself. */
interface Known {
  origin: Provenance & { ingested_at: number };
  /** Newest known run of a model, epoch ms. */
  runAt: (model: string) => number | null;
}

interface Cell {
  series: Series[];
  unknownKeys: string[];
  models: Set<string>;
}

/** One station's answer. `path` is where it stands in the body, with its dot. */
function decodeCell(answer: Json, station: Station, path: string, feed: Feed, known: Known): Cell {
  const latitude = number(answer["latitude"], `${path}latitude`);
  const longitude = number(answer["longitude"], `${path}longitude`);
  if (!near(latitude, longitude, MAX_CELL_DISTANCE_DEG)(station)) {
    const expected = `a cell within ${MAX_CELL_DISTANCE_DEG}° of ${station.icao} at ${station.latitude}, ${station.longitude}`;
    throw new Drift(`${path}latitude`, `${latitude}, ${longitude}`, expected);
  }
  const given = answer["elevation"] ?? null;
  const elevation = given === null ? null : number(given, `${path}elevation`);
  if (answer["utc_offset_seconds"] !== 0) {
    throw new Drift(`${path}utc_offset_seconds`, answer["utc_offset_seconds"], "0: no time zone was asked for");
  }
  const units = object(answer["hourly_units"], `${path}hourly_units`);
  if (units["time"] !== "unixtime") throw new Drift(`${path}hourly_units.time`, units["time"], '"unixtime"');
  const hourly = object(answer["hourly"], `${path}hourly`);
  const time = axis(hourly["time"], `${path}hourly.time`);

  const cell: Cell = { series: [], unknownKeys: [], models: new Set() };
  const members = new Set<string>();
  for (const key of Object.keys(hourly)) {
    if (key === "time") continue;
    const match = MEMBER_KEY.exec(key);
    if (match === null) {
      cell.unknownKeys.push(key);
      continue;
    }
    const model = match[2];
    if (model === undefined) {
      throw new Drift(
        `${path}hourly.${key}`,
        key,
        "a model's name at the end: only one model answered, and which cannot be told",
      );
    }
    const unit = units[key];
    if (unit !== "°C" && unit !== "°F") throw new Drift(`${path}hourly_units.${key}`, unit, "°C or °F");
    const member = match[1] === undefined ? 0 : Number(match[1]);
    if (member > 0 && feed.models[model]?.members === 1) {
      cell.unknownKeys.push(key);
      continue;
    }
    if (members.has(`${model} ${member}`)) throw new Drift(`${path}hourly.${key}`, key, "one series a member");
    members.add(`${model} ${member}`);
    cell.models.add(model);
    cell.series.push({
      path: {
        station: station.icao,
        model,
        first_valid_at: time.first * 1000,
        step_seconds: time.step,
        temperature_f: fahrenheit(hourly[key], time.length, unit, `${path}hourly.${key}`),
        grid_latitude: latitude,
        grid_longitude: longitude,
        elevation_m: elevation,
        ...known.origin,
      },
      member,
      runAt: known.runAt(model),
    });
  }
  if (cell.series.length === 0) throw new Drift(`${path}hourly`, Object.keys(hourly), "paths of temperature_2m");
  return cell;
}

/** @throws Drift for anything that is not as we know it: a part of the stations is not the window. */
function decodeExchange(exchange: Exchange, feed: Feed, known: Known): Pick<Decoded, "notes"> & Pick<Cell, "series"> {
  const read = bodyOf(exchange);
  if ("fault" in read) throw new Drift("$", read.fault, "JSON");
  const body = read.value;
  const failed = exchange.status !== 200 || (isObject(body) && body["error"] === true);
  if (failed) {
    const given = isObject(body) ? body["reason"] : undefined;
    const reason = typeof given === "string" ? given : "no reason given";
    throw new Drift("reason", `HTTP ${exchange.status}: ${reason}`, "a forecast");
  }
  const answers: unknown[] = Array.isArray(body) ? body : [body];
  if (answers.length === 0) throw new Drift("$", [], "one answer a station");
  const asked = askedStations(exchange.url);
  if (asked !== undefined && answers.length !== asked.length) {
    throw new Drift("$", `${answers.length} answers`, `${asked.length}: ${asked.map(({ icao }) => icao).join(", ")}`);
  }
  const series: Series[] = [];
  // What is new is new at every station: the first one speaks for all.
  const notes = new Map<string, Note>();
  const note = (subject: string, path: string, message: string) => {
    if (!notes.has(subject)) notes.set(subject, { path, message });
  };
  const answered = new Set<string>();
  for (const [index, given] of answers.entries()) {
    const path = Array.isArray(body) ? `[${index}].` : "";
    const answer = object(given, path === "" ? "$" : `[${index}]`);
    // Left out for the first location.
    const location = answer["location_id"] ?? 0;
    if (location !== index)
      throw new Drift(`${path}location_id`, location, `${index}: answers stand in the order asked`);
    const station = asked?.[index] ?? stationAt(answer, path);
    if (answered.has(station.icao)) throw new Drift(`${path}latitude`, station.icao, "one answer a station");
    answered.add(station.icao);
    const cell = decodeCell(answer, station, path, feed, known);
    series.push(...cell.series);
    for (const key of cell.unknownKeys) {
      note(key, `${path}hourly.${key}`, `unknown variable ${key}, not read`);
    }
    for (const model of cell.models) {
      if (Object.hasOwn(feed.models, model)) continue;
      note(model, `${path}hourly`, `model ${model} was not asked for; its series are kept`);
    }
    for (const model of Object.keys(feed.models)) {
      if (cell.models.has(model)) continue;
      note(model, `${path}hourly`, `model ${model} was asked for and is not in the answer`);
    }
  }
  return { series, notes: [...notes.values()] };
}

function decode(feed: Feed, exchanges: readonly Exchange[], provenance: Provenance): Decoded {
  const series: Series[] = [];
  const refusals: Refusal[] = [];
  const notes: Note[] = [];
  const runs = exchanges.filter(isMeta).map(runOf);
  const runAt: Known["runAt"] = (model) => {
    const run = runs.find((named) => named !== undefined && named.domain === feed.models[model]?.domain);
    return run === undefined ? null : run.at * 1000;
  };
  const unread = runs.indexOf(undefined);
  if (unread >= 0)
    notes.push({ path: "last_run_initialisation_time", message: "a model's meta.json does not name its run" });
  for (const [index, exchange] of exchanges.entries()) {
    if (isMeta(exchange)) continue;
    try {
      const origin = { ...provenance, ingested_at: exchange.fetched_at };
      const decoded = decodeExchange(exchange, feed, { origin, runAt });
      series.push(...decoded.series);
      notes.push(...decoded.notes);
    } catch (error) {
      if (!(error instanceof Drift)) throw error;
      refusals.push({ kind: "drift", exchange: index, path: error.path, message: error.message });
    }
  }
  // Nothing was asked for because there is no new run: then every run has a name. Anything else is no answer at all.
  if (exchanges.every(isMeta) && (unread >= 0 || runs.length === 0)) {
    const message = "found neither a forecast nor the names of the models' runs";
    refusals.push({ kind: "drift", exchange: Math.max(0, unread), path: "last_run_initialisation_time", message });
  }
  const landed = series.length > 0 && refusals.length === 0;
  const known = landed ? runs.flatMap((run) => (run === undefined ? [] : [run.name])) : [];
  return { rows: series.length === 0 ? {} : feed.rows(series), refusals, notes, known };
}

/** A source's functions. Forecasts are asked for only when a model has a run that we do not hold, or does not say which it has. */
export function openMeteoFeed(feed: Feed): Pick<Source, "hosts" | "next" | "broken" | "decode"> {
  const [host, fallbackHost] = feed.hosts;
  return {
    hosts: feed.hosts,
    next(_window, exchanges, known) {
      if (exchanges.length === 0) {
        return Object.values(feed.models).map(({ domain }) => ({
          url: metaUrl(host, domain),
          fallbackUrl: metaUrl(fallbackHost, domain),
        }));
      }
      if (!exchanges.every(isMeta)) return [];
      const news = exchanges.map(runOf).some((run) => run === undefined || !known.has(run.name));
      if (!news) return [];
      return [{ url: forecastUrl(feed, host), fallbackUrl: forecastUrl(feed, fallbackHost), weight: weightOf(feed) }];
    },
    broken,
    decode: (exchanges, provenance) => decode(feed, exchanges, provenance),
  };
}
