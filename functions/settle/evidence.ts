/** What an event's outcome is checked by, for each kind of settlement. */
import { plannedWithin } from "../../core/crypto/paces.ts";
import { resolveByIndex } from "../../core/crypto/settlement.ts";
import type { ClimateSettlement, Desk, IndexSettlement } from "../../core/desk.ts";
import { type Resolution, resolve } from "../../core/grading/outcome.ts";
import { seriesOfTicker } from "../../core/market/tickers.ts";
import type { Services } from "../../core/ports.ts";
import type { TableRow } from "../../schemas/index.ts";
import { Permanent } from "../permanent.ts";
import { recordChecks } from "./checks.ts";
import { type Reader, reportsOpenFor, tradedBefore, type Worked } from "./reader.ts";

const windowMs = 60_000;
/** Prints around the window tell which second one on its edge is of. */
const aroundMs = 10_000;
/** A stream's minutes are written within seconds; whoever held it writes what is left when it comes back. */
const printsOpenFor = 2 * 3_600_000;

export interface SettledEvent {
  desk: Desk;
  eventTicker: string;
  markets: readonly TableRow<"kalshi_markets">[];
  now: number;
  reader: Reader;
}

export interface EventEvidence {
  worked: Worked;
  /** From then on (epoch ms) only a change by the exchange is looked at. */
  openUntil: number;
  /** What the exchange says, held against nothing. */
  unchecked(): Resolution;
  resolve(): Promise<Resolution>;
  /** Keeps what the check found where it has a table of its own. */
  record(services: Pick<Services, "lake" | "state">): Promise<void>;
}

function byClimateReports(settlement: ClimateSettlement, event: SettledEvent): EventEvidence {
  const { desk, eventTicker, markets, now, reader } = event;
  const day = settlement.day(eventTicker);
  if (day === undefined) throw new Permanent(`${eventTicker}: the desk cannot tell which day settles it`);
  return {
    worked: { from: day.start - tradedBefore, until: day.end },
    openUntil: day.end + reportsOpenFor,
    unchecked: () => resolve({ markets, reports: [], dayEnd: day.end }),
    resolve: async () => resolve({ markets, reports: await reader.reports(day, now), dayEnd: day.end }),
    record: (services) => recordChecks({ desk, eventTicker, settlement: day, markets, now, reader }, services),
  };
}

function byIndexAverage(settlement: IndexSettlement, { eventTicker, markets, reader }: SettledEvent): EventEvidence {
  const closeTime = Math.max(...markets.map(({ close_time }) => close_time));
  const checked = (prints: readonly TableRow<"index_prints">[]) =>
    resolveByIndex({ series: seriesOfTicker(eventTicker), markets, prints, closeTime });
  return {
    worked: { from: closeTime - plannedWithin, until: closeTime },
    openUntil: closeTime + printsOpenFor,
    unchecked: () => checked([]),
    resolve: async () =>
      checked(await reader.prints(settlement, { from: closeTime - windowMs - aroundMs, until: closeTime + aroundMs })),
    record: () => Promise.resolve(),
  };
}

/** @throws Permanent when nobody can tell what settles the event */
export function evidenceOf(event: SettledEvent): EventEvidence {
  const { settlement } = event.desk;
  return settlement.by === "climate-report" ? byClimateReports(settlement, event) : byIndexAverage(settlement, event);
}
