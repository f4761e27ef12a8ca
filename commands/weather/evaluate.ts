/** `brier weather evaluate`: the weather desk's forecasts on real history. */
import { exit, text, UsageError } from "../../runtime/command.ts";
import { evaluate } from "../../runtime/evaluation.ts";
import { evaluationPlots } from "../../runtime/evaluation-plots.ts";
import { evaluationText } from "../../runtime/evaluation-report.ts";
import { writePlots } from "../../runtime/svg.ts";
import type { Verb } from "./verb.ts";

export const evaluateVerb: Verb = {
  usage: "--captures FOLDER [--svg FOLDER]",
  options: { captures: { type: "string" }, svg: { type: "string" } },
  help: [
    "  --captures FOLDER  captured payloads: weather/forecasts, weather/daily, kalshi/weather/miami_minute_prices are read",
    "  --svg FOLDER       also write reliability.svg, pit.svg, pmf.svg and market.svg there",
    "",
    "  Nothing is fitted on the days it is scored on: errors are those of the other months, EMOS knows the days before.",
    "  Exit code 1: in some city or season the dressed forecast's coverage is off by more than 3 points, or its CRPS is not",
    "  better than climatology and persistence. docs/evaluation.md explains the figures.",
  ],
  run(args, terminal) {
    if (args.positionals.length > 0) throw new UsageError(`What is "${args.positionals[0]}"?`);
    const folder = text(args, "captures");
    if (folder === undefined)
      throw new UsageError("Evaluate on what? Give the folder of the captures with --captures.");
    const evaluation = evaluate(folder);
    const { history, market } = evaluation;
    const svgFolder = text(args, "svg");
    if (svgFolder !== undefined) {
      for (const file of writePlots(svgFolder, evaluationPlots(evaluation))) terminal.note(`written: ${file}`);
    }
    const { forecasts, ...rest } = history;
    if (terminal.json) terminal.out(JSON.stringify({ history: { ...rest, forecasts: forecasts.length }, market }));
    else terminal.out(evaluationText(evaluation));
    return Promise.resolve(history.report.verdict.holds && market.verdict.holds ? exit.ok : exit.no);
  },
};
