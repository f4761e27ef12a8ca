/** IEM's `mos.py` for the National Blend of Models (NBS): station guidance in steps of three hours, as issued. */
import type { HttpResponse } from "../core/ports.ts";
import { json, plainText } from "./answer.ts";
import { climateDayAt, hour, minute } from "./calendar.ts";
import type { City } from "./cities.ts";
import { afternoonNode, errorSd, leadTo, type Surprises } from "./surprises.ts";
import type { Thermometers } from "./temperature.ts";

/** The blend's number among the forecasters. */
const who = 5;
/** Weights of the shared and the own part of the surprises: the blend errs less than any model in it. */
const sharedPart = 0.7;
const ownPart = 0.4;

const runEvery = 6 * hour;
const firstRun = hour;
const delay = 65 * minute;
const steps = 23;

/** As the archive prints them. */
const columns =
  "runtime,ftime,model,tmp,dpt,wdr,wsp,p06,p12,q06,q12,t06_1,t06_2,t12_2,cig,vis,sky,gst,t03,pzr,psn,ppl,pra,s06,slv,i06,lcb,station,dur,mht,twd,tws,hid,sol,txn,xnd,tsd,dsd,ssd,gsd,ifc,ifv,wsd";

export interface Nbm {
  answer(url: URL, now: number): HttpResponse;
}

const printed = (at: number) => new Date(at).toISOString().slice(0, 19).replace("T", " ");

export function createNbm(cities: readonly City[], thermometers: Thermometers, surprises: Surprises): Nbm {
  const error = (city: City, climateDay: number, run: number) => {
    const node = afternoonNode(climateDay);
    const lead = Math.max(0, leadTo(city, node, run));
    const standing = 0.6 * errorSd(0) * city.climate.difficulty * surprises.analysis(city, node, who);
    return {
      value:
        sharedPart * surprises.until(city, node, lead, 0) + ownPart * surprises.until(city, node, lead, who) + standing,
      sd: Math.max(1, Math.round(0.85 * errorSd(lead) * city.climate.difficulty)),
    };
  };

  const runRows = (city: City, run: number): string[] => {
    const first = Math.ceil((run + 4 * hour) / (3 * hour)) * 3 * hour;
    return Array.from({ length: steps }, (_, step) => {
      const at = first + step * 3 * hour;
      // 00 UTC ends a daytime, 12 UTC a night, everywhere in the contiguous states.
      const utcHour = (at / hour) % 24;
      const climateDay = climateDayAt(city, at - 1);
      const { value, sd } = error(city, climateDay, run);
      const tmp = Math.round(thermometers.smooth(city, at) + value);
      const { max, min } = thermometers.record(city, climateDay);
      const extreme = utcHour === 0 ? Math.round(max + value) : utcHour === 12 ? Math.round(min + value) : undefined;
      const half = utcHour % 6 === 0 ? ["0.0", "0.0", "0.0"] : ["", "", ""];
      const twelve = utcHour % 12 === 0 ? "0.0" : "";
      const high = extreme === undefined ? ["", ""] : [extreme.toFixed(1), sd.toFixed(1)];
      const rain = [half[0], twelve, half[1], twelve, "", half[2], twelve];
      const head = [printed(run), printed(at), "NBS", tmp, tmp - 11, 210, 8];
      const sky = "-88,100,40,14,0,0,0,0,0,,0,,50";
      return [...head, ...rain, sky, city.icao, twelve, "30,24,12,,10", ...high, "2,2,20,4,0,0,2"].join(",");
    });
  };

  return {
    answer(url, now) {
      const query = url.searchParams;
      const [from, until] = ["sts", "ets"].map((name) => Date.parse(query.get(name) ?? ""));
      if (from === undefined || until === undefined || Number.isNaN(from) || Number.isNaN(until)) {
        return json(422, { detail: "Missing sts and/or ets" });
      }
      if (query.get("model") !== "NBS" || query.get("format") !== "csv") {
        return json(422, { detail: "this world has the model NBS in the format csv" });
      }
      const city = cities.find((one) => one.icao === query.get("station"));
      const rows: string[] = [];
      if (city !== undefined) {
        for (let run = Math.ceil((from - firstRun) / runEvery) * runEvery + firstRun; run <= until; run += runEvery) {
          if (run + delay <= now) rows.push(...runRows(city, run));
        }
      }
      return plainText(200, [columns, ...rows, ""].join("\n"));
    },
  };
}
