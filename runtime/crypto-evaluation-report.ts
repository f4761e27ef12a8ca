/** The evaluation of the crypto desk as text for a terminal, and as plots. */
import { basename } from "node:path";
import * as Plot from "@observablehq/plot";
import { type HourMethod, hourMethods, type HourReport, levels } from "../core/crypto/evaluation/hours.ts";
import { type LastMinuteMethod, lastMinuteMethods } from "../core/crypto/evaluation/last-minute.ts";
import { type HorizonReport, type Method, methods } from "../core/crypto/evaluation/report.ts";
import { type EpochFees, type Explanation, explanations } from "../core/crypto/evaluation/order-fees.ts";
import type { Interval } from "../core/stats/bootstrap.ts";
import { logLossClip } from "../core/stats/scoring.ts";
import type { CryptoEvaluation } from "./crypto-evaluation.ts";
import { reliabilitySvg } from "./reliability-plot.ts";
import { blue, grey, type NamedPlot, orange, plotSvg } from "./svg.ts";
import { textTable } from "./text-table.ts";

const order = Object.keys(methods) as Method[];
const others = ["constant", "momentum", "no_window", "desk"] as const satisfies readonly Method[];
const minuteOf = (ms: number) => `${new Date(ms).toISOString().slice(0, 16).replace("T", " ")}Z`;
const fixed = (value: number, digits: number) => value.toFixed(digits).replace("-", "−");
const four = (value: number) => fixed(value, 4);
const interval = ({ low, high }: Interval) => `[${four(low)}, ${four(high)}]`;
const signed = (value: number) => `${value > 0 ? "+" : ""}${four(value)}`;
/** A difference whose interval holds 0 cannot be told from it. */
const difference = (figure: Interval) =>
  `${signed(figure.mean)} ${interval(figure)}${figure.low <= 0 && figure.high >= 0 ? " ~0" : ""}`;

/** How many forecasts the mean log loss takes for surer of the outcome than they were. */
function clippedText<M extends string>(
  of: readonly M[],
  reports: readonly { seconds: number; scores: Record<M, { clipped: number }> }[],
): string {
  const clipped = reports.flatMap(({ seconds, scores }) =>
    of
      .filter((method) => scores[method].clipped > 0)
      .map((method) => `${method} ${scores[method].clipped} at ${seconds} s`),
  );
  return clipped.length === 0
    ? `No forecast gave the outcome less than ${logLossClip}.`
    : `Forecasts that gave the outcome less than ${logLossClip}, scored as that: ${clipped.join(", ")}.`;
}

function historyText({ history }: CryptoEvaluation): string[] {
  const { report } = history;
  const { distribution, momentum } = report.parameters;
  const table = (head: readonly string[], cells: (horizon: HorizonReport) => (string | number)[]) =>
    textTable(
      ["s before", "n", ...head],
      report.horizons.map((one) => [one.seconds, one.n, ...cells(one)]),
    );
  return [
    `${history.bars} one-minute bars, ${minuteOf(history.from)} to ${minuteOf(history.until)}. Every quarter-hour is a market:`,
    "does the average of its last minute reach that of the minute before it opened? A minute's average is a quarter of",
    "open + high + low + close; the newest price is the last close. Nothing after a forecast's instant is read for it.",
    "",
    `fitted on ${report.fittedOn.quarters} quarter-hours until ${minuteOf(report.fittedOn.until)} (${fixed(100 * report.shareOfYes.fittedOn, 1)} % Yes)`,
    `scored on ${report.scoredOn.quarters} from ${minuteOf(report.scoredOn.from)}: ${report.scoredOn.days} days (${fixed(100 * report.shareOfYes.scoredOn, 1)} % Yes)`,
    "",
    "Methods",
    ...order.map((method) => `  ${method.padEnd(10)} ${methods[method]}`),
    "",
    "Brier score (mean, 95 % interval by day: smaller is better)",
    table(order, ({ scores }) =>
      order.map((method) => `${four(scores[method].brier.mean)} ${interval(scores[method].brier)}`),
    ),
    "",
    "Log loss, nats",
    table(order, ({ scores }) =>
      order.map((method) => `${four(scores[method].logLoss.mean)} ${interval(scores[method].logLoss)}`),
    ),
    clippedText(order, report.horizons),
    "",
    "Brier score of fitted minus that of … (below 0 it is better; ~0: not distinguishable from noise)",
    table(others, ({ differences }) => others.map((method) => difference(differences[method]))),
    "",
    `Fitted: variance x ${distribution.varianceScale}, Student's t (${distribution.degreesOfFreedom}) from ${distribution.studentWithinSeconds} s, wide share ${distribution.wideShare},`,
    `momentum ${momentum.weights.map(({ seconds, weight }) => `${fixed(weight, 3)} at ${seconds} s`).join(", ")}`,
    "",
    ...report.verdicts.map(
      ({ seconds, brier, limit, holds }) =>
        `${String(seconds).padStart(3)} s: ${four(brier)} ${holds ? "≤" : ">"} ${four(limit)}  ${holds ? "holds" : "MISSED"}${seconds === 900 ? " (the better constant)" : ""}`,
    ),
  ];
}

