/** Asks a world the way the tests need it. */
import type { HttpRequest, HttpResponse } from "../../../core/ports.ts";
import { demoDays, demoStart } from "../../../sandbox/incidents.ts";
import type { SentLog } from "../../../sandbox/sent.ts";
import { createWorld, type World, type WorldOptions } from "../../../sandbox/world.ts";

export const hour = 3_600_000;
export const day = 24 * hour;
export const kalshi = "https://external-api.kalshi.com/trade-api/v2";
export const iem = "https://mesonet.agron.iastate.edu/api/1";

/** The desk's own request: three models, six stations, four days. */
export const ensembleUrl =
  "https://ensemble-api.open-meteo.com/v1/ensemble?latitude=41.7861,25.7906,30.1945,33.9381,39.8467,39.8683" +
  "&longitude=-87.7522,-80.3164,-97.6699,-118.3889,-104.6562,-75.2431&elevation=188,3,148,38,1650,2" +
  "&hourly=temperature_2m&models=ncep_gefs_seamless,ecmwf_ifs025_ensemble,icon_seamless_eps" +
  "&timeformat=unixtime&past_days=1&forecast_days=3";

const noSentLog: SentLog = {
  append() {
    throw new Error("this test sends nothing");
  },
  close() {},
};

export function demoWorld(options: Partial<WorldOptions> = {}): World {
  return createWorld({ seed: "brier", start: demoStart, days: demoDays, incidents: "none", ...options });
}

export function ask(world: World, request: HttpRequest | string, now: number, sent: SentLog = noSentLog): HttpResponse {
  const answer = world.answer(typeof request === "string" ? { url: request } : request, now, sent);
  if (answer === undefined) throw new Error("the world has no such host");
  return answer;
}

/** JSON that the tests look into freely. */
export type Json = ReturnType<JSON["parse"]>;

export function askJson(world: World, url: string, now: number): Json {
  const answer = ask(world, url, now);
  if (answer.status !== 200) throw new Error(`${url}: ${answer.status} ${answer.body}`);
  return JSON.parse(answer.body);
}
