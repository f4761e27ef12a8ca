/**
 * Observations as api.weather.gov lists them (GeoJSON), which has them from MADIS: five-minute rows come as whole degrees
 * without a report, routine and special ones with it.
 */
import { bareTemperature, type Observation, observationOf, type ReadObservation } from "./observation.ts";
import { parseMetar, type ReportType } from "./metar.ts";
import { stations } from "./stations.ts";

/** `null` in a row: the value was judged wrong upstream. */
const qualities: Readonly<Record<string, "taken" | "wrong">> = {
  // Verified, screened, coarse pass, subjectively good, not yet checked.
  V: "taken",
  S: "taken",
  C: "taken",
  G: "taken",
  Z: "taken",
  // Rejected, questioned, subjectively bad.
  X: "wrong",
  Q: "wrong",
  B: "wrong",
};
/** Routine reports are made in the last quarter of an hour, special ones at any other time. */
const ROUTINE_FROM_MINUTE = 45;

type Json = Readonly<Record<string, unknown>>;
const objectOf = (value: unknown): Json | undefined =>
  value !== null && typeof value === "object" && !Array.isArray(value) ? (value as Json) : undefined;

/** One row. @returns why there is none, where it cannot be read */
function readFeature(feature: unknown): ReadObservation | string {
  const properties = objectOf(objectOf(feature)?.["properties"]);
  if (properties === undefined) return "found no properties, expected those of an observation";
  const { station: link, timestamp, rawMessage } = properties;
  const icao = /^https:\/\/api\.weather\.gov\/stations\/([A-Z0-9]{4})$/.exec(typeof link === "string" ? link : "")?.[1];
  const station = stations.find((candidate) => candidate.icao === icao);
  if (station === undefined) return `found station ${JSON.stringify(link)}, expected one of ours`;
  const validAt =
    typeof timestamp === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)$/.test(timestamp)
      ? Date.parse(timestamp)
      : Number.NaN;
  if (Number.isNaN(validAt)) return `timestamp is ${JSON.stringify(timestamp)}; expected an instant with its zone`;
  if (rawMessage !== undefined && rawMessage !== null && typeof rawMessage !== "string")
    return `rawMessage is ${JSON.stringify(rawMessage)}; expected a text`;
  const raw = rawMessage === "" || rawMessage === undefined ? null : rawMessage;
  const temperature = objectOf(properties["temperature"]);
  if (temperature === undefined) return "found no temperature, expected an object";
  const { value, unitCode, qualityControl } = temperature;
  if (unitCode !== "wmoUnit:degC" && unitCode !== "unit:degC")
    return `temperature.unitCode is ${JSON.stringify(unitCode)}; expected wmoUnit:degC`;
  const quality = qualities[String(qualityControl).replace(/^qc:/, "")];
  if (quality === undefined)
    return `temperature.qualityControl is ${JSON.stringify(qualityControl)}; expected one of ${Object.keys(qualities).join(", ")}`;
  if (value !== null && typeof value !== "number")
    return `temperature.value is ${JSON.stringify(value)}; expected a number or null`;
  const tenths = value === null ? null : Math.round(value * 10);
  if (tenths !== null && (tenths < -900 || tenths > 600)) return `temperature.value is ${value}; expected −90 to 60 °C`;
  const asked: ReportType | undefined = raw === null ? "five_minute" : typeOf(raw, validAt);
  const given = { station, validAt, asked };
  // What was judged wrong is no observation, in the report neither.
  if (quality === "wrong")
    return observationOf({ ...given, raw: null, beside: { temperature: null, wholeCelsius: false } });
  const beside = tenths === null ? { temperature: null, wholeCelsius: false } : bareTemperature(tenths);
  return observationOf({ ...given, raw, beside });
}

/** What the report calls itself; the words METAR and SPECI are usually left out here. */
function typeOf(raw: string, validAt: number): ReportType {
  const parsed = parseMetar(raw);
  const own = "metar" in parsed ? parsed.metar.type : undefined;
  return own ?? (new Date(validAt).getUTCMinutes() >= ROUTINE_FROM_MINUTE ? "routine" : "special");
}

export interface NwsObservations {
  observations: Observation[];
  /** Rows that cannot be read, and groups in rows that were: where they stand, and why. */
  refusals: { path: string; message: string }[];
}

/**
 * A list of observations, or one alone.
 * @param icao the station that was asked for; undefined for a file, which may be of any of ours
 * @returns what it is instead, where it is neither
 */
export function readNwsObservations(body: unknown, icao: string | undefined): NwsObservations | { fault: string } {
  const document = objectOf(body);
  const features = document?.["type"] === "Feature" ? [document] : document?.["features"];
  if (!Array.isArray(features)) return { fault: "found no list, expected features" };
  const read: NwsObservations = { observations: [], refusals: [] };
  features.forEach((feature: unknown, index) => {
    const found = readFeature(feature);
    const observation = typeof found === "string" ? undefined : found.observation;
    const isOther = observation !== undefined && icao !== undefined && observation.station !== icao;
    const refusal =
      typeof found === "string"
        ? found
        : isOther
          ? `found an observation of ${observation.station}, expected ${icao}`
          : found.refusal;
    if (refusal !== null) read.refusals.push({ path: `features[${index}]`, message: refusal });
    if (observation !== undefined && !isOther) read.observations.push(observation);
  });
  return read;
}
