/** What settle reads of the lake beside the outcomes: reports, forecasts, and what was set aside. */
import * as z from "zod";
import type { Desk, IndexSettlement, SettlementDay } from "../../core/desk.ts";
import { compactInstant, minuteStem } from "../../core/lake-keys.ts";
import { newestRows } from "../../core/newest-rows.ts";
import { issuedAtOf } from "../../core/sources/climate-reports.ts";
import type { Lake } from "../../core/ports.ts";
import { stations } from "../../core/weather/stations.ts";
import type { DayText, RefusedText } from "../../core/weather/verify.ts";
import type { TableRow } from "../../schemas/index.ts";
import { dtOf } from "../../schemas/table.ts";
import { readDay, readPart } from "../parts.ts";

const minute = 60_000;
const day = 86_400_000;
/** Corrections of a report come within days; after that only a change by the exchange is looked at. */
export const reportsOpenFor = 4 * day;
/** Markets of a day open the day before; a part of the desk's work on an event lies in each of these days. */
export const tradedBefore = 2 * day;

/** What ingest keeps of a refused window, as far as it is asked for here. */
const quarantined = z.object({ refused: z.array(z.object({ path: z.string(), message: z.string() })) });

/** The reports that were refused in windows of the day. Their path is the product's id; that of a list is not. */
async function refusedOn(lake: Lake, dt: string): Promise<RefusedText[]> {
  const found: RefusedText[] = [];
  for (const key of await lake.list(`quarantine/climate-reports/dt=${dt}/`)) {
    const { refused } = quarantined.parse(JSON.parse(new TextDecoder().decode(await lake.get(key))));
    for (const { path, message } of refused) {
      const issued_at = issuedAtOf(path);
      if (issued_at !== undefined) found.push({ product_id: path, issued_at, reason: message });
    }
  }
  return found;
}

/** The tables of what states a day's maximum. */
type TextTable = "climate_reports" | "daily_summaries" | "climate_monthly" | "portal_reports";
type PortalRow = TableRow<"portal_reports">;

const textOf = ({ product_id, issued_at, max_f }: Omit<DayText, "source" | "kind">) => ({
  product_id,
  issued_at,
  max_f,
});

/** What the settlement portal showed, named by the look at it: its reports have no id. */
function shownOf({ station, climate_date, status, max_f, issued_at, ingested_at, window_at }: PortalRow): DayText {
  return {
    product_id: `twc-${station}-${climate_date}-${compactInstant(window_at)}`,
    issued_at: issued_at ?? ingested_at,
    kind: status === "official" ? "final" : status === "revised" ? "corrected" : "intermediate",
    max_f,
    source: "portal",
  };
}

/** Between these instants a desk worked on an event. */
export interface Worked {
  from: number;
  until: number;
}

/** Reads of one run, each made once: events share days. */
export class Reader {
  readonly #lake: Lake;
  readonly #texts = new Map<string, Promise<TableRow<TextTable>[]>>();
  readonly #parts = new Map<string, Promise<string[]>>();
  readonly #refused = new Map<string, Promise<RefusedText[]>>();

  constructor(lake: Lake) {
    this.#lake = lake;
  }

