/** The raw text of a Daily Climate Report in the layout of weather.md §3.4. */
import { dateParts, day, isDaylightTime, isoDate, minute, pad, wallClock } from "./calendar.ts";
import { hashText, type Noise } from "./noise.ts";
import type { Report } from "./reports.ts";
import type { Thermometers } from "./temperature.ts";

const recordYear = hashText("record year");
const dots = ".".repeat(67);

/** `0400 PM` style where digits is 4, `234 PM` where it is 0. */
function clockDigits(minuteOfDay: number, digits: number): string {
  const hours = Math.floor(minuteOfDay / 60) % 24;
  const twelve = hours % 12 === 0 ? 12 : hours % 12;
  return `${`${twelve}${pad(minuteOfDay % 60)}`.padStart(digits, "0")} ${hours < 12 ? "AM" : "PM"}`;
}

function clockColon(minuteOfDay: number): string {
  return clockDigits(minuteOfDay, 0).replace(/(\d\d) (AM|PM)$/, ":$1 $2");
}

/** `JULY 9 2026`. */
function longDate(days: number): string {
  const { monthName, dayOfMonth, year } = dateParts(days);
  return `${monthName.toUpperCase()} ${dayOfMonth} ${year}`;
}

export function reportText(report: Report, noise: Noise, thermometers: Thermometers): string {
  const { city, climateDay, issuedAt } = report;
  const wall = wallClock(city.offsetHours, issuedAt);
  const wallDay = Math.floor(wall / day);
  const { monthName, dayOfMonth, year, weekday } = dateParts(wallDay);
  const zone = city.zone[isDaylightTime(city.offsetHours, issuedAt) ? 1 : 0];
  const wallMinute = Math.floor((wall - wallDay * day) / minute);
  const final = report.asOf === undefined;
  const correction = report.marked ? " CORRECTION" : "";
  const time = city.report.colon ? clockColon : (at: number) => clockDigits(at, 0);

  const row = (name: string, value: number, at: number | undefined, record: number, normal: number, last: number) => {
    const when = at === undefined ? "" : time(at);
    const years = 1900 + Math.floor(noise.uniform(recordYear, city.index, climateDay % 366, name.length) * 120);
    const observed = `  ${name.padEnd(12)}${String(value).padStart(6)}${when.padStart(10)}`;
    const normals = `${String(record).padStart(4)}${String(years).padStart(8)}${String(normal).padStart(4)}`;
    const lastYear = final ? String(last).padStart(9) : "";
    return `${observed}${normals}${String(value - normal).padStart(7)}${lastYear}`.padEnd(72);
  };

  const normal = thermometers.normals(city, climateDay);
  const high = Math.round(normal.high);
  const low = Math.round(normal.low);
  const nextNormal = thermometers.normals(city, wallDay + (final ? 0 : 1));
  const last = thermometers.record(city, climateDay - 365);
  const average = Math.round((report.max + report.min) / 2);
  const headed = report.marked ? "CLIMATE REPORT (CORRECTION)" : "CLIMATE REPORT ";
  const asOf = report.asOf === undefined ? "" : clockDigits(report.asOf, 4);
  const short = city.report.shortForm || report.asOf === 6 * 60;
  const headlineDate = `${report.headline} CLIMATE SUMMARY FOR ${longDate(climateDay)}`;
  const stamp = new Date(issuedAt).toISOString();
  const header = `${city.office.wmo} ${city.office.id} ${stamp.slice(8, 10)}${stamp.slice(11, 13)}${stamp.slice(14, 16)}`;
  const sequence = hashText(`${report.productId}/${isoDate(climateDay)}`) % 1000;

  const lines = [
    `${pad(sequence, 3)} `,
    `${header}${report.bbb === undefined ? "" : ` ${report.bbb}`}`,
    report.pil,
    "",
    headed,
    `NATIONAL WEATHER SERVICE ${city.office.name}`,
    `${clockDigits(wallMinute, 0)} ${zone} ${weekday} ${monthName.slice(0, 3).toUpperCase()} ${pad(dayOfMonth)} ${year}`,
    "",
    ".".repeat(35),
    "",
    `...THE ${headlineDate}${correction}...`,
    ...(report.asOf === undefined ? [] : [`VALID ${short ? "" : "TODAY "}AS OF ${asOf} LOCAL TIME.`]),
    "",
    "CLIMATE NORMAL PERIOD: 1991 TO 2020",
    `CLIMATE RECORD PERIOD: 1900 TO ${year}`,
    "",
    "",
    `WEATHER ITEM   OBSERVED TIME   RECORD YEAR NORMAL DEPARTURE${final ? " LAST" : ""}`.padEnd(70),
    `                VALUE   (LST)  VALUE       VALUE  FROM${final ? "      YEAR" : ""}`.padEnd(69),
    "                                                  NORMAL".padEnd(67),
    dots,
    "TEMPERATURE (F)".padEnd(73),
    (final ? " YESTERDAY" : " TODAY").padEnd(69),
    row("MAXIMUM", report.max, report.maxMinute, high + 17, high, last.max),
    row("MINIMUM", report.min, report.minMinute, low - 17, low, last.min),
    `  AVERAGE     ${String(average).padStart(6)}`.padEnd(67),
    "",
    "PRECIPITATION (IN)".padEnd(70),
    `  ${final ? "YESTERDAY" : "TODAY    "}        0.00`.padEnd(70),
    "",
    dots,
    "",
    "",
    `THE ${report.headline} CLIMATE NORMALS FOR ${final ? "TODAY" : "TOMORROW"}`,
    "                         NORMAL    RECORD    YEAR".padEnd(70),
    ` MAXIMUM TEMPERATURE (F)${String(Math.round(nextNormal.high)).padStart(5)}${String(Math.round(nextNormal.high) + 18).padStart(10)}      1951`.padEnd(
      71,
    ),
    ` MINIMUM TEMPERATURE (F)${String(Math.round(nextNormal.low)).padStart(5)}${String(Math.round(nextNormal.low) - 18).padStart(10)}      1912`.padEnd(
      71,
    ),
    "",
    "",
    "-  INDICATES NEGATIVE NUMBERS.",
    "R  INDICATES RECORD WAS SET OR TIED.",
    "MM INDICATES DATA IS MISSING.",
    "T  INDICATES TRACE AMOUNT.",
    "",
    "",
    "",
    "",
    "$$",
    "",
  ];
  return lines.join("\n");
}
