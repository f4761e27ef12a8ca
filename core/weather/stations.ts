/** The stations whose official high settles a Kalshi series. A city is a row here; nothing else names a station. */

export interface Station {
  /** As The Weather Company's rule text names the place. */
  city: string;
  /** ICAO id, for example KMDW: how the station is named in every table. */
  icao: string;
  /** Id of the Daily Climate Report. Reports are told apart by it, never by the station's printed name. */
  pil: string;
  /** Three-letter site of the report: `issuedby` in the exchange's link to it. */
  site: string;
  /** Degrees north. */
  latitude: number;
  /** Degrees east. */
  longitude: number;
  elevationM: number;
  /** Hours from UTC to local standard time, all year: the climate day never follows daylight saving time. */
  standardOffsetHours: number;
  /** Forecast office that issues the report, for example KLOT. */
  office: string;
  /** Kalshi series on the daily high. */
  highSeries: string;
  /** Code in The Weather Company's rule text. */
  twcCode: string;
  /** The place as Kalshi's rule texts worded it while the National Weather Service was the source. */
  placeNames: readonly string[];
}

/**
 * Positions are those of the airport sensors in NOAA's station history, elevations those of GHCN-Daily to the metre
 * (a few metres move the down-scaled forecast by less than 0.1 °F). Chicago is Midway, not O'Hare (their highs agree on
 * one day in four); Austin is Bergstrom, not Camp Mabry. Place names: rule texts of July 2026.
 */
export const stations: readonly Station[] = [
  {
    city: "Chicago",
    icao: "KMDW",
    pil: "CLIMDW",
    site: "MDW",
    latitude: 41.7861,
    longitude: -87.7522,
    elevationM: 187,
    standardOffsetHours: -6,
    office: "KLOT",
    highSeries: "KXHIGHCHI",
    twcCode: "CLIMDW",
    placeNames: ["Chicago Midway, IL"],
  },
  {
    city: "Miami",
    icao: "KMIA",
    pil: "CLIMIA",
    site: "MIA",
    latitude: 25.7906,
    longitude: -80.3164,
    elevationM: 9,
    standardOffsetHours: -5,
    office: "KMFL",
    highSeries: "KXHIGHMIA",
    twcCode: "CLIMIA",
    placeNames: ["Miami International Airport"],
  },
  {
    city: "Austin",
    icao: "KAUS",
    pil: "CLIAUS",
    site: "AUS",
    latitude: 30.1945,
    longitude: -97.6699,
    elevationM: 146,
    standardOffsetHours: -6,
    office: "KEWX",
    highSeries: "KXHIGHAUS",
    twcCode: "CLIAUS",
    placeNames: ["Austin Bergstrom"],
  },
  {
    city: "Los Angeles",
    icao: "KLAX",
    pil: "CLILAX",
    site: "LAX",
    latitude: 33.9381,
    longitude: -118.3889,
    elevationM: 30,
    standardOffsetHours: -8,
    office: "KLOX",
    highSeries: "KXHIGHLAX",
    twcCode: "CLILAX",
    placeNames: ["Los Angeles Airport, CA"],
  },
  {
    city: "Denver",
    icao: "KDEN",
    pil: "CLIDEN",
    site: "DEN",
    latitude: 39.8467,
    longitude: -104.6562,
    elevationM: 1650,
    standardOffsetHours: -7,
    office: "KBOU",
    highSeries: "KXHIGHDEN",
    twcCode: "CLIDEN",
    placeNames: ["Denver, CO"],
  },
  {
    city: "Philadelphia",
    icao: "KPHL",
    pil: "CLIPHL",
    site: "PHL",
    latitude: 39.8683,
    longitude: -75.2431,
    elevationM: 3,
    standardOffsetHours: -5,
    office: "KPHI",
    highSeries: "KXHIGHPHIL",
    twcCode: "CLIPHL",
    placeNames: ["Philadelphia International Airport"],
  },
];

/** The station of a climate report's id such as CLIMDW; undefined when it is none of ours. */
export function stationByPil(pil: string): Station | undefined {
  return stations.find((station) => station.pil === pil);
}

/** The station that settles a Kalshi series; undefined when the series is none of ours. */
export function stationBySeries(seriesTicker: string): Station | undefined {
  return stations.find((station) => station.highSeries === seriesTicker);
}
