/**
 * Temperatures of surface reports (METAR, FMH-1 chapter 12), as intervals of whole °F. The sensor rounds to whole °F
 * first and converts then: tenths of a degree Celsius give the °F back, whole degrees leave one or two of them open.
 */

export interface Metar {
  /** ICAO id. */
  station: string;
  /** ddhhmm, UTC. */
  time: string;
  /** Tenths of a degree Celsius, from the T group, else from the body; null when neither is there. */
  temperature: number | null;
  /** Whether the temperature comes in whole degrees: from the body, or in the five-minute feed. */
  wholeCelsius: boolean;
  /** Tenths of a degree Celsius, from the group 1snTTT; null when there is none. */
  max6h: number | null;
  /** What the report calls itself, where it does. */
  type: ReportType | undefined;
}

export type ReportType = "five_minute" | "routine" | "special";

export interface FahrenheitInterval {
  low: number;
  high: number;
}

const HEAD = /^(?:(METAR|SPECI) )?(?:COR )?([A-Z][A-Z0-9]{3}) (\d{6})Z(?: |$)/;
const BODY_TEMPERATURE = /(?:^| )(M?)(\d{2})\/(?:M?\d{2})?(?= |$)/;
/** The remark that the archive writes behind what came as the five-minute feed. */
const FIVE_MINUTE_MARK = /(?:^| )MADISHF$/;
/** Half a degree: further apart, T group and body are not of one reading. */
const MAX_DIFFERENCE_TENTHS = 5;

/** The lowest and highest tenths of °C that a report may state: the records of the world, rounded outward. */
const PLAUSIBLE_TENTHS = { low: -900, high: 600 };

const signed = (sign: string | undefined, digits: string | undefined) =>
  sign === "1" || sign === "M" ? -Number(digits) : Number(digits);

/** One report, in any line breaks, with or without the closing `=`. @returns why it cannot be read, else the report */
export function parseMetar(text: string): { metar: Metar } | { refusal: string } {
  const report = text.replace(/=\s*$/, "").trim().replaceAll(/\s+/g, " ");
  const head = HEAD.exec(`${report} `);
  if (head === null) return { refusal: `"${report.slice(0, 40)}" does not begin with a station and ddhhmmZ` };
  const [, word, station = "", time = ""] = head;
  if (Number(time.slice(0, 2)) > 31 || Number(time.slice(2, 4)) > 23 || Number(time.slice(4)) > 59) {
    return { refusal: `time is ${time}Z; it must be ddhhmmZ` };
  }
  const remarksAt = report.search(/ RMK(?: |$)/);
  const body = BODY_TEMPERATURE.exec(remarksAt < 0 ? report : report.slice(0, remarksAt));
  const remarks = remarksAt < 0 ? "" : report.slice(remarksAt);
  const exact = / T([01])(\d{3})(?:[01]\d{3})?(?= |$)/.exec(remarks);
  const six = / 1([01])(\d{3})(?= |$)/.exec(remarks);
  const inBody = body === null ? null : signed(body[1], body[2]) * 10;
  const inRemarks = exact === null ? null : signed(exact[1], exact[2]);
  const max6h = six === null ? null : signed(six[1], six[2]);
  if (inBody !== null && inRemarks !== null && Math.abs(inBody - inRemarks) > MAX_DIFFERENCE_TENTHS) {
    return { refusal: `temperature is ${inBody / 10} °C in the body and ${inRemarks / 10} °C in the T group` };
  }
  for (const tenths of [inBody, inRemarks, max6h]) {
    if (tenths !== null && (tenths < PLAUSIBLE_TENTHS.low || tenths > PLAUSIBLE_TENTHS.high)) {
      return { refusal: `${tenths / 10} °C; expected ${PLAUSIBLE_TENTHS.low / 10} to ${PLAUSIBLE_TENTHS.high / 10}` };
    }
  }
  const fiveMinute = FIVE_MINUTE_MARK.test(remarks);
  const temperature = inRemarks ?? inBody;
  return {
    metar: {
      station,
      time,
      temperature: temperature === 0 ? 0 : temperature,
      // The five-minute feed has a T group too, made from its whole degree: T02300180 is no 23.0.
      wholeCelsius: temperature !== null && (inRemarks === null || (fiveMinute && isWhole(temperature))),
      max6h: max6h === 0 ? 0 : max6h,
      type: fiveMinute ? "five_minute" : word === "SPECI" ? "special" : word === "METAR" ? "routine" : undefined,
    },
  };
}

/** Whether tenths are those of a whole degree. */
export function isWhole(tenths: number): boolean {
  return tenths % 10 === 0;
}

/**
 * The whole °F F for which (F − 32) / 1.8, rounded to the precision, gives the temperature. No such F is half way
 * between two steps, so the direction of rounding halves does not matter. A tenth that no whole °F gives (a sensor that
 * does not work in °F) is bounded by its neighbours.
 */
export function fahrenheitInterval(tenthsC: number, wholeCelsius: boolean): FahrenheitInterval {
  const near = (tenthsC * 9) / 50 + 32;
  const step = wholeCelsius ? 10 : 1;
  const fits = (f: number) => Math.round(((f - 32) * 50) / 9 / step) * step === tenthsC;
  const found = [-2, -1, 0, 1, 2].map((by) => Math.round(near) + by).filter(fits);
  return found.length === 0
    ? { low: Math.floor(near), high: Math.ceil(near) }
    : { low: Math.min(...found), high: Math.max(...found) };
}
