/** What a fit of the weather parameters came to, as text. */
import { textTable } from "./text-table.ts";
import type { Fit, FitLine } from "./weather-fit.ts";

const signed = (value: number) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(3)}`;
const span = ({ from, until }: { from: string; until: string }) => (from === until ? from : `${from} … ${until}`);

function rowOf({ station, part, trained, score, scored, holds }: FitLine): (string | number)[] {
  const figures =
    scored === null
      ? ["–", "–", "–", "–", "–"]
      : [
          `${scored.blocks} of ${span(scored)}`,
          scored.before.toFixed(3),
          scored.after.toFixed(3),
          signed(scored.difference.mean),
          `${signed(scored.difference.low)} … ${signed(scored.difference.high)}`,
        ];
  return [
    station,
    part.replace("_", "-"),
    trained === null ? "–" : `${trained.days} days, ${span(trained)}`,
    score,
    ...figures,
    holds,
  ];
}

const heads = ["station", "part", "fitted on", "score", "scored on", "prior", "fit", "difference", "95 %", "holds"];

/** Why fits were not taken, the parts of one reason in one line. */
const reasonsOf = (lines: readonly FitLine[]) =>
  Object.entries(Object.groupBy(lines, ({ reason }) => reason ?? "")).map(
    ([reason, own = []]) =>
      `  ${own.map(({ station, part }) => `${station} ${part.replace("_", "-")}`).join(", ")}: ${reason}`,
  );

export function fitText(fit: Fit, { dry, inForce }: { dry: boolean; inForce: boolean }): string {
  const { lines, parameters_version, as_of } = fit;
  const told = (heading: string, own: readonly FitLine[]) => (own.length === 0 ? [] : ["", heading, ...reasonsOf(own)]);
  const fitted = lines.filter(({ holds }) => holds === "fitted").length;
  const count = `${fitted} of ${lines.length} parts fitted`;
  const version = `${parameters_version} as of ${new Date(as_of).toISOString()}`;
  const ending =
    fitted === 0
      ? `${count}: nothing is written, and ${parameters_version} stays in force.`
      : dry
        ? `${version}: ${count}. Nothing was written.`
        : inForce
          ? `${version}: ${count}. Jobs read it from now on, for days after those that it was fitted on.`
          : `${version}: ${count}. Nothing was written: jobs go on reading newer parameters.`;
  return [
    textTable(heads, lines.map(rowOf), 100),
    "",
    "Scores are of a fit that had not seen the days scored; smaller is better. Difference: fit minus prior, whole days drawn.",
    ...told(
      "The prior stays:",
      lines.filter(({ holds }) => holds === "prior"),
    ),
    ...told(
      "What was fitted before stays:",
      lines.filter(({ holds }) => holds === "kept"),
    ),
    "",
    ending,
  ].join("\n");
}
