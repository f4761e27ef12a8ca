/** Writes what the settlement verifier finds of each event, and tells of it once a day. */
import type { Desk, SettlementDay } from "../../core/desk.ts";
import { canonicalJson, sha256 } from "../../core/identity.ts";
import { windowStem } from "../../core/lake-keys.ts";
import type { Services } from "../../core/ports.ts";
import { rollupRules } from "../../core/rules.ts";
import { lateAfterMs, type SettlementCheck, verifySettlement } from "../../core/weather/verify.ts";
import type { TableRow } from "../../schemas/index.ts";
import { dtOf } from "../../schemas/table.ts";
import { stateKeys, update } from "../facts.ts";
import { readDay, readPart, writeParts } from "../parts.ts";
import { findAlerts, raise } from "../raise.ts";
import type { Reader } from "./reader.ts";

const checksVersion = 1;
const day = 86_400_000;
/** For so long after its day an event that is not settled is still waited for; outcomes are asked for as long. */
const settlesWithin = 14 * day;

/** What is kept of an event's last check. */
interface Checked {
  version: number;
  hash: string;
}

/** What a check says, whenever it was found. */
const fingerprinted = [
  "evidence_id",
  "verdict",
  "detail",
  "value_f",
  "settled_at",
  "expiration_value",
  "paid_market",
  "recomputed_market",
  "outcome_agrees",
] as const satisfies (keyof SettlementCheck)[];

function fingerprint(checks: readonly SettlementCheck[]): string {
  return sha256(canonicalJson(checks.map((check) => fingerprinted.map((name) => check[name]))));
}

export interface CheckedEvent {
  desk: Desk;
  eventTicker: string;
  settlement: SettlementDay;
  /** Its markets as settled; none while it is not. */
  markets: readonly TableRow<"kalshi_markets">[];
  now: number;
  reader: Reader;
}

/** Checks one event and writes the rows when they say something new. */
export async function recordChecks(
  { desk, eventTicker, settlement, markets, now, reader }: CheckedEvent,
  { lake, state }: Pick<Services, "lake" | "state">,
): Promise<void> {
  const texts = await reader.texts(settlement, now);
  const refused = await reader.refusedReports(settlement, now);
  const checks = verifySettlement({ markets, texts, refused, day: settlement });
  const key = stateKeys.settlementChecks(eventTicker);
  const before = (await state.get<Checked>(key))?.value;
  if (before?.hash === fingerprint(checks)) return;
  if (before === undefined && !(await reader.watched(desk, eventTicker, settlement))) return;
  const version = (before?.version ?? 0) + 1;
  const rows = checks.map((check): TableRow<"settlement_checks"> => ({
    event_ticker: eventTicker,
    checked_at: now,
    desk: desk.id,
    station: settlement.station,
    climate_date: settlement.climateDate,
    day_end: settlement.end,
    ...check,
    ingested_at: now,
    decoder_version: checksVersion,
  }));
  const { settlement_checks: parts = [] } = await writeParts(
    lake,
    `${desk.id}-${eventTicker}-c${version}`,
    checksVersion,
    {
      settlement_checks: rows,
    },
  );
  // What is stored wins, also over what a repeat of the step finds: then the next tick finds the difference.
  const stored: TableRow<"settlement_checks">[] = [];
  for (const part of parts) stored.push(...(await readPart(lake, "settlement_checks", part.key)));
  const hash = fingerprint(stored);
  await update<Checked>(state, key, (value) =>
    value !== undefined && value.version > version ? undefined : { version, hash },
  );
}

/** Events that the desk saw, whose day ended long enough ago, and that have no outcome. */
async function checkUnsettled(
  desk: Desk,
  now: number,
  reader: Reader,
  services: Pick<Services, "lake" | "state">,
): Promise<void> {
  const events = new Set<string>();
  for (let at = now - settlesWithin; dtOf(at) <= dtOf(now - lateAfterMs); at += day) {
    for (const eventTicker of await reader.eventsOn(desk, dtOf(at))) events.add(eventTicker);
  }
  for (const eventTicker of events) {
    const settlement = desk.settlement.by === "climate-report" ? desk.settlement.day(eventTicker) : undefined;
    if (settlement === undefined || settlement.end + lateAfterMs > now) continue;
    if ((await services.state.get(stateKeys.resolution(eventTicker))) !== undefined) continue;
    await recordChecks({ desk, eventTicker, settlement, markets: [], now, reader }, services);
  }
}

const said = ({ evidence_id, verdict, detail }: SettlementCheck) => `${evidence_id} ${verdict} ${detail}`;

/** Once a day: finds what is late, and raises one alert over all that the checks found since the day before. */
export async function rollUp(
  desk: Desk,
  now: number,
  reader: Reader,
  services: Pick<Services, "lake" | "state" | "queue">,
): Promise<void> {
  await checkUnsettled(desk, now, reader, services);
  const checks: TableRow<"settlement_checks">[] = [];
  for (let at = now - settlesWithin - day; dtOf(at) <= dtOf(now); at += day) {
    const rows = await readDay(services.lake, "settlement_checks", dtOf(at), `${desk.id}-`);
    // What a later tick wrote, while this message waited for its turn, is the next day's news.
    const known = rows.filter(({ checked_at }) => checked_at <= now);
    for (const ofEvent of Map.groupBy(known, ({ event_ticker }) => event_ticker).values()) {
      const last = Math.max(...ofEvent.map(({ checked_at }) => checked_at));
      // One more text that agrees makes the other rows anew: they are no news.
      const told = new Set(ofEvent.filter(({ checked_at }) => checked_at <= now - day).map(said));
      checks.push(...ofEvent.filter((row) => row.checked_at === last && !told.has(said(row))));
    }
  }
  const alerts = await findAlerts(rollupRules, { desk: desk.id, day: dtOf(now), checks }, now, null, services);
  await raise(alerts, windowStem(`${desk.id}-settlements`, now), services);
}
