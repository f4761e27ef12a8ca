/**
 * What nobody knew yet. The error of a forecast is the sum of the surprises between its making and its hour, so a
 * later forecast errs less, and all forecasters err alike to the extent that they share the surprises.
 *
 * Surprises belong to nodes, two a day (03 and 15 local standard time); between nodes errors go over linearly.
 */
import { hour } from "./calendar.ts";
import type { City } from "./cities.ts";
import { hashText, type Noise } from "./noise.ts";

const shared = hashText("surprise");
const analysis = hashText("analysis");

/** Farthest lead that still adds, hours. */
const reach = 120;

/** Standard deviation of an ensemble's error at a lead in hours, °F: about 1.2 at 6 h and 3.0 at 48 h. */
export function errorSd(lead: number): number {
  return 0.95 + 0.043 * Math.min(Math.max(lead, 0), reach);
}

export interface Surprises {
  /**
   * Sum of the surprises of the last `lead` hours before the node, °F, without those at the analysis.
   * `who` 0 is what all forecasters share; each other number is a forecaster's own part, of the same size.
   */
  until(city: City, node: number, lead: number, who: number): number;
  /** Standard deviation of `until`. */
  sd(city: City, lead: number): number;
  /** Standard normal: the part of a forecaster's error that no later run mends. */
  analysis(city: City, node: number, who: number): number;
}

/** Hours of local standard time since 1970 at the node. */
export function nodeHour(node: number): number {
  return node * 12 + 3;
}

/** The node at 15 local standard time of the climate day. */
export function afternoonNode(climateDay: number): number {
  return climateDay * 2 + 1;
}

/** Where an instant lies among the nodes: the node before it and the share of the way to the next. */
export function nodeAt(city: City, at: number): { node: number; share: number } {
  const x = (at / hour + city.offsetHours - 3) / 12;
  const node = Math.floor(x);
  return { node, share: x - node };
}

/** Hours from an instant to the node; negative when it is past. */
export function leadTo(city: City, node: number, at: number): number {
  return nodeHour(node) - (at / hour + city.offsetHours);
}

export function createSurprises(noise: Noise): Surprises {
  const step = Float64Array.from({ length: reach }, (_, lead) =>
    Math.sqrt(errorSd(lead + 1) ** 2 - errorSd(lead) ** 2),
  );
  const sums = new Map<string, Float64Array>();

  const sumsOf = (city: City, node: number, who: number) => {
    const key = `${city.index}/${node}/${who}`;
    let found = sums.get(key);
    if (found === undefined) {
      found = new Float64Array(reach + 1);
      for (let lead = 0; lead < reach; lead += 1) {
        found[lead + 1] =
          (found[lead] ?? 0) +
          (step[lead] ?? 0) * city.climate.difficulty * noise.normal(shared, city.index * 16 + who, node, lead);
      }
      sums.set(key, found);
    }
    return found;
  };

  return {
    until(city, node, lead, who) {
      const hours = Math.min(Math.max(lead, 0), reach);
      const whole = Math.floor(hours);
      const all = sumsOf(city, node, who);
      const from = all[whole] ?? 0;
      return from + ((all[Math.min(whole + 1, reach)] ?? 0) - from) * (hours - whole);
    },
    sd(city, lead) {
      return city.climate.difficulty * Math.sqrt(errorSd(lead) ** 2 - errorSd(0) ** 2);
    },
    analysis(city, node, who) {
      return noise.normal(analysis, city.index * 16 + who, node);
    },
  };
}
