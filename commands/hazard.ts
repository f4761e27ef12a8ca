/** `brier hazard`: a day played through the intraday hazard model. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { stepMinutes } from "../core/weather/hazard/coefficients.ts";
import {
  climateDays,
  isReadings,
  parseOfficialHighs,
  parseReadings,
  readingColumns,
} from "../core/weather/hazard/readings.ts";
import {
  type Fit,
  fitDays,
  hazardVersion,
  type RecordedDay,
  replay,
  type ReplayPoint,
} from "../core/weather/hazard/replay.ts";
import { type Station, stations } from "../core/weather/stations.ts";
import { type Arguments, type Command, CommandError, exit, text, UsageError } from "../runtime/command.ts";
import { hazardPlots } from "../runtime/hazard-plots.ts";
import { messageOf } from "../runtime/message-of.ts";
import { recordedFiles } from "../runtime/recorded-files.ts";
import { writePlots } from "../runtime/svg.ts";
import { textTable } from "../runtime/text-table.ts";
import { climateDayAt, climateDayStart, day as dayMs, minute } from "../sandbox/calendar.ts";
import { allCities } from "../sandbox/cities.ts";
import { demoStart } from "../sandbox/incidents.ts";
import { createNoise } from "../sandbox/noise.ts";
import { createThermometers } from "../sandbox/temperature.ts";

const defaultSeed = "brier";
/** Days of the simulated world that the demo's model is fitted on, those before the day it shows. */
const demoFitDays = 20;

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new CommandError(`${file} cannot be read: ${messageOf(error)}`);
  }
}

/** The recording of readings that is given, or that lies in the folder given or below it. */
function recordingOf(given: string): string {
  if (statSync(given, { throwIfNoEntry: false })?.isDirectory() !== true) return given;
  const found = recordedFiles(given)
    .filter((file) => file.endsWith(".csv"))
    .map((file) => join(given, file))
    .filter((file) => isReadings(read(file)));
  const [only, ...others] = found;
  if (only !== undefined && others.length === 0) return only;
  throw new CommandError(
    only === undefined
      ? `${given} holds no CSV file with the columns ${readingColumns.join(", ")}. Give such a file, or a folder with one.`
      : `${given} holds several recordings (${found.join(", ")}). Give one of them.`,
  );
}

/** The file with official highs that lies beside a recording. */
function officialBeside(captures: string): string | undefined {
  const found = readdirSync(dirname(captures)).filter((name) => /^cli_settlement.*\.csv$/.test(name));
  return found.length === 1 ? join(dirname(captures), found[0] ?? "") : undefined;
}

function recordedDays(
  station: Station,
  file: string,
  official: string | undefined,
  note: (line: string) => void,
): RecordedDay[] {
  try {
    const { readings, refused } = parseReadings(read(file));
    for (const line of refused) note(`refused: ${line}`);
    const highs = official === undefined ? new Map<string, number>() : parseOfficialHighs(read(official));
    return [...climateDays(station, readings)].map(([date, own]) => ({
      date,
      readings: own,
      officialF: highs.get(`${station.icao} ${date}`),
    }));
  } catch (error) {
    if (error instanceof RangeError) throw new CommandError(`${file}: ${error.message}`);
    throw error;
  }
}

/** The simulated world's thermometer as the feed shows it: whole °F made into whole °C, every five minutes. */
function demoDays(station: Station, seed: string): RecordedDay[] {
  const city = allCities.find(({ icao }) => icao === station.icao);
  if (city === undefined) throw new CommandError(`the simulated world has no station ${station.icao}`);
  const thermometers = createThermometers(createNoise(seed));
  const shown = climateDayAt(city, demoStart + dayMs);
  const recorded: { station: string; at: number; temperatureF: number }[] = [];
  const highs = new Map<string, number>();
  for (let climateDay = shown - demoFitDays; climateDay <= shown; climateDay++) {
    const { readings, max } = thermometers.record(city, climateDay);
    highs.set(new Date(climateDay * dayMs).toISOString().slice(0, 10), max);
    for (const [step, value] of readings.entries()) {
      const celsius = Math.round((Math.round(value) - 32) / 1.8);
      const at = climateDayStart(city, climateDay) + step * 5 * minute;
      recorded.push({ station: station.icao, at, temperatureF: celsius * 1.8 + 32 });
    }
  }
  return [...climateDays(station, recorded)].map(([date, readings]) => ({
    date,
    readings,
    officialF: highs.get(date),
  }));
}

/** The day asked for; else, of those with an official high, the one with most readings, the later of equals. */
function chosen(days: readonly RecordedDay[], date: string | undefined, demo: boolean): RecordedDay {
  const candidates = demo ? days.slice(-1) : days.filter(({ officialF }) => officialF !== undefined);
  const found =
    date === undefined
      ? (candidates.length > 0 ? candidates : days).toSorted((a, b) => a.readings.length - b.readings.length).at(-1)
      : days.find((one) => one.date === date);
  if (found === undefined)
    throw new CommandError(
      `no readings of the climate day ${date ?? "(any)"}; there are ${days.map((one) => one.date).join(", ") || "none"}`,
    );
  return found;
}

const percent = (p: number | null) => (p === null ? "–" : `${(p * 100).toFixed(1)} %`);
const degrees = (f: number | null) => (f === null ? "–" : f.toFixed(1));

