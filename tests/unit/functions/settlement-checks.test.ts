/** The daily pass over the settlement checks: what is late is found, and told once. */
import { beforeEach, describe, expect, it } from "vitest";
import { decodePart, encodePart } from "../../../adapters/parquet.ts";
import { partKey } from "../../../core/lake-keys.ts";
import type { Lake, OutgoingMessage, Queue, State } from "../../../core/ports.ts";
import { weatherDesk } from "../../../core/weather/desk.ts";
import { lateAfterMs } from "../../../core/weather/verify.ts";
import { stateKeys } from "../../../functions/facts.ts";
import { recordChecks, rollUp } from "../../../functions/settle/checks.ts";
import { Reader } from "../../../functions/settle/reader.ts";
import { tables, type TableRow } from "../../../schemas/index.ts";
import { dtOf } from "../../../schemas/table.ts";
import { rowWith } from "../schemas/table-rows.ts";
import { present } from "../weather/present.ts";

const hour = 3_600_000;
const day = 24 * hour;
const eventTicker = "KXHIGHMIA-26APR11";
const { settlement: checkedBy } = weatherDesk;
if (checkedBy.by !== "climate-report") throw new Error("weather settles by reports");
const settlement = present(checkedBy.day(eventTicker));
/** The daily tick after the day on which the event becomes late. */
const daily = Date.UTC(2026, 3, 13, 15, 12) + day;

let objects: Map<string, Uint8Array>;
let sent: OutgoingMessage[];
let services: { lake: Lake; state: State; queue: Queue };

beforeEach(() => {
  objects = new Map();
  sent = [];
  const items = new Map<string, { value: unknown; version: number }>();
  const unused = () => Promise.reject(new Error("not used here"));
  services = {
    lake: {
      get: (key) => Promise.resolve(objects.get(key)),
      putIfAbsent: (key, bytes) => {
        if (objects.has(key)) return Promise.resolve("exists");
        objects.set(key, bytes);
        return Promise.resolve("created");
      },
      list: (prefix) => Promise.resolve([...objects.keys()].filter((key) => key.startsWith(prefix)).sort()),
    },
    state: {
      get: <T>(key: string) => Promise.resolve(items.get(key) as { value: T; version: number } | undefined),
      put: (key, value, expected) => {
        if ((items.get(key)?.version ?? 0) !== expected) return Promise.resolve(false);
        items.set(key, { value, version: expected + 1 });
        return Promise.resolve(true);
      },
      increment: unused,
      count: unused,
    },
    queue: {
      send: (_queue, messages) => Promise.resolve(void sent.push(...messages)),
      receive: unused,
      delete: unused,
      retry: unused,
      park: unused,
      parked: unused,
    },
  };
});

/** The desk worked on the event on its day. */
function watched(): void {
  objects.set(
    `tables/enrichments/dt=2026-04-11/weather-${eventTicker}-job-0123456789abcdef0123-v1.parquet`,
    new Uint8Array(),
  );
}

function reportAt(hours: number, max_f: number, product_id: string): void {
  const row = rowWith(tables.climate_reports, {
    product_id,
    section: 0,
    station: "KMIA",
    climate_date: "2026-04-11",
    issued_at: settlement.end + hours * hour,
    kind: "final",
    max_f,
  });
  const key = partKey("climate_reports", dtOf(row.issued_at), product_id, 1);
  objects.set(key, encodePart(tables.climate_reports, [row]));
}

/** What the settlement portal showed at a look at it. */
function shownAt(hours: number, max_f: number | null, status: string): void {
  const window_at = settlement.end + hours * hour;
  const row = rowWith(tables.portal_reports, {
    station: "KMIA",
    climate_date: "2026-04-11",
    status,
    max_f,
    issued_at: null,
    window_at,
    ingested_at: window_at,
  });
  objects.set(
    partKey("portal_reports", dtOf(window_at), `twc-portal-${hours}`, 1),
    encodePart(tables.portal_reports, [row]),
  );
}

const market = (at: number): TableRow<"kalshi_markets"> =>
  rowWith(tables.kalshi_markets, {
    market_ticker: `${eventTicker}-T83`,
    event_ticker: eventTicker,
    status: "finalized",
    result: "yes",
    expiration_value: "84.00",
    settlement_ts: at,
    strike_type: "greater",
    floor_strike: 83,
    cap_strike: null,
  });

