/**
 * The ensemble models: runs, delays, members. A member's path is the smooth truth, colder by the grid's bias, plus the
 * error that all members of a run share, plus its own deviation, which is too small (under-dispersed, weather.md §4.2).
 */
import { hour } from "./calendar.ts";
import type { City } from "./cities.ts";
import { hashText, type Noise } from "./noise.ts";
import { errorSd, leadTo, nodeAt, nodeHour, type Surprises } from "./surprises.ts";
import type { Thermometers } from "./temperature.ts";

export interface EnsembleModel {
  /** Its number among the forecasters. */
  who: number;
  /** Canonical name; answers use it whatever alias was asked for. */
  name: string;
  aliases: readonly string[];
  /** Under which its run is told: /data/<domain>/static/meta.json. */
  domain: string;
  /** Members including the control. */
  members: number;
  everyHours: number;
  /** From the run's nominal hour to its availability. */
  delayHours: number;
  reachHours: number;
  /** Difference of its grid from the other models', °F. */
  biasF: number;
  /** Share of runs that lack their last member. */
  shortRuns: number;
}

/** Names, members and reach: weather.md §1.2. */
export const ensembleModels: readonly EnsembleModel[] = [
  {
    who: 1,
    name: "ncep_gefs_seamless",
    aliases: ["gfs_seamless"],
    domain: "ncep_gefs025",
    members: 31,
    everyHours: 6,
    delayHours: 5.5,
    reachHours: 240,
    biasF: -0.1,
    shortRuns: 0.06,
  },
  {
    who: 2,
    name: "ecmwf_ifs025_ensemble",
    aliases: ["ecmwf_ifs025"],
    domain: "ecmwf_ifs025_ensemble",
    members: 51,
    everyHours: 6,
    delayHours: 7.75,
    reachHours: 360,
    biasF: 0.1,
    shortRuns: 0,
  },
  {
    who: 3,
    name: "icon_seamless_eps",
    aliases: ["icon_seamless"],
    domain: "dwd_icon_eps",
    members: 40,
    everyHours: 12,
    delayHours: 4.25,
    reachHours: 180,
    biasF: 0,
    shortRuns: 0,
  },
];

/**
 * Deterministic models: one path each, told like a control run. The blend errs as its station guidance does (nbm.ts), and
 * IFS as the control of its ensemble. HRRR: its long runs only.
 */
export const deterministicModels: readonly EnsembleModel[] = [
  {
    who: 4,
    name: "ncep_hrrr_conus",
    aliases: ["gfs_hrrr"],
    domain: "ncep_hrrr_conus",
    members: 1,
    everyHours: 6,
    delayHours: 1.75,
    reachHours: 48,
    biasF: 0.3,
    shortRuns: 0,
  },
  {
    who: 5,
    name: "ncep_nbm_conus",
    aliases: [],
    domain: "ncep_nbm_conus",
    members: 1,
    everyHours: 1,
    delayHours: 1.25,
    reachHours: 264,
    biasF: 0.8,
    shortRuns: 0,
  },
  {
    who: 2,
    name: "ecmwf_ifs025",
    aliases: ["ecmwf_ifs04"],
    domain: "ecmwf_ifs025",
    members: 1,
    everyHours: 6,
    delayHours: 6.5,
    reachHours: 240,
    biasF: 0.1,
    shortRuns: 0,
  },
];

const streams = { short: hashText("short run"), steady: hashText("member"), swing: hashText("member at node") };

/** Share of a model's error that all models have in common. */
const commonShare = 0.6;
/** Spread of the members as a share of the error's own size: an honest ensemble would have 1. */
const dispersion = 0.55;

export interface Ensembles {
  /** Nominal instant of the newest run that is out at `now`. */
  latestRun(model: EnsembleModel, now: number): number;
  /** How many members that run has, the control included. */
  memberCount(model: EnsembleModel, run: number): number;
  /**
   * Hourly temperatures in °F of the first `members` members, one array a member (0 is the control), NaN beyond the
   * model's reach. Hours before `run` come from the run that was fresh then, as Open-Meteo stitches them.
   */
  paths(city: City, model: EnsembleModel, run: number, from: number, hours: number, members: number): Float64Array[];
}

/** The newest nominal run at or before an instant. */
const cycle = (model: EnsembleModel, at: number) => {
  const every = model.everyHours * hour;
  return Math.floor(at / every) * every;
};

export function createEnsembles(noise: Noise, thermometers: Thermometers, surprises: Surprises): Ensembles {
  /** The run's error at a node, °F. */
  const commonError = (city: City, model: EnsembleModel, run: number, node: number) => {
    const lead = Math.ceil(Math.max(0, leadTo(city, node, run)));
    const nested =
      Math.sqrt(commonShare) * surprises.until(city, node, lead, 0) +
      Math.sqrt(1 - commonShare) * surprises.until(city, node, lead, model.who);
    const standing =
      Math.sqrt(commonShare) * surprises.analysis(city, node, 0) +
      Math.sqrt(1 - commonShare) * surprises.analysis(city, node, model.who);
    return nested + standing * errorSd(0) * city.climate.difficulty;
  };

  const deviation = (city: City, model: EnsembleModel, run: number, node: number, member: number) => {
    if (member === 0) return 0;
    const lead = Math.max(0, nodeHour(node) - (run / hour + city.offsetHours));
    const runNumber = run / hour;
    const address = (city.index * 4 + model.who) * 64 + member;
    return (
      dispersion *
      errorSd(lead) *
      city.climate.difficulty *
      (0.8 * noise.normal(streams.steady, address, runNumber) +
        0.6 * noise.normal(streams.swing, address, runNumber, node))
    );
  };

  return {
    latestRun: (model, now) => cycle(model, now - model.delayHours * hour),
    memberCount: (model, run) =>
      noise.uniform(streams.short, model.who, run / hour) < model.shortRuns ? model.members - 1 : model.members,
    paths(city, model, run, from, hours, members) {
      const paths = Array.from({ length: members }, () => new Float64Array(hours));
      let node = Number.NaN;
      let usedRun = Number.NaN;
      let common: readonly [number, number] = [0, 0];
      let own: (readonly [number, number])[] = [];
      for (let index = 0; index < hours; index += 1) {
        const at = from + index * hour;
        const place = nodeAt(city, at);
        const source = Math.min(run, cycle(model, at));
        if (place.node !== node || source !== usedRun) {
          node = place.node;
          usedRun = source;
          common = [commonError(city, model, source, node), commonError(city, model, source, node + 1)];
          own = paths.map((_, member) => [
            deviation(city, model, source, place.node, member),
            deviation(city, model, source, place.node + 1, member),
          ]);
        }
        const beyond = at - source > model.reachHours * hour;
        const cold = city.climate.gridCold - model.biasF;
        const mean = thermometers.smooth(city, at) - cold + common[0] * (1 - place.share) + common[1] * place.share;
        for (const [member, path] of paths.entries()) {
          const [left, right] = own[member] ?? [0, 0];
          path[index] = beyond ? Number.NaN : mean + left * (1 - place.share) + right * place.share;
        }
      }
      return paths;
    },
  };
}