/** Hours and minutes of a minute of the day. */
const clock = (minutes: number) =>
  `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;

/** Whole °F at which the distribution reaches a share. */
function quantile({ pmfLow, pmf }: ReplayPoint, share: number): number {
  let sum = 0;
  for (const [index, p] of pmf.entries()) {
    sum += p;
    if (sum >= share) return pmfLow + index;
  }
  return pmfLow + pmf.length - 1;
}

function lines(label: string, shown: RecordedDay, fit: Fit, points: readonly ReplayPoint[]): string[] {
  const { officialF } = shown;
  const rows = points
    .filter(({ step }) => step % 12 === 0 || step === points.length - 1)
    .map((point) => [
      clock(point.step * stepMinutes),
      degrees(point.last?.temperatureF ?? null),
      degrees(point.feedMaxF),
      String(quantile(point, 0.1)),
      String(quantile(point, 0.5)),
      String(quantile(point, 0.9)),
      percent(officialF === undefined ? null : (point.pmf[officialF - point.pmfLow] ?? 0)),
      percent(point.newMaximumIn5),
      percent(point.newMaximumIn60),
    ]);
  return [
    `${label}: official high ${officialF === undefined ? "unknown" : `${officialF} °F`}. Hours are local standard time, temperatures °F.`,
    "",
    textTable(["time", "feed", "max", "10 %", "median", "90 %", "P(official)", "rises in 5 min", "in 60"], rows),
    "",
    ...(points.at(-1)?.setAside ?? []).map(
      ({ reading, reason }) =>
        `Set aside: ${reading.temperatureF.toFixed(1)} °F at ${clock(reading.minute)}, ${reason}.`,
    ),
    `Baseline: two harmonics and the mean level of ${fit.dates.length} other days (${fit.dates.join(", ")}), peak ${Math.max(...fit.baseline).toFixed(1)} °F.`,
    `Nothing of ${shown.date} is in it; the day's readings enter by the present residual, each from its own time on.`,
    `Residual (spread ${fit.residuals.spread.toFixed(1)} °F), by minute of day: ${fit.residuals.buckets
      .map(
        ({ fromMinute, phi, sigma, pairs, pooled }) =>
          `from ${fromMinute} phi ${phi.toFixed(4)}, sigma ${sigma.toFixed(2)} (${pairs} pairs${pooled ? ", too few: the whole day's" : ""})`,
      )
      .join("; ")}.`,
    `Official minus feed: mean ${fit.peakOffset.meanF.toFixed(2)}, sd ${fit.peakOffset.sdF.toFixed(2)} °F, from a prior and ${fit.offsetDates.length} days (${fit.offsetDates.join(", ") || "none"}).`,
    "The other days include later ones where the recording has them: a cross-validation of the model, not a record of what was said then.",
  ];
}

function daysOf(args: Arguments, station: Station, note: (line: string) => void): RecordedDay[] {
  const captures = text(args, "captures");
  const demo = args.values["demo"] === true;
  if (demo === (captures !== undefined)) throw new UsageError("Give either --captures FILE or --demo.");
  if (captures === undefined) return demoDays(station, text(args, "seed") ?? defaultSeed);
  const file = recordingOf(captures);
  return recordedDays(station, file, text(args, "official") ?? officialBeside(file), note);
}

export const command: Command = {
  summary: "Play one day through the intraday model: the high's distribution narrowing, and the hazard",
  usage: "<station> --captures FILE | --demo [--official FILE] [--date 2026-01-30] [--svg FOLDER] [--seed brier]",
  options: {
    captures: { type: "string" },
    demo: { type: "boolean" },
    official: { type: "string" },
    date: { type: "string" },
    svg: { type: "string" },
    seed: { type: "string" },
  },
  help: [
    "  --captures FILE  five-minute temperatures: CSV with stid, valid_utc, temp_f; four days or more of the station. A folder",
    "                   does as well when one such file lies in it or below",
    "  --official FILE  official highs: CSV with station, climate_date, cli_tmax_f (default: cli_settlement*.csv beside FILE)",
    "  --demo           a day of the simulated world instead; --seed TEXT names another world",
    "  --date DAY       climate day to show (default: the one with an official high and most readings)",
    "  --svg FOLDER     write pmf.svg and hazard.svg there",
    "",
    "Fits the model on the other days and plays the one shown reading by reading; the last lines say what was fitted on what.",
    "Example: brier hazard KMDW --demo --svg plots",
  ].join("\n"),
  run(args, terminal) {
    const [icao, ...more] = args.positionals;
    const station = stations.find((one) => one.icao === icao?.toUpperCase());
    if (station === undefined || more.length > 0)
      throw new UsageError(`Which station? One of ${stations.map((one) => one.icao).join(", ")}.`);
    const all = daysOf(args, station, (line) => terminal.note(line));
    const shown = chosen(all, text(args, "date"), args.values["demo"] === true);
    let fit: Fit;
    try {
      fit = fitDays(all.filter((day) => day !== shown));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new CommandError(`the days beside ${shown.date} are not enough to fit a model: ${error.message}`);
    }
    const points = replay(fit, shown.readings);
    const label = `${station.city} (${station.icao}), ${shown.date}`;

    if (terminal.json) {
      const { baseline, ...rest } = fit;
      terminal.out(
        JSON.stringify({
          station: station.icao,
          date: shown.date,
          official_f: shown.officialF ?? null,
          model: "intraday-hazard",
          model_version: hazardVersion,
          fit: { ...rest, baseline: [...baseline] },
          points,
        }),
      );
    } else for (const line of lines(label, shown, fit, points)) terminal.out(line);

    const folder = text(args, "svg");
    if (folder !== undefined) {
      for (const file of writePlots(folder, hazardPlots(label, points, shown.officialF)))
        terminal.note(`wrote ${file}`);
    }
    return Promise.resolve(exit.ok);
  },
};
