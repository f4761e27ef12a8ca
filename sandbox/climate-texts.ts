/**
 * IEM's `retrieve.py` for the station's daily summary messages (DSM) and the offices' monthly data (CF6): texts between
 * SOH and ETX, or one line that nothing was found (weather.md §3.2, §3.5).
 */
import type { HttpResponse } from "../core/ports.ts";
import { json, plainText } from "./answer.ts";
import { climateDayStart, dateParts, day, hour, minute, pad } from "./calendar.ts";
import type { City } from "./cities.ts";
import { hashText, type Noise } from "./noise.ts";
import { slotsPerDay, type Thermometers } from "./temperature.ts";

interface Product {
  issuedAt: number;
  text(): string;
}

const corrected = hashText("corrected daily summary");
/** Share of days whose message is sent again. */
const correctedShare = 0.02;
const slotMinutes = 1440 / slotsPerDay;
const messageWidth = 69;

export interface ClimateTexts {
  answer(url: URL, now: number): HttpResponse;
}

const clock = (minuteOfDay: number) => `${pad(Math.floor(minuteOfDay / 60))}${pad(minuteOfDay % 60)}`;

function headed(city: City, group: string, pil: string, issuedAt: number, lines: readonly string[], bbb = ""): string {
  const stamp = new Date(issuedAt).toISOString();
  const time = stamp.slice(8, 10) + stamp.slice(11, 13) + stamp.slice(14, 16);
  const wmo = `CXUS${group}${city.office.wmo.slice(-1)}`;
  const sequence = pad(hashText(`${pil}/${issuedAt}`) % 1000, 3);
  return [`${sequence} `, `${wmo} ${city.office.id} ${time}${bbb}`, pil, ...lines, ""].join("\n");
}

