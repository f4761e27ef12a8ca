/**
 * A simulated world behind the addresses of the real one. What it answers is a function of seed, virtual time and
 * request; the only state is how often a scripted refusal has been met.
 */
import { HttpError, type Clock, type Http, type HttpRequest, type HttpResponse } from "../core/ports.ts";
import { json } from "./answer.ts";
import { day, parseIsoDate } from "./calendar.ts";
import { allCities } from "./cities.ts";
import { createBitcoin } from "./crypto/bitcoin.ts";
import { createCryptoEvents } from "./crypto/events.ts";
import { createCryptoMarkets } from "./crypto/markets.ts";
import { createCryptoQuotes } from "./crypto/quotes.ts";
import type { LiveWorld } from "./crypto/sockets.ts";
import { createVenues, venueHosts } from "./crypto/venues.ts";
import { createEnsembles } from "./ensembles.ts";
import { createEvents } from "./events.ts";
import { createIem, iemHosts } from "./iem.ts";
import { scriptedIncidents, type Incident } from "./incidents.ts";
import { createKalshi, kalshiHosts } from "./kalshi.ts";
import { createNoise } from "./noise.ts";
import { createNws, nwsHosts } from "./nws.ts";
import { createObservations } from "./observations.ts";
import { createOpenMeteo, openMeteoHosts } from "./open-meteo.ts";
import { createOutlook } from "./outlook.ts";
import { createPortal, portalHosts } from "./portal.ts";
import { createQuotes } from "./quotes.ts";
import { createReports } from "./reports.ts";
import type { SentLog } from "./sent.ts";
import { createSurprises } from "./surprises.ts";
import { answerTelegram, telegramHosts } from "./telegram.ts";
import { createThermometers } from "./temperature.ts";
import { createVisualCrossing, visualCrossingHosts } from "./visual-crossing.ts";
import { createWeatherMarkets } from "./weather-markets.ts";

export interface WorldOptions {
  seed: string | number;
  /** First instant of the span that is played; the world itself is older. */
  start: number;
  /** Length of that span. */
  days: number;
  /** `demo` = those of `scriptedIncidents` from the UTC midnight at or before `start` on. */
  incidents: readonly Incident[] | "demo" | "none";
  /**
   * ICAO ids of the cities that have events and reports, for example `["KMDW"]`. Default: all six. A city is the same in
   * every selection; the others still have weather and an empty series.
   */
  cities?: readonly string[];
}

export interface World {
  seed: string | number;
  start: number;
  /** End of the span, exclusive. */
  end: number;
  /** Of its daily highs; the bitcoin series are there in every world. */
  series: readonly string[];
  /** Upstream hosts that it stands for. */
  hosts: readonly string[];
  /** The incidents of the span that concern its cities. */
  incidents: readonly Incident[];
  /** One attempt at a request; undefined when nobody in this world has that host. */
  answer(request: HttpRequest, now: number, sent: SentLog): HttpResponse | undefined;
  /** The value that Kalshi settles a climate day by, whole °F: what no participant is told before it is published. */
  officialHigh(icao: string, climateDate: string): number;
  /** What its live feeds tell of (sandbox/crypto/sockets.ts). */
  live: LiveWorld;
}

