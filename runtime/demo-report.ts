/** The demo's summary: as one object, and as it is printed. */
import type { Interval } from "../core/stats/bootstrap.ts";
import { demoIncidents } from "../sandbox/incidents.ts";
import { readSent } from "../sandbox/sent.ts";
import { type Home, homePaths } from "./home.ts";
import { type IntradayStory, intradayStory, storyLines } from "./intraday-story.ts";
import { incidentLines, type IncidentLine } from "./incidents.ts";
import { hashLake, type LakeContents } from "./lake-hash.ts";
import {
  type AlertLine,
  alertsByRule,
  funnel,
  type FunnelLine,
  ledger,
  type LedgerLine,
  readRecords,
  reliability,
  type ReliabilityBin,
  type Scores,
  scores,
} from "./report.ts";

export interface DemoReport {
  seed: string;
  days: number;
  /** Wall clock, everything included. */
  seconds: number;
  /** Playing alone. */
  playedSeconds: number;
  forecasts: number;
  scores: Scores | null;
  reliability: ReliabilityBin[];
  funnel: FunnelLine[];
  /** One city's last whole day; null when it was not forecast. */
  intraday: IntradayStory | null;
  alerts: AlertLine[];
  telegramMessages: number;
  incidents: IncidentLine[];
  ledger: LedgerLine[];
  parked: number;
  lake: LakeContents;
  /** No window missing, no message parked, every incident handled (in a whole demo). */
  sound: boolean;
}

export async function demoReport(
  home: Home,
  played: { seed: string; days: number; playedSeconds: number },
): Promise<DemoReport> {
  const { services, queue, folder, clock } = home;
  const { sql } = services;
  const over = demoIncidents.filter(({ from }) => from < clock.now() - 86_400_000);
  const records = await readRecords(sql);
  const incidents = await incidentLines(over, sql, records);
  const book = await ledger(records, services.state);
  const parked = Object.values(queue.depths()).reduce((sum, depth) => sum + depth.parked, 0);
  return {
    ...played,
    seconds: 0,
    // One part a forecast.
    forecasts: (await services.lake.list("tables/predictions/")).length,
    scores: (await scores(sql)) ?? null,
    reliability: await reliability(sql),
    funnel: funnel(records),
    intraday: (await intradayStory({ folder, lake: services.lake, now: clock.now() })) ?? null,
    alerts: alertsByRule(records),
    telegramMessages: readSent(homePaths.sent(folder)).length,
    incidents,
    ledger: book,
    parked,
    lake: await hashLake(services.lake),
    sound: parked === 0 && book.every(({ missing }) => missing === 0) && incidents.every(({ handled }) => handled),
  };
}

const number = (n: number) => n.toLocaleString("en-US");
const score = ({ mean, low, high }: Interval) => `${mean.toFixed(4)}  [${low.toFixed(4)}, ${high.toFixed(4)}]`;
const signed = (x: number) => `${x < 0 ? "-" : "+"}${Math.abs(x).toFixed(4)}`;

function verdict({ low, high }: Interval): string {
  if (low > 0) return "worse than the market";
  return high < 0 ? "better than the market" : "not distinguishable from the market";
}

function scoreLines(found: Scores | null): string[] {
  if (found === null) return ["  nothing has settled yet"];
  const { brier, difference } = found;
  const versus = (name: string, interval: Interval) =>
    `  ${name.padEnd(18)} ${signed(interval.mean)}  [${signed(interval.low)}, ${signed(interval.high)}]  ${verdict(interval)}`;
  return [
    `  ${number(found.forecasts)} forecasts graded on ${found.climateDays} climate ${found.climateDays === 1 ? "day" : "days"}; n = ${number(found.grades)}: their brackets that had quotes`,
    "  95 % intervals by block bootstrap over climate days",

    `  market             ${score(brier.market)}`,
    `  model              ${score(brier.model)}`,
    `  pool               ${score(brier.pool)}`,
    versus("model - market", difference.model),
    versus("pool - market", difference.pool),
    ...(found.parts.length === 0 ? [] : ["  what the model is made of, where each spoke:"]),
    ...found.parts.map(
      ({ model, difference: own, grades }) => `${versus(`${model} - market`, own)}; n = ${number(grades)}`,
    ),
    ...(found.climateDays < 30 ? [`  ${found.climateDays} days are few: read the intervals, not the means`] : []),
  ];
}

