/** The IEM services that the desk reads: lists and texts of products, observations, station guidance (weather.md §3.2). */
import type { HttpResponse } from "../core/ports.ts";
import { json, plainText } from "./answer.ts";
import { day, parseIsoDate, rfc3339 } from "./calendar.ts";
import type { City } from "./cities.ts";
import { createClimateTexts } from "./climate-texts.ts";
import { createNbm } from "./nbm.ts";
import type { Noise } from "./noise.ts";
import { createObservations } from "./observations.ts";
import { reportText } from "./report-text.ts";
import type { Report, Reports } from "./reports.ts";
import type { Surprises } from "./surprises.ts";
import type { Thermometers } from "./temperature.ts";

export const iemHosts: readonly string[] = ["mesonet.agron.iastate.edu"];

export interface Iem {
  answer(url: URL, now: number): HttpResponse;
}

export function createIem(
  cities: readonly City[],
  reports: Reports,
  noise: Noise,
  thermometers: Thermometers,
  surprises: Surprises,
): Iem {
  const observations = createObservations(cities, noise, thermometers);
  const climateTexts = createClimateTexts(cities, noise, thermometers);
  const nbm = createNbm(cities, thermometers, surprises);

  /** Reports of a city that were entered on a UTC date and are out at `now`. */
  const entered = (city: City, date: number, now: number): Report[] =>
    [-2, -1, 0]
      .flatMap((back) => reports.about(city, date + back))
      .filter((one) => Math.floor(one.issuedAt / day) === date && one.issuedAt <= now)
      .toSorted((a, b) => a.issuedAt - b.issuedAt);

  const list = (url: URL, now: number): HttpResponse => {
    const pil = url.searchParams.get("pil");
    const date = parseIsoDate(url.searchParams.get("date") ?? "");
    if (date === undefined) return json(422, { detail: "date: a date YYYY-MM-DD is expected" });
    const city = cities.find((one) => one.pil === pil);
    const data = (city === undefined ? [] : entered(city, date, now)).map((one, index) => ({
      index,
      entered: rfc3339(one.issuedAt),
      pil: one.city.pil,
      product_id: one.productId,
      cccc: one.city.office.id,
      count: 1,
      link: `https://mesonet.agron.iastate.edu/p.php?pid=${one.productId}`,
      text_link: `https://mesonet.agron.iastate.edu/api/1/nwstext/${one.productId}`,
    }));
    return json(200, { data });
  };

  const text = (productId: string, now: number): HttpResponse => {
    const date = parseIsoDate(productId.slice(0, 8).replace(/^(\d{4})(\d{2})(\d{2})$/, "$1-$2-$3"));
    const found =
      date === undefined
        ? undefined
        : cities.flatMap((city) => entered(city, date, now)).find((one) => one.productId === productId);
    if (found === undefined) return json(404, { detail: "Product not found." });
    return plainText(200, reportText(found, noise, thermometers));
  };

  return {
    answer(url, now) {
      if (url.pathname === "/api/1/nws/afos/list.json") return list(url, now);
      if (url.pathname === "/cgi-bin/request/asos.py") return observations.answer(url, now);
      if (url.pathname === "/cgi-bin/request/mos.py") return nbm.answer(url, now);
      if (url.pathname === "/cgi-bin/afos/retrieve.py") return climateTexts.answer(url, now);
      const product = /^\/api\/1\/nwstext\/([^/]+)$/.exec(url.pathname);
      if (product?.[1] !== undefined) return text(decodeURIComponent(product[1]), now);
      return json(404, { detail: "Not Found" });
    },
  };
}
