/** What a fit of the weather parameters came to, as text. */
import { textTable } from "./text-table.ts";
import type { Fit, FitLine } from "./weather-fit.ts";

const signed = (value: number) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(3)}`;
const span = ({ from, until }: { from: string; until: string }) => (from === until ? from : `${from} … ${until}`);

function rowOf({ station, part, trained, score, scored, reason }: FitLine): (string | number)[] {
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
    reason === null ? "fitted" : "prior",
  ];
}

const heads = ["station", "part", "fitted on", "score", "scored on", "prior", "fit", "difference", "95 %", "holds"];

export function fitText(fit: Fit, { dry, inForce }: { dry: boolean; inForce: boolean }): string {
  const { lines, parameters_version, as_of } = fit;
  const stays = lines.filter(({ reason }) => reason !== null);
  const told = Object.entries(Object.groupBy(stays, ({ reason }) => reason ?? "")).map(
    ([reason, own = []]) =>
      `  ${own.map(({ station, part }) => `${station} ${part.replace("_", "-")}`).join(", ")}: ${reason}`,
  );
  const fitted = lines.length - stays.length;
  const ending = dry
    ? "Nothing was written."
    : inForce
      ? "Jobs read it from now on, for days after those that it was fitted on."
      : "Jobs go on reading newer parameters; this version is kept.";
  return [
    textTable(heads, lines.map(rowOf), 100),
    "",
    "Scores are of a fit that had not seen the days scored; smaller is better. Difference: fit minus prior, whole days drawn.",
    ...(told.length === 0 ? [] : ["", "The prior stays:", ...told]),
    "",
    `${parameters_version} as of ${new Date(as_of).toISOString()}: ${fitted} of ${lines.length} parts fitted. ${ending}`,
  ].join("\n");
}