function hoursText({ history: { hours } }: CryptoEvaluation): string[] {
  if (hours.length === 0) return ["Too few days of bars to score forecasts hours before a close."];
  const names = Object.keys(hourMethods) as HourMethod[];
  const before = (seconds: number) => (seconds < 3_600 ? `${seconds / 60} min` : `${seconds / 3_600} h`);
  const table = (head: readonly string[], cells: (hour: HourReport) => (string | number)[]) =>
    textTable(
      ["before", "n", "apart", ...head],
      hours.map((hour) => [before(hour.seconds), hour.n, hour.apart, ...cells(hour)]),
    );
  const percent = ({ mean, low, high }: Interval) => `${fixed(mean, 1)} [${fixed(low, 1)}, ${fixed(high, 1)}]`;
  const compared = ["climate", "sqrt", "gaussian", "fitted"] as const satisfies readonly HourMethod[];
  return [
    "Hours before hourly closes: what the last minute's average may be. First half of the days to fit on, second to score;",
    "what lies across their border is in neither. `apart`: closes that have no hour in common. Intervals by day are too narrow",
    "where a forecast reaches across days.",
    ...names.map((method) => `  ${method.padEnd(10)} ${hourMethods[method]}`),
    "",
    "Brier score over the thresholds of every $250, eight on each side of the price",
    table(names, ({ scores }) =>
      names.map((method) => `${four(scores[method].brier.mean)} ${interval(scores[method].brier)}`),
    ),
    "",
    "Brier score of the desk minus that of …, and log loss of the $100 range that came, desk minus gaussian",
    table([...compared, "log loss"], ({ differences, gaussianLogLoss }) => [
      ...compared.map((method) => difference(differences[method])),
      difference(gaussianLogLoss),
    ]),
    "",
    ...levels.flatMap((level) => [
      `Outcomes inside the central ${level} %, in %`,
      table(names, ({ scores }) => names.map((method) => percent(scores[method].coverage[level]))),
      "",
    ]),
    `Chosen on the first part: ${hours
      .map(
        ({ seconds, fitted: { degreesOfFreedom, varianceScale } }) =>
          `${before(seconds)} ${degreesOfFreedom === null ? "Gaussian" : `t(${degreesOfFreedom})`}, variance x ${varianceScale}`,
      )
      .join("; ")}.`,
  ];
}

function lastMinuteText({ lastMinute }: CryptoEvaluation): string[] {
  if (lastMinute === null) return ["No captured one-second trades: the last minute is not scored."];
  const of = Object.keys(lastMinuteMethods) as LastMinuteMethod[];
  return [
    `Inside the last minute, from the one-second trades of one day (${basename(lastMinute.file)}): the last trade is the print of each second`,
    ...of.map((method) => `  ${method.padEnd(10)} ${lastMinuteMethods[method]}`),
    "Brier score, log loss (mean, 95 % interval by hour)",
    textTable(
      ["s before", "n", ...of.flatMap((method) => [`${method} Brier`, `${method} log loss`])],
      lastMinute.reports.map(({ seconds, n, scores }) => [
        seconds,
        n,
        ...of.flatMap((method) =>
          [scores[method].brier, scores[method].logLoss].map((figure) => `${four(figure.mean)} ${interval(figure)}`),
        ),
      ]),
    ),
  ];
}