  static #once<T>(made: Map<string, Promise<T>>, dt: string, make: () => Promise<T>): Promise<T> {
    let value = made.get(dt);
    if (value === undefined) made.set(dt, (value = make()));
    return value;
  }

  /** The rows of a table of texts that were issued in the time in which a day's reports come, until `now`. */
  async #issued<N extends TextTable>(
    table: N,
    { station, climateDate, start, end }: SettlementDay,
    now: number,
  ): Promise<TableRow<N>[]> {
    const found: TableRow<N>[] = [];
    for (let at = start; dtOf(at) <= dtOf(Math.min(now, end + reportsOpenFor)); at += day) {
      const rows = await Reader.#once(this.#texts, `${table} ${dtOf(at)}`, () =>
        readDay<TextTable>(this.#lake, table, dtOf(at)),
      );
      found.push(
        ...(rows.filter((row) => row.station === station && row.climate_date === climateDate) as TableRow<N>[]),
      );
    }
    return found;
  }

  /** All versions of the report of a station's climate day that were issued by `now`. */
  reports(settlement: SettlementDay, now: number): Promise<TableRow<"climate_reports">[]> {
    return this.#issued("climate_reports", settlement, now);
  }

  /**
   * The prints of an index of [from, until), epoch ms, as far as a stream has brought them; of one that came twice the
   * newest, as forecasts take it (`knownPrints`).
   */
  async prints({ index, stream }: IndexSettlement, { from, until }: Worked): Promise<TableRow<"index_prints">[]> {
    const found: TableRow<"index_prints">[] = [];
    // What comes at the end of a minute can be written with the next one.
    for (let at = Math.floor(from / minute) * minute; at <= until; at += minute) {
      for (const key of await this.#lake.list(`tables/index_prints/dt=${dtOf(at)}/${minuteStem(stream, at)}`)) {
        for (const row of await readPart(this.#lake, "index_prints", key)) {
          if (row.index_id === index && row.print_at >= from && row.print_at < until) found.push(row);
        }
      }
    }
    return newestRows("index_prints", found);
  }

  /** Every text that states the day's maximum, of every source. */
  async texts(settlement: SettlementDay, now: number): Promise<DayText[]> {
    const [reports, summaries, monthly, portal] = [
      await this.reports(settlement, now),
      await this.#issued("daily_summaries", settlement, now),
      await this.#issued("climate_monthly", settlement, now),
      await this.#issued("portal_reports", settlement, now),
    ];
    return [
      ...reports.map((row): DayText => ({ ...textOf(row), kind: row.kind, source: "climate_report" })),
      ...summaries.map((row): DayText => ({ ...textOf(row), kind: row.kind, source: "daily_summary" })),
      // Monthly data hold days that are over.
      ...monthly.map((row): DayText => ({ ...textOf(row), kind: "final", source: "climate_monthly" })),
      ...portal.map(shownOf),
    ];
  }

  /** Keys of the parts that the desk's jobs of a day made. */
  #partsOn(table: "predictions" | "enrichments", desk: Desk, dt: string): Promise<string[]> {
    const prefix = `tables/${table}/dt=${dt}/${desk.id}-`;
    return Reader.#once(this.#parts, prefix, () => this.#lake.list(prefix));
  }

  /** Keys of the parts that the jobs of an event made. @param worked Between which instants (epoch ms) they ran. */
  async parts(
    table: "predictions" | "enrichments",
    desk: Desk,
    eventTicker: string,
    { from, until }: Worked,
  ): Promise<string[]> {
    const found: string[] = [];
    for (let at = from; dtOf(at) <= dtOf(until); at += day) {
      const keys = await this.#partsOn(table, desk, dtOf(at));
      found.push(...keys.filter((key) => key.includes(`/dt=${dtOf(at)}/${desk.id}-${eventTicker}-`)));
    }
    return found;
  }

  /** Events that the desk worked on in the day, priced or not: enrich writes of each. */
  async eventsOn(desk: Desk, dt: string): Promise<string[]> {
    const prefix = `tables/enrichments/dt=${dt}/${desk.id}-`;
    const keys = await this.#partsOn("enrichments", desk, dt);
    // As `jobStem` writes them.
    return [
      ...new Set(
        keys.flatMap((key) => /^(.+)-job-[0-9a-f]{20}-v\d+\.parquet$/.exec(key.slice(prefix.length))?.[1] ?? []),
      ),
    ];
  }

  /** Whether the desk saw the event before it closed: of events from before its first day it has no reports either. */
  async watched(desk: Desk, eventTicker: string, { start, end }: SettlementDay): Promise<boolean> {
    for (let at = start - tradedBefore; dtOf(at) <= dtOf(end); at += day) {
      if ((await this.eventsOn(desk, dtOf(at))).includes(eventTicker)) return true;
    }
    return false;
  }

  /**
   * Texts filed under the station's report id in the 24 hours after the day, which is when its last word comes, and set
   * aside. What day a refused text speaks of is not known; its id says when it was issued.
   */
  async refusedReports({ station, end }: SettlementDay, now: number): Promise<RefusedText[]> {
    const pil = stations.find(({ icao }) => icao === station)?.pil;
    const found: RefusedText[] = [];
    for (let at = end; dtOf(at) <= dtOf(Math.min(now, end + 2 * day)); at += day) {
      found.push(...(await Reader.#once(this.#refused, dtOf(at), () => refusedOn(this.#lake, dtOf(at)))));
    }
    const ours = found.filter(
      ({ product_id, issued_at }) =>
        product_id.split("-")[3] === pil && issued_at >= end && issued_at < end + day && issued_at <= now,
    );
    // A window that was tried again with a newer decoder and refused again has two objects.
    return [...new Map(ours.map((text) => [text.product_id, text])).values()];
  }
}
