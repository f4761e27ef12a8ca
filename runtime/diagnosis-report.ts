/** The weather desk's diagnosis as text for a terminal. */
import type { DiagnosticFigure } from "../core/weather/evaluation/diagnosis.ts";
import { referenceNames } from "../core/weather/evaluation/references.ts";
import { textTable } from "./text-table.ts";
import type { WeatherDiagnosis } from "./weather-diagnose.ts";

const fixed = (value: number, digits = 2) => value.toFixed(digits).replace("-", "−");
const percent = (value: number) => fixed(100 * value, 1);

function shown(figure: DiagnosticFigure | undefined, show: (value: number) => string = fixed): string {
  if (figure === undefined || figure.value === null) return "–";
  const { value, low, high } = figure;
  return low === null || high === null ? show(value) : `${show(value)} [${show(low)}, ${show(high)}]`;
}

/** What the interval of a difference says. */
function verdictOf({ low, high, days }: DiagnosticFigure): string {
  if (low === null || high === null || days < 2) return "too few days";
  if (high < 0) return "better";
  return low > 0 ? "worse" : "not told from noise";
}

function* sections({ figures, cases, hazards, asOf, scope }: WeatherDiagnosis): Generator<string> {
  const forecasters = [...new Set(figures.map(({ forecaster }) => forecaster))];
  const find = (forecaster: string, measure: string, slice = "all", sliceValue = "") =>
    figures.find(
      (row) =>
        row.forecaster === forecaster &&
        row.measure === measure &&
        row.slice === slice &&
        row.slice_value === sliceValue &&
        row.against === "",
    );
  const days = new Set(cases.map(({ station, climateDate }) => `${station} ${climateDate}`)).size;
  yield `${cases.length} forecasts of settled events, ${days} city-days, ${scope}; outcomes as of ${new Date(asOf).toISOString()}`;
  const sums = figures.filter(({ measure, slice }) => measure === "pmf_sum_error" && slice === "all");
  const worst = Math.max(0, ...sums.map(({ value }) => value ?? 0));
  yield `Every distribution sums to 1 within ${worst.toExponential(1)}.`;

  yield "\nScores (mean, 95 % interval by city-day; smaller is better, bias is the mean minus what came)";
  yield textTable(
    ["", "n", "CRPS °F", "log score", "bracket log score", "RPS", "bias °F", "50 %", "80 %", "90 %"],
    forecasters.flatMap((name) => {
      const any = find(name, "bracket_log_score") ?? find(name, "crps");
      return any === undefined
        ? []
        : [
            [
              name,
              any.n,
              ...["crps", "log_score", "bracket_log_score", "rps", "bias"].map((measure) => shown(find(name, measure))),
              ...[50, 80, 90].map((level) => shown(find(name, `coverage_${level}`), percent)),
            ],
          ];
    }),
  );
  yield "Coverage in %: the expected share of the outcome inside the central interval. References:";
  for (const [name, is] of Object.entries(referenceNames)) yield `  ${name.padEnd(12)} ${is}`;

  for (const [measure, title] of [
    ["crps", "CRPS, °F"],
    ["bracket_log_score", "Log score of the bracket that came, nats"],
  ] as const) {
    const having = forecasters.filter((name) => find(name, measure) !== undefined);
    const places = figures
      .filter(
        (row) => row.measure === measure && row.against === "" && ["station", "lead", "season"].includes(row.slice),
      )
      .map(({ slice, slice_value }) => `${slice}\n${slice_value}`);
    yield `\n${title}, by station, lead and season`;
    yield textTable(
      ["", ...having],
      [...new Set(places)].map((place) => {
        const [slice = "", value = ""] = place.split("\n");
        return [value, ...having.map((name) => shown(find(name, measure, slice, value)))];
      }),
    );
  }

  yield "\nDifferences on the same forecasts: below 0 the first is better";
  yield textTable(
    ["", "minus", "measure", "n", "days", "difference", ""],
    figures
      .filter(({ against, slice }) => against !== "" && slice === "all")
      .map((row) => [
        row.forecaster,
        row.against,
        row.measure.replaceAll("_", " "),
        row.n,
        row.days,
        shown(row, (value) => fixed(value, 3)),
        verdictOf(row),
      ]),
  );

  const hours = [...new Set(figures.filter(({ slice }) => slice === "hour").map((row) => row.slice_value))].toSorted();
  const hourly = forecasters.filter((name) => hours.some((hour) => find(name, "crps", "hour", hour) !== undefined));
  const main = hourly.includes("weather") ? "weather" : hourly[0];
  if (main !== undefined) {
    yield `\nBy hour of the climate day, local standard time (${main})`;
    yield textTable(
      ["hour", "n", "bias °F", "CRPS °F", "50 %", "80 %", "90 %"],
      hours.flatMap((hour) => {
        const crps = find(main, "crps", "hour", hour);
        return crps === undefined
          ? []
          : [
              [
                hour,
                crps.n,
                shown(find(main, "bias", "hour", hour)),
                shown(crps),
                ...[50, 80, 90].map((level) => shown(find(main, `coverage_${level}`, "hour", hour), percent)),
              ],
            ];
      }),
    );
  }

  const hazard = figures.filter(({ measure }) => measure === "new_maximum_reliability");
  yield `\nA new maximum within the hour: said, and come by the feed (${hazards.judged} judged, ${hazards.unjudged} in a hole of the feed)`;
  if (hazard.length > 0)
    yield textTable(
      ["said %", "came %", "n", "days"],
      hazard.map((row) => [percent(row.mean_probability ?? 0), shown(row, percent), row.n, row.days]),
    );
}

export function diagnosisText(diagnosis: WeatherDiagnosis): string {
  return [...sections(diagnosis)].join("\n");
}
