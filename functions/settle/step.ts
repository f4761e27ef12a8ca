/** Takes Kalshi's outcomes as labels, checks them against what they were settled by, and grades the forecasts. */
import type { Desk } from "../../core/desk.ts";
import { desks } from "../../core/desks.ts";
import { gradeMarket } from "../../core/grading/grade.ts";
import type { Resolution } from "../../core/grading/outcome.ts";
import { canonicalJson, sha256 } from "../../core/identity.ts";
import { seriesOfTicker } from "../../core/market/tickers.ts";
import type { Lake, Services } from "../../core/ports.ts";
import { settlementRules } from "../../core/rules.ts";
import type { TableRow } from "../../schemas/index.ts";
import type { Step } from "../deliver.ts";
import { readPointers, stateKeys, update } from "../facts.ts";
import { readPart, writeParts } from "../parts.ts";
import { Permanent } from "../permanent.ts";
import { findAlerts, raise } from "../raise.ts";
import { rollUp } from "./checks.ts";
import { evidenceOf } from "./evidence.ts";
import { Reader } from "./reader.ts";

const settleVersion = 2;

/**
 * Predictions and quotes that came after their event was graded (a queue that stood still) are looked for: once a day,
 * after the morning's settlements, when what the checks of a day found is rolled up, too; of events of an hour once an hour.
 */
function isSweep({ settlement, settleSchedule: { everyMinutes } }: Desk, now: number): boolean {
  const at = new Date(now);
  return (settlement.by === "index-average" || at.getUTCHours() === 15) && at.getUTCMinutes() < everyMinutes;
}

/** What is kept of a settled event. */
interface Settled {
  version: number;
  /** Hash of the exchange's outcomes. */
  outcomes: string;
  /** Hash of the outcomes with their agreement. */
  all: string;
  /** How many predictions were graded, and with how many of them the quotes of the time. */
  graded: string;
}

type Markets = TableRow<"kalshi_markets">[];

function fingerprints({ outcomes }: Resolution): Pick<Settled, "outcomes" | "all"> {
  const said = outcomes.map(({ market_ticker, result, settlement_value, expiration_value }) => ({
    market_ticker,
    result,
    settlement_value,
    expiration_value,
  }));
  return { outcomes: sha256(canonicalJson(said)), all: sha256(canonicalJson(outcomes)) };
}

function resolutionRows(
  desk: Desk,
  resolution: Resolution,
  markets: Markets,
  version: number,
  now: number,
): TableRow<"resolutions">[] {
  return resolution.outcomes.map((outcome) => ({
    ...outcome,
    version,
    desk: desk.id,
    resolved_at: now,
    raw_key: markets.find(({ market_ticker }) => market_ticker === outcome.market_ticker)?.raw_key ?? "",
    ingested_at: now,
    decoder_version: settleVersion,
  }));
}