function feeText({ fees }: CryptoEvaluation): string[] {
  if (fees === null) return ["No captured orders: the fee rule is not compared."];
  const kinds = Object.keys(explanations) as Explanation[];
  const rows = fees.epochs.map(({ from, orders, byExplanation, ceilToCent }) => [
    from,
    orders,
    ...kinds.map((kind) => byExplanation[kind]),
    ceilToCent,
  ]);
  const { epochs } = fees;
  const total = (of: (epoch: EpochFees) => number) => epochs.reduce((sum, epoch) => sum + of(epoch), 0);
  return [
    "Fees of captured orders: how many come out to the last digit, by the epoch of the rounding rule",
    textTable(
      ["rule from", "orders", ...kinds, "ceil to cent"],
      [
        ...rows,
        [
          "all",
          total(({ orders }) => orders),
          ...kinds.map((kind) => total(({ byExplanation }) => byExplanation[kind])),
          total(({ ceilToCent }) => ceilToCent),
        ],
      ],
    ),
    ...kinds.map((kind) => `  ${kind.padEnd(16)} ${explanations[kind]}`),
    "An order gives the cost of all its fills together: all but one_fill rest on fills that would have cost as much.",
  ];
}

export function cryptoEvaluationText(evaluation: CryptoEvaluation): string {
  return [
    ...historyText(evaluation),
    "",
    ...hoursText(evaluation),
    "",
    ...lastMinuteText(evaluation),
    "",
    ...feeText(evaluation),
  ].join("\n");
}

/** The two of the desk's own lie on each other: one of them is shown. */
const shownMethods = { constant: grey, momentum: "#b08bd0", no_window: orange, fitted: blue } as const;

function scorePlot({ history }: CryptoEvaluation): string {
  const methodsShown = Object.keys(shownMethods) as (keyof typeof shownMethods)[];
  const points = history.report.horizons.flatMap(({ seconds, scores }) =>
    methodsShown.map((method) => ({ method, seconds, ...scores[method].brier })),
  );
  const nearest = Math.min(...points.map(({ seconds }) => seconds));
  return plotSvg("Brier score by time to the close, with 95 % intervals by day", {
    width: 820,
    height: 460,
    marginLeft: 56,
    marginRight: 90,
    marginBottom: 48,
    x: {
      type: "point",
      domain: history.report.horizons.map(({ seconds }) => seconds),
      label: "seconds before the close",
      tickFormat: (tick: number) => String(tick),
    },
    y: { label: "Brier score", grid: true, domain: [0, 0.27] },
    color: { domain: methodsShown, range: Object.values(shownMethods) },
    marks: [
      Plot.ruleX(points, { x: "seconds", y1: "low", y2: "high", stroke: "method", strokeOpacity: 0.5 }),
      Plot.lineY(points, { x: "seconds", y: "mean", stroke: "method" }),
      Plot.dot(points, { x: "seconds", y: "mean", fill: "method", r: 2.5 }),
      Plot.text(
        points.filter(({ seconds }) => seconds === nearest),
        { x: "seconds", y: "mean", text: "method", fill: "method", dx: 10, textAnchor: "start" },
      ),
      Plot.ruleY([0]),
    ],
  });
}

function reliabilityPlot({ history }: CryptoEvaluation): string {
  const shown = history.report.horizons.filter(({ seconds }) => [600, 300, 120].includes(seconds));
  const points = shown.flatMap(({ seconds, reliability }) =>
    reliability.flatMap(({ n, meanProbability, meanOutcome }) =>
      meanProbability === null || meanOutcome === null
        ? []
        : [{ panel: `${seconds} s`, n, x: meanProbability, y: meanOutcome }],
    ),
  );
  return reliabilitySvg("Reliability of the fitted forecasts: share of Yes by what was said, and how many", points, {
    width: 1020,
    height: 400,
    panels: shown.map(({ seconds }) => `${seconds} s`),
    ticks: 5,
  });
}

/** File name and text of each plot. */
export function cryptoEvaluationPlots(evaluation: CryptoEvaluation): NamedPlot[] {
  return [
    { name: "crypto-brier.svg", svg: scorePlot(evaluation) },
    { name: "crypto-reliability.svg", svg: reliabilityPlot(evaluation) },
  ];
}