async function checks(): Promise<string[]> {
  const rows: TableRow<"settlement_checks">[] = [];
  for (const [key, bytes] of objects)
    if (key.startsWith("tables/settlement_checks/")) rows.push(...(await decodePart(tables.settlement_checks, bytes)));
  return rows.map(({ checked_at, evidence_id, verdict }) => `${dtOf(checked_at)} ${evidence_id} ${verdict}`).sort();
}

const pass = (now: number) => rollUp(weatherDesk, now, new Reader(services.lake), services);
/** As settle does it: the check, then the note that the event has its outcome. */
async function settle(now: number, settledAt?: number): Promise<void> {
  const reader = new Reader(services.lake);
  await recordChecks(
    { desk: weatherDesk, eventTicker, settlement, markets: [market(settledAt ?? now)], now, reader },
    services,
  );
  await services.state.put(stateKeys.resolution(eventTicker), {}, 0);
}

describe("a check of one event", () => {
  it("asks the settlement portal as well: its first official look, not those before", async () => {
    watched();
    reportAt(3, 84, "first");
    shownAt(2, 83, "preliminary");
    shownAt(3, null, "no_report");
    shownAt(4, 84, "official");
    shownAt(6, 84, "official");
    await settle(settlement.end + 8 * hour);
    expect((await checks()).map((line) => line.slice(11))).toEqual([
      "first agree",
      "twc-KMIA-2026-04-11-20260412T090000Z agree",
    ]);
  });
});

describe("the daily pass", () => {
  it("finds an event that is not settled once it is due, not before, and tells of it once", async () => {
    watched();
    reportAt(3, 84, "first");
    await pass(settlement.end + lateAfterMs - 1);
    expect(await checks()).toEqual([]);
    await pass(daily);
    expect(await checks()).toEqual(["2026-04-14 first late"]);
    expect(sent).toHaveLength(1);
    await pass(daily + day);
    expect(await checks()).toHaveLength(1);
    expect(sent).toHaveLength(1);
  });

  it("tells again when the event settles nine days late", async () => {
    watched();
    reportAt(3, 84, "first");
    await pass(daily);
    const late = settlement.end + 9 * day;
    await settle(late);
    expect((await checks()).at(-1)).toBe(`${dtOf(late)} first late`);
    await pass(late + 20 * hour);
    expect(sent).toHaveLength(2);
  });

  it("leaves alone what nobody watched", async () => {
    reportAt(3, 84, "first");
    await pass(daily);
    await settle(settlement.end + 6 * hour);
    expect(await checks()).toEqual([]);
  });

  it("makes the same of a repeat, and a new check of a correction", async () => {
    watched();
    reportAt(3, 84, "first");
    const at = settlement.end + 6 * hour;
    await settle(at);
    const before = new Map(objects);
    await settle(at);
    expect(objects).toEqual(before);
    await pass(daily);
    expect(sent).toEqual([]);
    reportAt(60, 86, "second");
    await settle(settlement.end + 61 * hour, at);
    expect((await checks()).slice(-2).map((line) => line.slice(11))).toEqual(["first agree", "second revised"]);
  });

  it("shows a text that was set aside, also when it comes after the check", async () => {
    watched();
    reportAt(3, 84, "first");
    await settle(settlement.end + 6 * hour);
    const stamp = new Date(settlement.end + hour).toISOString().slice(0, 16).replaceAll(/[-:T]/g, "");
    const refusal = {
      kind: "content",
      path: `${stamp}-KMFL-CDUS42-CLIMIA`,
      message: "asked CLIMIA, the text says CLIFLL",
    };
    const other = { ...refusal, path: `${stamp}-KLOT-CDUS43-CLIMDW` };
    const list = { ...refusal, path: "list.json?pil=CLIMIA data" };
    const early = { ...refusal, path: "202604110900-KMFL-CDUS42-CLIMIA" };
    objects.set(
      `quarantine/climate-reports/dt=${dtOf(settlement.end)}/x-v1.json`,
      new TextEncoder().encode(JSON.stringify({ refused: [refusal, other, list, early] })),
    );
    await settle(settlement.end + 7 * hour, settlement.end + 6 * hour);
    expect((await checks()).filter((line) => line.includes("CLI"))).toEqual([`2026-04-12 ${refusal.path} unparsable`]);
  });
});
