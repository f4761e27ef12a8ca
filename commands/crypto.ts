/** `brier crypto evaluate`: the crypto desk's model and the fee rule on real history. */
import { type Command, exit, text, UsageError } from "../runtime/command.ts";
import { evaluateCrypto } from "../runtime/crypto-evaluation.ts";
import { cryptoEvaluationPlots, cryptoEvaluationText } from "../runtime/crypto-evaluation-report.ts";
import { writePlots } from "../runtime/svg.ts";

export const command: Command = {
  summary: "Evaluate the crypto desk's forecasts and the fee rule on captured history",
  usage: "evaluate --captures FOLDER [--svg FOLDER]",
  options: { captures: { type: "string" }, svg: { type: "string" } },
  help: [
    "  --captures FOLDER  captured payloads: crypto/candles and crypto/kalshi are read",
    "  --svg FOLDER       also write crypto-brier.svg and crypto-reliability.svg there",
    "",
    "Parameters are fitted on the first half of the days, scores are of the second. Exit code 1: a target is missed (at 900 s",
    "no worse than a constant; a Brier score of at most .135 at 300 s, .069 at 120 s, .031 at 60 s). docs/evaluation.md",
    "explains the figures, and those of forecasts hours before a close, which have no target.",
  ].join("\n"),
  async run(args, terminal) {
    const [what, ...more] = args.positionals;
    if (what !== "evaluate" || more.length > 0) throw new UsageError("What? There is evaluate.");
    const folder = text(args, "captures");
    if (folder === undefined)
      throw new UsageError("Evaluate on what? Give the folder of the captures with --captures.");
    const evaluation = evaluateCrypto(folder, (line) => terminal.progress(line));
    terminal.progress("");
    const svgFolder = text(args, "svg");
    if (svgFolder !== undefined) {
      for (const file of writePlots(svgFolder, cryptoEvaluationPlots(evaluation))) terminal.note(`written: ${file}`);
    }
    terminal.out(terminal.json ? JSON.stringify(evaluation) : cryptoEvaluationText(evaluation));
    return evaluation.history.report.verdicts.every(({ holds }) => holds) ? exit.ok : exit.no;
  },
};
