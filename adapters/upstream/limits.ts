/** How fast the upstreams may be asked. Hosts that are not named here have the client's default. */
import type { RateLimit } from "./rate-limit.ts";

/** Half of what Kalshi's lowest tier grants (20 reads a second); limits without a key are not documented. */
const kalshi: RateLimit = { perSecond: 10, burst: 20 };

/**
 * 600 units a minute and address; one call for three models and six stations costs 73.2 units, so eight fit. The
 * fallback host counts with the usual one.
 */
const openMeteo: RateLimit = { perSecond: 0.1, burst: 2 };

export const upstreamLimits: Readonly<Record<string, RateLimit>> = {
  "external-api.kalshi.com": kalshi,
  "api.elections.kalshi.com": kalshi,
  "ensemble-api.open-meteo.com": openMeteo,
  "api.open-meteo.com": openMeteo,
  // The Iowa Environmental Mesonet throttles an address to one request a second.
  "mesonet.agron.iastate.edu": { perSecond: 1, burst: 1 },
  // About one message a second to a chat.
  "api.telegram.org": { perSecond: 1, burst: 1 },
};
