/**
 * Five-minute temperatures from Visual Crossing, a second way to the stations' feed for those who have its key (minutes
 * are part of its larger plans). The call is locked to the station: otherwise it answers with a blend of its neighbours.
 */
import type { TableRow } from "../../schemas/index.ts";
import { bodyOf } from "../exchange-body.ts";
import type { Decoded, Exchange, Provenance, Refusal, Schedule, Source, SourceRequest, Window } from "../source.ts";
import { climateDateAt, climateDay } from "../weather/climate-day.ts";
import { type Station, stations } from "../weather/stations.ts";
import { readVisualCrossing } from "../weather/visual-crossing.ts";

const DECODER_VERSION = 1;
const HOST = "weather.visualcrossing.com";
const PATH = "/VisualCrossingWebServices/rest/services/timeline/";

const schedule: Schedule = { everyMinutes: 180, offsetMinutes: 32 };

const utcDate = (at: number) => new Date(at).toISOString().slice(0, 10);

/**
 * The service's days are those of the zone asked for, here UTC: a climate day lies in two of them. Asked is the climate
 * day that was running when the window before this one was due, so that a day's last hours are not left out.
 */
function request(window: Window, station: Station): SourceRequest {
  const { start } = climateDay(station, climateDateAt(station, window.at - schedule.everyMinutes * 60_000));
  const query = [
    "unitGroup=us",
    "include=minutes",
    "options=useobs,minuteinterval_5,nonulls",
    "elements=datetimeEpoch,temp,source,stations",
    "timezone=Z",
    "maxStations=1",
    "maxDistance=0",
    "contentType=json",
  ];
  return {
    url: `https://${HOST}${PATH}stn:${station.icao}/${utcDate(start)}/${utcDate(window.at)}?${query.join("&")}`,
    secretParameter: "key",
  };
}

/** The station of the address; a file says it itself. */
function stationOf(exchange: Exchange, body: unknown): Station | undefined {
  const own = body !== null && typeof body === "object" && "address" in body ? String(body.address) : "";
  const [, icao] = /\/timeline\/stn:([A-Z0-9]{4})\//.exec(exchange.url) ?? /^stn:([A-Z0-9]{4})$/i.exec(own) ?? [];
  return stations.find((station) => station.icao === icao?.toUpperCase());
}

function decode(exchanges: readonly Exchange[], provenance: Provenance): Decoded {
  const rows: TableRow<"weather_observations">[] = [];
  const refusals: Refusal[] = [];
  exchanges.forEach((exchange, index) => {
    const refuse = (kind: Refusal["kind"], path: string, message: string) =>
      refusals.push({ kind, exchange: index, path, message });
    if (exchange.status !== 200) {
      // Errors are plain text.
      refuse("drift", "status", `found HTTP ${exchange.status} "${exchange.body.slice(0, 80)}", expected the minutes`);
      return;
    }
    const body = bodyOf(exchange);
    if ("fault" in body) {
      refuse("drift", "$", body.fault);
      return;
    }
    const station = stationOf(exchange, body.value);
    if (station === undefined) {
      refuse("content", "address", "found no station of ours, expected stn: and its id");
      return;
    }
    const read = readVisualCrossing(body.value, station, exchange.fetched_at);
    if ("kind" in read) {
      refuse(read.kind, `${station.icao} ${read.path}`, read.message);
      return;
    }
    for (const observation of read) {
      rows.push({
        ...observation,
        window_at: provenance.window_at,
        ingested_at: exchange.fetched_at,
        decoder_version: DECODER_VERSION,
        raw_key: provenance.raw_key,
      });
    }
  });
  return { rows: rows.length === 0 ? {} : { weather_observations: rows }, refusals, notes: [], known: [] };
}

export const visualCrossingMinutes: Source = {
  id: "visual-crossing",
  doc: "Five-minute temperatures of the stations from Visual Crossing, station-locked; rests without its key.",
  tables: ["weather_observations"],
  schedule,
  staleAfterMinutes: 400,
  reachesBackDays: Number.POSITIVE_INFINITY,
  errorImpact:
    "The lake holds no second copy of the five-minute feed to compare it with; no model, settlement or grade reads it.",
  hosts: [HOST],
  secret: "visual-crossing-key",
  decoderVersion: DECODER_VERSION,
  next: (window, exchanges) => (exchanges.length > 0 ? [] : stations.map((station) => request(window, station))),
  broken: (exchange) => {
    const body = bodyOf(exchange);
    return "fault" in body ? `the body is no JSON: ${body.fault}` : undefined;
  },
  decode,
};
