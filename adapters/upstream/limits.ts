/** How fast the upstreams may be asked. Hosts that are not named here have the client's default. */
import type { CallBudget } from "../../core/budget.ts";
import type { RateLimit } from "./rate-limit.ts";

/** Half of what Kalshi's lowest tier grants (20 reads a second); limits without a key are not documented. */
const kalshi: RateLimit = { perSecond: 10, burst: 20 };

/** Its calls are budgeted below; this only keeps them from coming all at once ("Too many concurrent requests"). */
const openMeteo: RateLimit = { perSecond: 1, burst: 4 };

export const upstreamLimits: Readonly<Record<string, RateLimit>> = {
  "external-api.kalshi.com": kalshi,
  "api.elections.kalshi.com": kalshi,
  "ensemble-api.open-meteo.com": openMeteo,
  "api.open-meteo.com": openMeteo,
  "previous-runs-api.open-meteo.com": openMeteo,
  // The Iowa Environmental Mesonet throttles an address to one request a second.
  "mesonet.agron.iastate.edu": { perSecond: 1, burst: 1 },
  // Its limit is not published; a few at once are well below it.
  "api.weather.gov": { perSecond: 2, burst: 6 },
  // Undocumented: as slowly as a reader of the page.
  "weather.com": { perSecond: 0.5, burst: 1 },
  "weather.visualcrossing.com": { perSecond: 1, burst: 2 },
  // About one message a second to a chat.
  "api.telegram.org": { perSecond: 1, burst: 1 },
};

/**
 * Services that count calls by weight and address. Open-Meteo's free tier: one request is as many calls as its places,
 * variables, members and days weigh (core/sources/open-meteo.ts), and all its hosts are taken to count together.
 * Source: open-meteo.com/en/pricing.
 */
export const callBudgets: readonly CallBudget[] = [
  {
    service: "open-meteo",
    hosts: ["api.open-meteo.com", "ensemble-api.open-meteo.com", "previous-runs-api.open-meteo.com"],
    calls: { minute: 600, hour: 5_000, day: 10_000, month: 300_000 },
  },
];
