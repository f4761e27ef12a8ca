/** The members of all stations and models of one window, from JSON to rows, beside a bare JSON.parse of the same bytes. */
import { openMeteoEnsemble } from "../../core/sources/open-meteo-ensemble.ts";
import { stations } from "../../core/weather/stations.ts";
import { openMeteoAnswer } from "../unit/sources/fixtures/open-meteo-answer.ts";
import { type Figure, medianMs } from "./figure.ts";

const models = { ncep_gefs_seamless: 31, ecmwf_ifs025_ensemble: 51, icon_seamless_eps: 40 };

export async function measure(): Promise<Figure[]> {
  const at = Date.parse("2026-11-01T12:02:00Z");
  // Without word of the models' runs, the forecast is asked for.
  const untold = openMeteoEnsemble
    .next({ at }, [], new Set())
    .map(({ url }) => ({ url, status: 404, fetched_at: at, body: "{}" }));
  const [request] = openMeteoEnsemble.next({ at }, untold, new Set());
  if (request === undefined) throw new Error("the forecast was not asked for");
  const firstHour = Date.parse("2026-10-31T00:00:00Z") / 1000;
  const body = JSON.stringify(openMeteoAnswer(stations, { models, firstHour, hours: 96 }));
  const value = await medianMs(60, () => {
    const exchange = { url: request.url, status: 200, fetched_at: at, body };
    const { rows } = openMeteoEnsemble.decode([exchange], { window_at: at, raw_key: "raw/bench" });
    if (rows.weather_ensemble_members === undefined) throw new Error("no member was decoded");
  });
  const baseline = await medianMs(60, () => JSON.parse(body));
  return [{ name: "ensemble-decode", value, unit: "ms", baseline }];
}