export function createWorld(options: WorldOptions): World {
  const { seed, start, days } = options;
  const midnight = Math.floor(start / day) * day;
  const chosen = options.cities ?? allCities.map((city) => city.icao);
  const cities = chosen.map((icao) => {
    const city = allCities.find((one) => one.icao === icao);
    if (city === undefined) {
      throw new Error(`the sandbox has no city at ${icao}; it has ${allCities.map((one) => one.icao).join(", ")}`);
    }
    return city;
  });
  const series = cities.map((city) => city.series);
  const end = start + days * day;
  const scripted = options.incidents === "demo" ? scriptedIncidents(midnight) : options.incidents;
  const incidents = (scripted === "none" ? [] : scripted).filter(
    (one) => one.from < end && one.until > start && (!("series" in one) || series.includes(one.series)),
  );

  const noise = createNoise(seed);
  const thermometers = createThermometers(noise);
  const surprises = createSurprises(noise);
  const outlook = createOutlook(noise, thermometers, surprises);
  const reports = createReports(noise, thermometers, incidents);
  const events = createEvents(noise, outlook, reports, incidents);
  const quotes = createQuotes(
    cities.map((city) => city.index),
    midnight,
    noise,
    outlook,
  );
  const bitcoin = createBitcoin(noise);
  const cryptoMarkets = createCryptoMarkets(createCryptoEvents(bitcoin), createCryptoQuotes(noise, bitcoin), noise);
  const kalshi = createKalshi([createWeatherMarkets(cities, events, quotes, noise, incidents), cryptoMarkets]);
  const venues = createVenues(noise, bitcoin);
  const iem = createIem(cities, reports, noise, thermometers, surprises);
  // Whoever passes surface reports on has those of every station.
  const observations = createObservations(allCities, noise, thermometers);
  const nws = createNws(allCities, noise, observations);
  const portal = createPortal(allCities, reports);
  const visualCrossing = createVisualCrossing(allCities, noise, observations);
  const openMeteo = createOpenMeteo(allCities, createEnsembles(noise, thermometers, surprises));

  const services = [
    { hosts: kalshiHosts, at: kalshi },
    { hosts: iemHosts, at: iem },
    { hosts: openMeteoHosts, at: openMeteo },
    { hosts: nwsHosts, at: nws },
    { hosts: portalHosts, at: portal },
    { hosts: visualCrossingHosts, at: visualCrossing },
    { hosts: venueHosts, at: venues },
  ];

  /** How often a refused request has been attempted during a burst. */
  const attempts = new Map<string, number>();

  const interference = (url: URL, now: number): HttpResponse | undefined => {
    for (const one of incidents) {
      if (now < one.from || now >= one.until) continue;
      if (one.kind === "outage" && one.hosts.includes(url.hostname)) {
        return json(503, { error: true, reason: "The service is overloaded" });
      }
      if (one.kind === "rate_limit" && kalshiHosts.includes(url.hostname)) {
        const key = `${one.id} ${url.href}`;
        const attempt = (attempts.get(key) ?? 0) + 1;
        attempts.set(key, attempt);
        if (attempt <= one.refusals) return json(429, { error: "too many requests" });
      }
    }
    return undefined;
  };

  return {
    seed,
    start,
    end,
    series,
    hosts: [...services.flatMap(({ hosts }) => hosts), ...telegramHosts],
    incidents,
    answer(request, now, sent) {
      const url = new URL(request.url);
      const { hostname } = url;
      if (telegramHosts.includes(hostname)) return answerTelegram(url, request, now, sent);
      const service = services.find(({ hosts }) => hosts.includes(hostname));
      if (service === undefined) return undefined;
      if ((request.method ?? "GET") !== "GET") return json(405, { error: "method not allowed" });
      return interference(url, now) ?? service.at.answer(url, now, request.headers ?? {});
    },
    officialHigh(icao, climateDate) {
      const city = cities.find((one) => one.icao === icao);
      const climateDay = parseIsoDate(climateDate);
      if (city === undefined) throw new Error(`this world has no station ${icao}`);
      if (climateDay === undefined) throw new Error(`${climateDate} is no date YYYY-MM-DD`);
      return reports.firstFinal(city, climateDay).max;
    },
    live: { bitcoin, markets: cryptoMarkets, venues },
  };
}

/**
 * The world as `Http`, at the clock's instant. Each request is one attempt: repeating after a refusal is the client's
 * work. A host that this world does not have is a broken network.
 */
export function sandboxHttp(world: World, clock: Clock, sent: SentLog): Http {
  return {
    request(request) {
      const answer = world.answer(request, clock.now(), sent);
      if (answer !== undefined) return Promise.resolve(answer);
      const { hostname } = new URL(request.url);
      return Promise.reject(new HttpError("network", `the sandbox has no host ${hostname}`));
    },
  };
}
