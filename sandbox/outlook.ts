/** What the best-informed trader believes about the day's official maximum: sharper than any ensemble, never certain
 * before the day is over, and never below what the thermometer has already shown. */
import type { City } from "./cities.ts";
import { hashText, normalCdf, type Noise } from "./noise.ts";
import { afternoonNode, leadTo, type Surprises } from "./surprises.ts";
import { slotAt, slotsPerDay, type Thermometers } from "./temperature.ts";

/** The informed trader's number among the forecasters. */
const who = 4;
const late = hashText("late");

/** Weights of the shared and the own part of the surprises. */
const sharedPart = 0.75;
const ownPart = 0.65;
/** °F of uncertainty that stays until the last reading. */
const residual = 0.4;

export interface Outlook {
  /** P(official maximum <= k), k whole °F. */
  atMost(city: City, climateDay: number, at: number): (k: number) => number;
  expectedHigh(city: City, climateDay: number, at: number): number;
}

export function createOutlook(noise: Noise, thermometers: Thermometers, surprises: Surprises): Outlook {
  /** Mean and spread of the part of the day that is still to come, and what is already certain. */
  const belief = (city: City, climateDay: number, at: number) => {
    const record = thermometers.record(city, climateDay);
    const slot = slotAt(city, climateDay, at);
    const node = afternoonNode(climateDay);
    const lead = Math.max(0, leadTo(city, node, at));
    // A standing disagreement that fades over the last five hours before the afternoon.
    const standing = 0.7 * city.climate.difficulty * Math.min(1, lead / 5);
    const sd = surprises.sd(city, lead);
    const error =
      sharedPart * surprises.until(city, node, lead, 0) +
      ownPart * surprises.until(city, node, lead, who) +
      standing * surprises.analysis(city, node, who) +
      residual * noise.drift(late, slot / 24, city.index, climateDay);
    return {
      certain: Math.round(record.maxBefore[slot] ?? -Infinity),
      mean: (record.maxFrom[slot] ?? -Infinity) + error,
      sd: Math.sqrt((sharedPart ** 2 + ownPart ** 2) * sd ** 2 + standing ** 2 + residual ** 2),
      over: slot >= slotsPerDay,
    };
  };

  return {
    atMost(city, climateDay, at) {
      const { certain, mean, sd, over } = belief(city, climateDay, at);
      return (k) => {
        if (k < certain) return 0;
        return over ? 1 : normalCdf((k + 0.5 - mean) / sd);
      };
    },
    expectedHigh: (city, climateDay, at) => {
      const { certain, mean } = belief(city, climateDay, at);
      return Math.max(certain, mean);
    },
  };
}