/** The parts of two tables that one job made lie in folders of one day, under one stem. */
function workOf(key: string): string {
  return key.replace(/^tables\/[^/]+\//, "").replace(/-v\d+\.parquet$/, "");
}

async function gradesOf(
  lake: Lake,
  predictionKeys: readonly string[],
  enrichmentKeys: ReadonlyMap<string, string>,
  resolutions: readonly TableRow<"resolutions">[],
  gradedAt: number,
) {
  const resolutionOf = new Map(resolutions.map((resolution) => [resolution.market_ticker, resolution]));
  const grades: TableRow<"grades">[] = [];
  for (const key of predictionKeys) {
    const marketsKey = key.replace("tables/predictions/", "tables/prediction_markets/");
    const markets = await readPart(lake, "prediction_markets", marketsKey);
    const enrichmentsKey = enrichmentKeys.get(workOf(key));
    const enrichments = enrichmentsKey === undefined ? [] : await readPart(lake, "enrichments", enrichmentsKey);
    for (const prediction of await readPart(lake, "predictions", key)) {
      for (const market of markets) {
        const resolution = resolutionOf.get(market.market_ticker);
        if (market.prediction_id !== prediction.prediction_id || resolution === undefined) continue;
        const enrichment = enrichments.find(
          ({ market_ticker, prediction_id }) =>
            market_ticker === market.market_ticker && prediction_id === prediction.prediction_id,
        );
        grades.push(gradeMarket({ prediction, market, enrichment, resolution, gradedAt }));
      }
    }
  }
  return grades;
}

/** Resolves and grades one event, unless nothing has changed since it was. */
async function settleEvent(
  desk: Desk,
  eventTicker: string,
  markets: Markets,
  now: number,
  reader: Reader,
  services: Pick<Services, "lake" | "state" | "queue">,
): Promise<void> {
  const { lake, state } = services;
  const evidence = evidenceOf({ desk, eventTicker, markets, now, reader });
  const { worked } = evidence;
  const before = (await state.get<Settled>(stateKeys.resolution(eventTicker)))?.value;
  const closed = now > evidence.openUntil;
  if (before !== undefined && closed && fingerprints(evidence.unchecked()).outcomes === before.outcomes) return;
  const resolution = await evidence.resolve();
  // An event is resolved as a whole: a part of its markets may still be disputed.
  if (resolution.pending.length > 0) return;
  const raw_key = markets[0]?.raw_key ?? "";
  if (resolution.outcomes.length === 0) {
    if ((await reader.parts("predictions", desk, eventTicker, worked)).length === 0) return;
    const facts = { event_ticker: eventTicker, raw_key, change: undefined, faults: resolution.faults, resolutions: [] };
    const contradiction = sha256(canonicalJson(resolution.faults)).slice(0, 20);
    const stem = `${desk.id}-${eventTicker}-f${contradiction}`;
    await raise(await findAlerts(settlementRules, facts, now, null, services), stem, services);
    return;
  }
  await evidence.record(services);
  const prints = fingerprints(resolution);
  const changed = before === undefined || before.all !== prints.all;
  if (!changed && !isSweep(desk, now)) return;
  const predictionKeys = await reader.parts("predictions", desk, eventTicker, worked);
  // In the order of the keys: of two versions of one job's work the newer one counts.
  const enriched = new Map(
    (await reader.parts("enrichments", desk, eventTicker, worked)).map((key) => [workOf(key), key]),
  );
  const graded = `n${predictionKeys.length}-q${predictionKeys.filter((key) => enriched.has(workOf(key))).length}`;
  if (!changed && before.graded === graded) return;
  const version = changed ? (before?.version ?? 0) + 1 : before.version;
  const stem = `${desk.id}-${eventTicker}-r${version}`;
  const written = await writeParts(lake, stem, settleVersion, {
    resolutions: resolutionRows(desk, resolution, markets, version, now),
  });
  const resolutions: TableRow<"resolutions">[] = [];
  for (const { key } of written.resolutions ?? []) resolutions.push(...(await readPart(lake, "resolutions", key)));
  // What came late is graded with all others again: the view keeps the latest grade of each.
  const grades = await gradesOf(lake, predictionKeys, enriched, resolutions, now);
  await writeParts(lake, `${stem}-${graded}`, settleVersion, { grades });
  // Events that nobody forecast (those settled before the desk's first day) hurt nobody.
  if (changed && predictionKeys.length > 0) {
    const change = before === undefined ? undefined : before.outcomes === prints.outcomes ? "reports" : "outcome";
    const facts = { event_ticker: eventTicker, raw_key, change, faults: resolution.faults, resolutions } as const;
    await raise(await findAlerts(settlementRules, facts, now, null, services), stem, services);
  }
  await update<Settled>(state, stateKeys.resolution(eventTicker), (stored) =>
    stored !== undefined && stored.version > version ? undefined : { version, ...prints, graded },
  );
}

export const settle: Step<"settle"> = async (message, services) => {
  const desk = desks.find(({ id }) => id === message.desk);
  if (desk === undefined) throw new Permanent(`no desk "${message.desk}"`);
  const now = Date.parse(message.at);
  const { [desk.settlements]: pointer } = await readPointers(services.state, [desk.settlements]);
  const reader = new Reader(services.lake);
  for (const { key, sha256: hash } of pointer?.parts.kalshi_markets ?? []) {
    const markets = (await readPart(services.lake, "kalshi_markets", key, hash)).filter((market) =>
      desk.series.includes(seriesOfTicker(market.market_ticker)),
    );
    for (const [eventTicker, ofEvent] of Map.groupBy(markets, (market) => market.event_ticker)) {
      await settleEvent(desk, eventTicker, ofEvent, now, reader, services);
    }
  }
  if (desk.settlement.by === "climate-report" && isSweep(desk, now)) await rollUp(desk, now, reader, services);
};
