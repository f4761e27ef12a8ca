/** Which bitcoin jobs are planned, what each of them names, and which of them searches for arbitrages. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { unmappedSettlement } from "../../../core/alerts/unmapped-settlement.ts";
import { cryptoDesk } from "../../../core/crypto/desk.ts";
import type { PlannedJob, PlanFacts } from "../../../core/desk.ts";
import { moved } from "../../../core/pointer.ts";
import { firesBetween } from "../../../core/schedule.ts";
import type { Pointer, SourceHealth } from "../../../core/source.ts";
import { sourceOf } from "../../../core/sources.ts";
import { present } from "../weather/present.ts";
import { pointerOf } from "../weather/listing.ts";
import { closeTime, inputsIn, planFacts, quarter, ranges, thresholds } from "./listing.ts";

const minute = 60_000;
const now = closeTime - 10 * minute;

const jobs = (facts: PlanFacts) => new Map(cryptoDesk.plan(facts).map((job) => [job.event_ticker, job]));
const named = (facts: PlanFacts, event: string): PlannedJob => present(jobs(facts).get(event));
const windowsOf = (job: PlannedJob, source: string, table: string) =>
  inputsIn(job)
    .filter((input) => input.source === source && input.table === table)
    .map(({ window_at }) => window_at);

describe("the plan", () => {
  it("has one job for each event that closes within the hour, settled by the index on the close's UTC day", () => {
    const planned = jobs(planFacts(now));
    expect([...planned.keys()].sort()).toEqual([ranges, quarter, thresholds].sort());
    for (const job of planned.values()) {
      expect(job).toMatchObject({
        desk: "crypto",
        planned_at: now,
        close_time: closeTime,
        certified: true,
        refusal: null,
        station: "BRTI",
        climate_date: "2026-11-01",
        model: "brti-average",
      });
    }
    expect(new Set([...planned.values()].map(({ job_id }) => job_id)).size).toBe(3);
  });

  it("leaves out what has closed, what cannot be traded, and what it is not the turn of", () => {
    expect(jobs(planFacts(closeTime - 61 * minute)).size).toBe(0);
    expect(jobs(planFacts(closeTime - 60 * minute)).size).toBe(3);
    expect(jobs(planFacts(closeTime - 75 * minute)).size).toBe(3);
    expect(jobs(planFacts(closeTime - 25 * 60 * minute)).size).toBe(0);
    expect(jobs(planFacts(closeTime)).size).toBe(0);
    expect(jobs(planFacts(now, { change: { status: "inactive" } })).size).toBe(0);
  });

  it("is made for the last time a minute before the close, as the README's limits say", () => {
    const fires = firesBetween(cryptoDesk.schedule, closeTime - 5 * minute, closeTime);
    expect(fires.filter((at) => jobs(planFacts(at)).size > 0).at(-1)).toBe(closeTime - minute);
    const readme = readFileSync("README.md", "utf8");
    expect(readme).toContain("nothing is priced inside the sixty seconds");
  });

  it("names every part of the last quarter of an hour of quotes, and the newest of everything else", () => {
    const job = named(planFacts(now), ranges);
    expect(windowsOf(job, "venue-quotes", "venue_quotes")).toHaveLength(15);
    for (const table of ["kalshi_series", "kalshi_events", "kalshi_markets", "market_snapshots"])
      expect(windowsOf(job, "kalshi-crypto-markets", table)).toEqual([now]);
    expect(windowsOf(job, "kalshi-crypto-books", "order_books")).toEqual([now]);
    expect(windowsOf(job, "spot-candles", "spot_candles")).toEqual([now - 6 * minute]);
  });

  it("has candles at every minute of an hour, also at that of their own window, and where one window was lost", () => {
    const source = sourceOf("spot-candles");
    const since = now - 3 * 60 * minute;
    const known = (at: number, lost: number | undefined) => {
      // Asked for at the instant, they come after it.
      const pointer = firesBetween(source.schedule, since, at)
        .filter((window) => window !== lost)
        .reduce<Pointer | undefined>((stored, window) => {
          const landed = pointerOf(source.id, "spot_candles", [window]);
          return moved(stored, landed, source) ?? stored;
        }, undefined);
      const facts = planFacts(at);
      const job = named({ ...facts, pointers: { ...facts.pointers, [source.id]: pointer } }, ranges);
      return windowsOf(job, source.id, "spot_candles").filter((window) => window < at);
    };
    for (let before = 59; before > 0; before--) {
      const at = closeTime - before * minute;
      const windows = firesBetween(source.schedule, since, at - 1);
      const [older, last] = windows.slice(-2);
      expect(known(at, undefined)).toContain(last);
      expect(known(at, last)).toContain(older);
    }
  });

  it("names what streams have brought where somebody holds them: prints of minutes, books of the last two", () => {
    const facts = planFacts(now);
    const minutes = [5, 4, 3, 2, 1].map((before) => now - before * minute);
    const kalshi = pointerOf("stream-kalshi", "index_prints", minutes);
    const pointers = {
      ...facts.pointers,
      "stream-kalshi": {
        ...kalshi,
        parts: { ...kalshi.parts, ...pointerOf("stream-kalshi", "book_tops", minutes).parts },
      },
      "stream-kraken": pointerOf("stream-kraken", "venue_quotes", minutes),
    };
    const job = named({ ...facts, pointers }, ranges);
    expect(windowsOf(job, "stream-kalshi", "index_prints")).toEqual(minutes);
    expect(windowsOf(job, "stream-kalshi", "book_tops")).toEqual(minutes.slice(-2));
    expect(windowsOf(job, "stream-kraken", "venue_quotes")).toEqual(minutes);
  });

  it("refuses a quarter-hour market without its target as not priceable yet, which is no alert", () => {
    const job = named(planFacts(now, { target: undefined }), quarter);
    expect(job).toMatchObject({ certified: true, refusal: "not priceable yet: the target price is not set" });
    expect(
      unmappedSettlement.when({
        job,
        scope: job.series_ticker,
        limits: cryptoDesk.limits,
        signals: [],
        arbitrages: [],
      }),
    ).toEqual([]);
    expect(named(planFacts(now, { target: undefined }), ranges).refusal).toBeNull();
  });

  it("plans an event whose rule it does not know as not certified, which is one alert a series", () => {
    const job = named(planFacts(now, { change: { rules_primary: "If it goes up." } }), ranges);
    expect(job).toMatchObject({ certified: false, station: null, climate_date: null });
    expect(job.refusal).toMatch(/the rule text has no known form/);
    const [hit] = unmappedSettlement.when({
      job,
      scope: job.series_ticker,
      limits: cryptoDesk.limits,
      signals: [],
      arbitrages: [],
    });
    expect(hit).toMatchObject({ subject: ranges, scope: "KXBTC" });
  });

  it("does without a source that drifted, unless it cannot: that one stops the candidates at the gate", () => {
    const blocked = (source: string): Partial<PlanFacts> => ({
      health: {
        [source]: {
          status: "blocked",
          window_at: now,
          refusals: [{ kind: "drift", exchange: 0, path: "x", message: "missing" }],
        } satisfies SourceHealth,
      },
    });
    const without = named(planFacts(now, {}, blocked("venue-quotes")), ranges);
    expect(windowsOf(without, "venue-quotes", "venue_quotes")).toEqual([]);
    expect(JSON.parse(without.blocked_sources)).toEqual([{ source: "venue-quotes", reason: "x: missing" }]);
    expect(cryptoDesk.needs(without)).not.toContain("venue-quotes");
    const needed = named(planFacts(now, {}, blocked("spot-candles")), ranges);
    expect(windowsOf(needed, "spot-candles", "spot_candles")).toHaveLength(1);
    expect(cryptoDesk.needs(needed)).toEqual(["kalshi-crypto-markets", "spot-candles"]);
  });
});

describe("events of one close", () => {
  it("are searched hours before it, too, whenever they are planned", () => {
    const facts = planFacts(closeTime - 5 * 60 * minute);
    expect(cryptoDesk.scannedTogether(named(facts, ranges), facts)?.events).toEqual([ranges, quarter, thresholds]);
  });

  it("are searched together by the job of the first of them", () => {
    const facts = planFacts(now);
    const together = cryptoDesk.scannedTogether(named(facts, ranges), facts);
    expect(together?.events).toEqual([ranges, quarter, thresholds]);
    expect(together?.settlement).toContain("2026-11-01T20:00:00.000Z");
    expect(cryptoDesk.scannedTogether(named(facts, quarter), facts)).toBeUndefined();
    expect(cryptoDesk.scannedTogether(named(facts, thresholds), facts)).toBeUndefined();
  });

  it("leave out one whose rule is not known: nobody vouches that it settles on the same value", () => {
    const facts = planFacts(now);
    const strange = {
      ...facts,
      markets: facts.markets.map((market) =>
        market.event_ticker === ranges ? { ...market, rules_primary: "If it goes up." } : market,
      ),
    };
    expect(cryptoDesk.scannedTogether(named(strange, quarter), strange)?.events).toEqual([quarter, thresholds]);
    expect(cryptoDesk.scannedTogether(named(strange, ranges), strange)).toBeUndefined();
  });
});