function reliabilityLines(bins: readonly ReliabilityBin[]): string[] {
  const cell = (bin: ReliabilityBin, name: string) => {
    const found = bin.forecasters[name];
    return found === undefined
      ? "".padEnd(24)
      : `${found.meanP.toFixed(3)} ${found.meanOutcome.toFixed(3)} ${number(found.n).padStart(7)}`.padEnd(24);
  };
  return [
    `  ${"p".padEnd(11)}${"weather: said, came, n".padEnd(24)}${"market".padEnd(24)}pool`,
    ...bins.map((bin) =>
      `  ${`${bin.low.toFixed(1)}-${bin.high.toFixed(1)}`.padEnd(11)}${cell(bin, "weather")}${cell(bin, "market")}${cell(bin, "pool")}`.trimEnd(),
    ),
  ];
}

function funnelLines(lines: readonly FunnelLine[]): string[] {
  const total = lines.reduce((sum, { n }) => sum + n, 0);
  return lines.map(({ gate, n }) => {
    const share = total === 0 ? 0 : n / total;
    return `  ${gate.padEnd(24)}${number(n).padStart(8)}  ${(share * 100).toFixed(1).padStart(5)} %  ${"▇".repeat(Math.ceil(share * 30))}`;
  });
}

export function printDemoReport(report: DemoReport, folder: string, out: (line: string) => void): void {
  const section = (title: string, lines: readonly string[]) => {
    out("");
    out(title);
    for (const line of lines) out(line);
  };
  out(`Brier, ${report.days} simulated days, six cities, seed "${report.seed}": ${number(report.forecasts)} forecasts`);
  section("Brier score (lower is better)", scoreLines(report.scores));
  section("Reliability: what was said, how often it came", reliabilityLines(report.reliability));
  section("Gate funnel: where each candidate ended", funnelLines(report.funnel));
  if (report.intraday !== null) section("One day as it ran: what was said of its high", storyLines(report.intraday));
  section(
    `Alerts: ${report.telegramMessages} messages sent`,
    report.alerts.map(
      ({ rule, sent, held }) =>
        `  ${rule.padEnd(24)}${number(sent).padStart(4)} sent ${number(held).padStart(5)} held back`,
    ),
  );
  section(
    "Incidents, and what the desk did",
    report.incidents.flatMap(({ description, response, handled }) => [
      `  ${handled ? "✓" : "✗"} ${description}`,
      `      ${response}`,
    ]),
  );
  section("Ledger of ingest windows", [
    `  ${"source".padEnd(24)}${["expected", "landed", "repeated", "quarantined", "missing"].map((name) => name.padStart(12)).join("")}`,
    ...report.ledger.map(
      ({ source, expected, landed, repeated, quarantined, missing }) =>
        `  ${source.padEnd(24)}${[expected, landed, repeated, quarantined, missing].map((n) => number(n).padStart(12)).join("")}`,
    ),
  ]);
  out("");
  out(`Lake  ${number(report.lake.objects)} objects, ${(report.lake.bytes / 1e6).toFixed(1)} MB in ${folder}/lake`);
  out(`Hash  ${report.lake.hash}  (the same seed gives the same bytes)`);
  out(`Time  ${report.seconds.toFixed(1)} s`);
  out("");
  out('Go on:  npm run brier -- why KXHIGHCHI      npm run brier -- sql "select * from prediction_accuracy"');
  out("        npm run brier -- up --live          (public data, no key; see README)");
}
