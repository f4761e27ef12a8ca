/** `brier weather diagnose`: how the desk's own forecasts did. */
import { join } from "node:path";
import { exit, text, UsageError } from "../../runtime/command.ts";
import { diagnosisPlots } from "../../runtime/diagnosis-plots.ts";
import { diagnosisText } from "../../runtime/diagnosis-report.ts";
import { otherOwner } from "../../runtime/home.ts";
import { inOwnedHome } from "../../runtime/owned-home.ts";
import { readerHelp, readerOptions, readerUsage, withReader } from "../../runtime/reader.ts";
import { writePlots } from "../../runtime/svg.ts";
import { diagnoseWeather, keepDiagnosis } from "../../runtime/weather-diagnose.ts";
import { chosenDays, chosenStations, dayOptions } from "./days.ts";
import type { Verb } from "./verb.ts";

export const diagnoseVerb: Verb = {
  usage: `[--city KMDW] [--from 2026-10-28] [--to 2026-11-03] [--out FOLDER] ${readerUsage}`,
  options: { ...readerOptions, ...dayOptions, out: { type: "string" } },
  help: [
    "  --city NAMES   ICAO ids, series or cities, with commas between them (default all)",
    "  --from DAY     first climate day, YYYY-MM-DD (default: all); --to DAY the last one",
    "  --out FOLDER   where reliability.svg, hazard.svg, pit.svg and pmf.svg go (default: weather/ in the home)",
    readerHelp,
    "",
    "  Every figure is also kept in the home's table weather_diagnostics; of a stack, and of a home that another process is",
    "  working in, it is only shown.",
  ],
  async run(args, terminal) {
    if (args.positionals.length > 0) throw new UsageError(`What is "${args.positionals[0]}"?`);
    const { from = "0001-01-01", to = "9999-12-31" } = chosenDays(args);
    const stations = chosenStations(args)?.map(({ icao }) => icao);
    return withReader(args, terminal, async ({ sql, folder }) => {
      const diagnosis = await diagnoseWeather(sql, { stations, from, to });
      if (diagnosis === undefined) {
        if (terminal.json) terminal.out("null");
        else terminal.out("No settled event of that time was forecast: there is nothing to diagnose.");
        return exit.ok;
      }
      const { cases, ...rest } = diagnosis;
      if (terminal.json) terminal.out(JSON.stringify({ ...rest, cases: cases.length }));
      else terminal.out(diagnosisText(diagnosis));
      const owner = folder === undefined ? undefined : otherOwner(folder);
      const own = owner === undefined ? folder : undefined;
      if (owner !== undefined)
        terminal.note(
          `${folder} is in use by process ${owner}: nothing is written there. Stop it to keep the figures.`,
        );
      const out = text(args, "out") ?? (own === undefined ? undefined : join(own, "weather"));
      if (out !== undefined) {
        for (const file of writePlots(out, diagnosisPlots(diagnosis))) terminal.note(`written: ${file}`);
      }
      if (own !== undefined) {
        const kept = await inOwnedHome(own, ({ services }) => keepDiagnosis(services.lake, diagnosis));
        terminal.note(`${kept.created ? "kept" : "was there"}: ${kept.key}`);
      }
      return exit.ok;
    });
  },
};
