/**
 * The six cities as the sandbox knows them: its own table, never the product's, so that a wrong row there cannot
 * cancel out here. Stations and codes: weather.md §3.1; report times: §3.4; settlement: kalshi-api.md §5.1.
 */
export interface City {
  /** Place in the table; the address of the city's random numbers, whatever cities a world is made of. */
  index: number;
  series: string;
  /** As the rule text names it. */
  name: string;
  icao: string;
  /** AFOS product id of its Daily Climate Report. */
  pil: string;
  latitude: number;
  longitude: number;
  elevationM: number;
  /** Local standard time, hours from UTC. */
  offsetHours: number;
  /** Abbreviations of local clock time: standard, daylight. */
  zone: readonly [string, string];
  office: { id: string; wmo: string; name: string };
  /** The station's name in the report's headline. */
  headline: string;
  report: {
    /** UTC minute of day at which the final report for yesterday is issued, before jitter. */
    finalUtc: number;
    /** As-of hour (local clock, 24 h) of the afternoon report and the minutes from there to its issue. */
    asOfHour: number;
    delay: number;
    /** Whether the office writes VALID AS OF rather than VALID TODAY AS OF in the afternoon. */
    shortForm: boolean;
    /** Whether it prints 2:56 PM rather than 256 PM. */
    colon: boolean;
    /** Share of days with a report of the early morning. */
    morning: number;
  };
  climate: {
    /** Means over the year, their yearly swing, and the day of year of the summer peak, °F. */
    high: readonly [mean: number, swing: number];
    low: readonly [mean: number, swing: number];
    peakDay: number;
    /** Spread of the day-to-day anomaly, °F. */
    anomaly: number;
    /** Share of days whose warmest moment is the midnight before a front. */
    fronts: number;
    /** Factor on forecast errors: the tropics are easier than the plains. */
    difficulty: number;
    /** How much colder the models' grid is than the thermometer, °F (after weather.md §4.2). */
    gridCold: number;
  };
}

const clock = (hours: number, minutes: number) => hours * 60 + minutes;

export const allCities: readonly City[] = [
  {
    index: 0,
    series: "KXHIGHCHI",
    name: "Chicago",
    icao: "KMDW",
    pil: "CLIMDW",
    latitude: 41.7861,
    longitude: -87.7522,
    elevationM: 188,
    offsetHours: -6,
    zone: ["CST", "CDT"],
    office: { id: "KLOT", wmo: "CDUS43", name: "CHICAGO IL" },
    headline: "CHICAGO-MIDWAY",
    report: { finalUtc: clock(6, 34), asOfHour: 16, delay: 34, shortForm: false, colon: true, morning: 0.04 },
    climate: { high: [58.5, 26], low: [42, 25], peakDay: 203, anomaly: 8, fronts: 0.07, difficulty: 1, gridCold: 0.6 },
  },
  {
    index: 1,
    series: "KXHIGHMIA",
    name: "Miami",
    icao: "KMIA",
    pil: "CLIMIA",
    latitude: 25.7906,
    longitude: -80.3164,
    elevationM: 3,
    offsetHours: -5,
    zone: ["EST", "EDT"],
    office: { id: "KMFL", wmo: "CDUS42", name: "MIAMI,FL" },
    headline: "MIAMI",
    report: { finalUtc: clock(8, 25), asOfHour: 16, delay: 21, shortForm: false, colon: true, morning: 0.02 },
    climate: { high: [84.5, 7], low: [71, 8], peakDay: 215, anomaly: 3, fronts: 0.02, difficulty: 0.65, gridCold: 0.4 },
  },
  {
    index: 2,
    series: "KXHIGHAUS",
    name: "Austin",
    icao: "KAUS",
    pil: "CLIAUS",
    latitude: 30.1945,
    longitude: -97.6699,
    elevationM: 148,
    offsetHours: -6,
    zone: ["CST", "CDT"],
    office: { id: "KEWX", wmo: "CDUS44", name: "AUSTIN/SAN ANTONIO" },
    headline: "AUSTIN BERGSTROM",
    report: { finalUtc: clock(6, 58), asOfHour: 16, delay: 47, shortForm: true, colon: true, morning: 0.03 },
    climate: { high: [80, 17.5], low: [58, 17], peakDay: 210, anomaly: 7, fronts: 0.06, difficulty: 1, gridCold: 0.4 },
  },
  {
    index: 3,
    series: "KXHIGHLAX",
    name: "Los Angeles",
    icao: "KLAX",
    pil: "CLILAX",
    latitude: 33.9381,
    longitude: -118.3889,
    elevationM: 38,
    offsetHours: -8,
    zone: ["PST", "PDT"],
    office: { id: "KLOX", wmo: "CDUS46", name: "LOS ANGELES/OXNARD" },
    headline: "LOS ANGELES INTL AIRPORT CA",
    report: { finalUtc: clock(8, 41), asOfHour: 17, delay: 35, shortForm: false, colon: true, morning: 0.02 },
    climate: { high: [71, 5], low: [57.5, 7], peakDay: 235, anomaly: 5, fronts: 0.01, difficulty: 0.9, gridCold: 0 },
  },
  {
    index: 4,
    series: "KXHIGHDEN",
    name: "Denver",
    icao: "KDEN",
    pil: "CLIDEN",
    latitude: 39.8467,
    longitude: -104.6562,
    elevationM: 1650,
    offsetHours: -7,
    zone: ["MST", "MDT"],
    office: { id: "KBOU", wmo: "CDUS45", name: "DENVER/BOULDER" },
    headline: "DENVER CO",
    report: { finalUtc: clock(7, 35), asOfHour: 17, delay: 32, shortForm: true, colon: false, morning: 0.7 },
    climate: {
      high: [65.5, 22],
      low: [37, 21],
      peakDay: 203,
      anomaly: 9,
      fronts: 0.08,
      difficulty: 1.15,
      gridCold: 0.9,
    },
  },
  {
    index: 5,
    series: "KXHIGHPHIL",
    name: "Philadelphia",
    icao: "KPHL",
    pil: "CLIPHL",
    latitude: 39.8683,
    longitude: -75.2431,
    elevationM: 2,
    offsetHours: -5,
    zone: ["EST", "EDT"],
    office: { id: "KPHI", wmo: "CDUS41", name: "MOUNT HOLLY NJ" },
    headline: "PHILADELPHIA PA",
    report: { finalUtc: clock(5, 52), asOfHour: 17, delay: 39, shortForm: false, colon: false, morning: 0.03 },
    climate: { high: [65, 23], low: [47, 22], peakDay: 204, anomaly: 7.5, fronts: 0.07, difficulty: 1, gridCold: 0.2 },
  },
];