export function createClimateTexts(cities: readonly City[], noise: Noise, thermometers: Thermometers): ClimateTexts {
  const texts = new Map<string, string>();
  const kept = (key: string, make: () => string) => {
    let text = texts.get(key);
    if (text === undefined) {
      text = make();
      texts.set(key, text);
    }
    return text;
  };

  /** @param until minute of the climate day up to which the message reaches; 1440 when the day is over */
  const message = (city: City, climateDay: number, until: number, cor: boolean) => {
    const { readings } = thermometers.record(city, climateDay);
    let [maxSlot, minSlot] = [0, 0];
    for (let slot = 1; slot < until / slotMinutes; slot += 1) {
      const value = readings[slot] ?? Number.NaN;
      if (value > (readings[maxSlot] ?? Number.NaN)) maxSlot = slot;
      if (value < (readings[minSlot] ?? Number.NaN)) minSlot = slot;
    }
    const [max, min] = [maxSlot, minSlot].map((slot) => Math.round(readings[slot] ?? Number.NaN));
    const { month, dayOfMonth } = dateParts(climateDay);
    const over = until === 1440;
    const said = `${cor ? "COR " : ""}${over ? "" : `${clock(until)} `}${pad(dayOfMonth)}/${pad(month)}`;
    const rain = Array.from({ length: 24 }, (_, index) => (index * 60 < until ? "00" : "-"));
    const line =
      `${city.icao} DS ${said} ${max}${clock(maxSlot * slotMinutes)}/ ${min}${clock(minSlot * slotMinutes)}// ` +
      `${max}/ ${min}//0021443/00/${rain.join("/")}/71/21201714/21261653/8=`;
    return Array.from({ length: Math.ceil(line.length / messageWidth) }, (_, part) =>
      line.slice(part * messageWidth, (part + 1) * messageWidth),
    );
  };

  const summaries = (city: City, pil: string, climateDay: number): Product[] => {
    const start = climateDayStart(city, climateDay);
    const product = (issuedAt: number, until: number, cor = false): Product => ({
      issuedAt,
      text: () =>
        kept(`${pil}/${issuedAt}`, () =>
          headed(city, "4", pil, issuedAt, message(city, climateDay, until, cor), cor ? " CCA" : ""),
        ),
    });
    const over = start + day + (16 + city.index) * minute;
    return [
      product(start + 16 * hour + 15 * minute, 16 * 60),
      product(over, 1440),
      ...(noise.uniform(corrected, city.index, climateDay) < correctedShare
        ? [product(over + 3 * hour, 1440, true)]
        : []),
    ];
  };

  const monthly = (city: City, pil: string, climateDay: number, issuedAt: number) => {
    const { year, month, monthName, dayOfMonth } = dateParts(climateDay);
    const rule = "=".repeat(80);
    const length = new Date(Date.UTC(year, month, 0)).getUTCDate();
    const sums = { max: 0, min: 0 };
    const rows = Array.from({ length }, (_, index) => {
      const number = String(index + 1).padStart(2);
      if (index >= dayOfMonth) {
        return `${number}   M   M   M   M   M   M    M    M    M    M  M   M   M    M   M         M   M`;
      }
      const { max, min } = thermometers.record(city, climateDay - dayOfMonth + 1 + index);
      sums.max += max;
      sums.min += min;
      const average = Math.round((max + min) / 2);
      const degrees = [max, min, average, 0, Math.max(0, 65 - average), Math.max(0, average - 65)];
      const widths = degrees.map((value) => String(value).padStart(4)).join("");
      return `${number}${widths} 0.00  0.0    0  8.6 17 210   M    M   5        26 210`;
    });
    return headed(city, "5", pil, issuedAt, [
      "PRELIMINARY LOCAL CLIMATOLOGICAL DATA (WS FORM: F-6)",
      "",
      `                                          STATION:   ${city.headline}`,
      `                                          MONTH:     ${monthName.toUpperCase()}`,
      `                                          YEAR:      ${year}`,
      "",
      "  TEMPERATURE IN F:       :PCPN:    SNOW:  WIND      :SUNSHINE: SKY     :PK WND ",
      rule,
      "1   2   3   4   5  6A  6B    7    8   9   10  11  12  13   14  15   16   17  18",
      "                                     12Z  AVG MX 2MIN",
      "DY MAX MIN AVG DEP HDD CDD  WTR  SNW DPTH SPD SPD DIR MIN PSBL S-S WX    SPD DR",
      rule,
      "",
      ...rows,
      rule,
      `SM ${String(sums.max).padStart(4)} ${String(sums.min).padStart(4)}         0   0  0.00     0.0 190.0          M      100`,
      rule,
      "NOTES:",
      "# LAST OF SEVERAL OCCURRENCES",
    ]);
  };

  const month = (city: City, pil: string, climateDay: number): Product => {
    const issuedAt = (climateDay + 1) * day + (city.report.finalUtc + 26) * minute;
    return { issuedAt, text: () => kept(`${pil}/${issuedAt}`, () => monthly(city, pil, climateDay, issuedAt)) };
  };

  /** Products of an id that were entered in [from, until] and are out at `now`. */
  const products = (pil: string, from: number, until: number): Product[] => {
    const city = cities.find((one) => one.icao.slice(1) === pil.slice(3));
    if (city === undefined) return [];
    const days = Math.floor(until / day) - Math.floor(from / day) + 4;
    return Array.from({ length: days }, (_, index) => Math.floor(from / day) - 2 + index)
      .flatMap((climateDay) =>
        pil.startsWith("DSM")
          ? summaries(city, pil, climateDay)
          : pil.startsWith("CF6")
            ? [month(city, pil, climateDay)]
            : [],
      )
      .filter(({ issuedAt }) => issuedAt >= from && issuedAt <= until);
  };

  return {
    answer(url, now) {
      const query = url.searchParams;
      const pils = query.getAll("pil").flatMap((value) => value.split(","));
      if (pils.length === 0 || pils.some((pil) => pil.length < 3 || pil.length > 6)) {
        return json(422, { detail: `Invalid PIL length: ${pils.join(",")}` });
      }
      const from = Date.parse(query.get("sdate") ?? "1980-01-01T00:00Z");
      const until = Date.parse(query.get("edate") ?? new Date(now + day).toISOString());
      const limit = Number(query.get("limit") ?? 1);
      if (Number.isNaN(from) || Number.isNaN(until) || !(limit >= 1 && limit <= 9999)) {
        return json(422, { detail: "sdate, edate or limit is not as expected" });
      }
      const found = pils
        .flatMap((pil) => products(pil, from, Math.min(until, now)))
        .toSorted((a, b) => (query.get("order") === "asc" ? a.issuedAt - b.issuedAt : b.issuedAt - a.issuedAt))
        .slice(0, limit);
      if (found.length === 0) return plainText(200, `ERROR: Could not Find: ${pils.join(",")}`);
      return plainText(200, found.map((one) => `\u0001\n${one.text()}\n\u0003\n`).join(""));
    },
  };
}
