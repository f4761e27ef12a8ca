/** The demo's summary: as one object, and as it is printed. */
import type { Desk } from "../core/desk.ts";
import { desks } from "../core/desks.ts";
import type { Sql } from "../core/ports.ts";
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
  type ArbitrageLine,
  arbitragesByForm,
  funnel,
  type FunnelLine,
  ledger,
  type LedgerLine,
  readRecords,
  type Records,
  reliability,
  type ReliabilityBin,
  type Scores,
  scores,
} from "./report.ts";

/** What one desk's work amounts to. */
export interface DeskReport {
  desk: string;
  /** The model that its decisions rest on. */
  model: string;
  /** Forecasts made, graded or not. */
  forecasts: number;
  scores: Scores | null;
  reliability: ReliabilityBin[];
  funnel: FunnelLine[];
}

export interface DemoReport {
  seed: string;
  days: number;
  /** Wall clock, everything included. */
  seconds: number;
  /** Playing alone. */
  playedSeconds: number;
  forecasts: number;
  desks: DeskReport[];
  arbitrages: ArbitrageLine[];
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

async function deskReport({ id: desk, model }: Desk, records: Records, sql: Sql): Promise<DeskReport> {
  return {
    desk,
    model,
    forecasts: records.forecasts.filter((forecast) => forecast.desk === desk).length,
    scores: (await scores(sql, desk)) ?? null,
    reliability: await reliability(sql, desk),
    funnel: funnel(records, desk),
  };
}

export async function demoReport(
  home: Home,
  played: { seed: string; days: number; playedSeconds: number },
): Promise<DemoReport> {
  const { services, queue, folder, clock } = home;
  const { sql } = services;
  const over = demoIncidents.filter(({ from }) => from < clock.now() - 86_400_000);
  const records = await readRecords(services);
  const incidents = await incidentLines(over, sql, records);
  const book = await ledger(records, services.state);
  const reports: DeskReport[] = [];
  for (const desk of desks) reports.push(await deskReport(desk, records, sql));
  const parked = Object.values(queue.depths()).reduce((sum, depth) => sum + depth.parked, 0);
  return {
    ...played,
    seconds: 0,
    forecasts: reports.reduce((sum, { forecasts }) => sum + forecasts, 0),
    desks: reports,
    arbitrages: await arbitragesByForm(sql),
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

/** A bootstrap over fewer blocks draws the same few again and again: its interval is too narrow to conclude from. */
const fewestBlocks = 10;

function verdict({ low, high }: Interval, blocks: number): string {
  if (blocks < fewestBlocks) return "too few to say";
  if (low > 0) return "worse than the market";
  return high < 0 ? "better than the market" : "not distinguishable from the market";
}

/** What is graded, in words. */
const gradedMarkets: Readonly<Record<Scores["unit"], string>> = {
  "climate day": "their brackets that had quotes",
  close: "their markets that had quotes",
};

export function scoreLines(found: Scores | null): string[] {
  if (found === null) return ["  nothing has settled yet"];
  const { brier, difference, unit, blocks } = found;
  const versus = (name: string, interval: Interval, of: number) =>
    `  ${name.padEnd(18)} ${signed(interval.mean)}  [${signed(interval.low)}, ${signed(interval.high)}]  ${verdict(interval, of)}`;
  return [
    `  ${number(found.forecasts)} forecasts graded on ${blocks} ${unit}${blocks === 1 ? "" : "s"}; n = ${number(found.grades)}: ${gradedMarkets[unit]}`,
    `  95 % intervals by block bootstrap over ${unit}s`,
    `  market             ${score(brier.market)}`,
    `  model              ${score(brier.model)}`,
    `  pool               ${score(brier.pool)}`,
    versus("model - market", difference.model, blocks),
    versus("pool - market", difference.pool, blocks),
    ...(found.parts.length === 0 ? [] : ["  what the model is made of, where each spoke:"]),
    ...found.parts.map(
      ({ model, difference: own, grades, blocks: ownBlocks }) =>
        `${versus(`${model} - market`, own, ownBlocks)}; n = ${number(grades)}`,
    ),
    ...(blocks < 30 ? [`  ${blocks} ${unit}s are few: read the intervals, not the means`] : []),
  ];
}

function reliabilityLines(bins: readonly ReliabilityBin[], model: string): string[] {
  const cell = (bin: ReliabilityBin, name: string) => {
    const found = bin.forecasters[name];
    return found === undefined
      ? "".padEnd(24)
      : `${found.meanP.toFixed(3)} ${found.meanOutcome.toFixed(3)} ${number(found.n).padStart(7)}`.padEnd(24);
  };
  return [
    `  ${"p".padEnd(11)}${"model: said, came, n".padEnd(24)}${"market".padEnd(24)}pool`,
    ...bins.map((bin) =>
      `  ${`${bin.low.toFixed(1)}-${bin.high.toFixed(1)}`.padEnd(11)}${cell(bin, model)}${cell(bin, "market")}${cell(bin, "pool")}`.trimEnd(),
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

function arbitrageLines(lines: readonly ArbitrageLine[]): string[] {
  if (lines.length === 0) return ["  none was found"];
  return lines.map(
    ({ form, found, distinct, assuming, profit }) =>
      `  ${form.padEnd(24)}${number(distinct).padStart(4)} different${assuming === 0 ? "" : ` (${number(assuming)} with an assumption)`}, seen by ${number(found)} ${found === 1 ? "job" : "jobs"}, $${profit.toFixed(2)} after fees, each at its best`,
  );
}

export function printDemoReport(report: DemoReport, folder: string, out: (line: string) => void): void {
  const section = (title: string, lines: readonly string[]) => {
    out("");
    out(title);
    for (const line of lines) out(line);
  };
  out(`Brier, ${report.days} simulated days, seed "${report.seed}": ${number(report.forecasts)} forecasts`);
  for (const { desk, model, forecasts, scores: found, reliability: bins, funnel: ends } of report.desks) {
    section(`The ${desk} desk, ${number(forecasts)} forecasts: Brier score (lower is better)`, scoreLines(found));
    section(`Reliability of the ${desk} desk: what was said, how often it came`, reliabilityLines(bins, model));
    section(`Gate funnel of the ${desk} desk: where each candidate ended`, funnelLines(ends));
  }
  if (report.intraday !== null) section("One day as it ran: what was said of its high", storyLines(report.intraday));
  section("Arbitrage: sets that pay more than they cost, fees included", arbitrageLines(report.arbitrages));
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
