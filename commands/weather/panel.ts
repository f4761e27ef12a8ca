/** `brier weather panel`: the minute panels of past climate days. */
import { openFolderReader } from "../../adapters/embedded/lake.ts";
import type { Lake } from "../../core/ports.ts";
import type { DayPanel } from "../../core/weather/panel/day-panel.ts";
import { marketMinutes, weatherMinutes } from "../../core/weather/panel/rows.ts";
import { type Station, stations } from "../../core/weather/stations.ts";
import { chooseHome, homeHelp, homeOption } from "../../runtime/chosen-home.ts";
import { exit, type Terminal, UsageError } from "../../runtime/command.ts";
import { homePaths } from "../../runtime/home.ts";
import { homeClock, inOwnedHome } from "../../runtime/owned-home.ts";
import { forReading } from "../../runtime/reader.ts";
import { textTable } from "../../runtime/text-table.ts";
import { makePanels, runningPanel } from "../../runtime/weather-panel.ts";
import { chosenDays, chosenStations, dayOptions } from "./days.ts";
import type { Verb } from "./verb.ts";

const shown = (value: number | undefined, show: (known: number) => string) =>
  value === undefined || Number.isNaN(value) ? "–" : show(value);
const tenths = (value: number) => value.toFixed(1);
const whole = (value: number) => value.toFixed(0);
const percent = (value: number) => `${(100 * value).toFixed(1)} %`;

/** The last minute of the running day's panels. */
async function showRunning(
  lake: Pick<Lake, "get" | "list">,
  chosen: readonly Station[],
  now: number,
  terminal: Terminal,
): Promise<void> {
  const panels: DayPanel[] = [];
  for (const station of chosen) panels.push(await runningPanel(forReading(lake), station, now));
  const last = ({ minutes }: DayPanel) => minutes - 1;
  if (terminal.json) {
    const rows = panels.map((panel) => ({
      weather: weatherMinutes(panel, now).at(-1),
      markets: marketMinutes(panel, now).filter(({ minute }) => minute === last(panel)),
    }));
    terminal.out(JSON.stringify({ now, stations: rows }));
    return;
  }
  terminal.out(`What is known at ${new Date(now).toISOString().slice(0, 16)}Z of the day that is running`);
  terminal.out(
    textTable(
      ["station", "day", "°F", "age min", "°F/h", "max from", "to", "rises in 5 min", "in 60", "mean °F", "sd"],
      panels.map((panel) => {
        const { station, climateDate, temperature, models } = panel;
        const at = last(panel);
        return [
          station.icao,
          climateDate,
          shown(temperature.temperatureF[at], tenths),
          shown(temperature.ageMinutes[at], whole),
          shown(temperature.slope60[at], tenths),
          shown(models.observedLeastF[at], whole),
          shown(models.observedMostF[at], whole),
          shown(models.newMaximumIn5[at], percent),
          shown(models.newMaximumIn60[at], percent),
          shown(models.meanF[at], tenths),
          shown(models.sdF[at], tenths),
        ];
      }),
    ),
  );
  terminal.out("");
  terminal.out(
    textTable(
      ["market", "bid $", "ask $", "age min", "market", "day-ahead", "intraday", "models", "fused"],
      panels.flatMap((panel) =>
        panel.markets.map(({ market, columns }) => {
          const at = last(panel);
          return [
            market.market_ticker,
            shown(columns.bid[at], (value) => value.toFixed(2)),
            shown(columns.ask[at], (value) => value.toFixed(2)),
            shown(columns.ageMinutes[at], whole),
            ...[columns.probability, columns.dayAhead, columns.intraday, columns.model, columns.fused].map((column) =>
              shown(column[at], percent),
            ),
          ];
        }),
      ),
    ),
  );
}

export const panelVerb: Verb = {
  usage: "[--city KMDW] [--from 2026-10-28] [--to 2026-11-03] [--assume] | [--city KMDW] --running [--home FOLDER]",
  options: { ...homeOption, ...dayOptions, assume: { type: "boolean" }, running: { type: "boolean" } },
  help: [
    "  --city NAMES   ICAO ids, series or cities, with commas between them (default all)",
    "  --from DAY     first climate day, YYYY-MM-DD (default: all that have observations); --to DAY the last one",
    "  --assume       rows that were fetched after their day count when a desk at work would have had them: for history",
    "                 that was brought in later. Without it nobody knew them on the day.",
    "  --running      show the present minute of the day that is running; nothing is written",
    homeHelp,
    "",
    "  Makes the tables weather_minutes and market_minutes of the days that are over: what was known at each minute. What the",
    "  same inputs gave before is left as it is, so that it may be stopped and run again. The home must not be in use; with",
    "  --running it may be.",
  ],
  async run(args, terminal) {
    if (args.positionals.length > 0) throw new UsageError(`What is "${args.positionals[0]}"?`);
    const range = chosenDays(args);
    const chosen = chosenStations(args) ?? stations;
    const folder = chooseHome(args, terminal);
    if (args.values["running"] === true) {
      if (range.from !== undefined || range.to !== undefined || args.values["assume"] === true)
        throw new UsageError("--running is of the present day: leave --from, --to and --assume out");
      await showRunning(openFolderReader(homePaths.lake(folder)), chosen, homeClock(folder).now(), terminal);
      return exit.ok;
    }
    const begun = performance.now();
    const outcomes = await inOwnedHome(folder, ({ services: { lake, clock } }) =>
      makePanels(lake, {
        stations: chosen,
        range,
        knowledge: args.values["assume"] === true ? "assumed" : "recorded",
        now: clock.now(),
        onDay(done, of, { station, climateDate }) {
          const left = ((performance.now() - begun) / done / 1000) * (of - done);
          terminal.progress(`${done} of ${of}: ${station} ${climateDate}, ${left.toFixed(0)} s left`);
        },
      }),
    );
    if (terminal.json) terminal.out(JSON.stringify({ home: folder, days: outcomes }));
    else if (outcomes.length === 0) terminal.out("No day of that time that is over has observations in the lake.");
    else {
      terminal.out(
        textTable(
          ["day", "station", "", "readings", "intraday words", "markets", "quotes from"],
          outcomes.map(({ climateDate, station, outcome, made }) => [
            climateDate,
            station,
            { created: "made", repeated: "was there", empty: "no reading" }[outcome],
            made?.readings ?? "–",
            made?.words ?? "–",
            made?.markets ?? "–",
            made?.quoteSource ?? "–",
          ]),
        ),
      );
      const found = outcomes.find(({ outcome }) => outcome !== "empty");
      if (found !== undefined)
        terminal.out(
          `\nThen: brier sql "select * from weather_minutes where station = '${found.station}' order by minute_at limit 10"`,
        );
    }
    return exit.ok;
  },
};
