import { describe, expect, it } from "vitest";
import { admit } from "../../../core/alerts/admit.ts";
import { card } from "../../../core/alerts/card.ts";
import { edgeSignal } from "../../../core/alerts/edge-signal.ts";
import type { EventFacts, SourceFacts, WatchFacts } from "../../../core/alerts/facts.ts";
import { weatherLimits } from "../../../core/alerts/gates.ts";
import { ledgerGap } from "../../../core/alerts/ledger-gap.ts";
import { payloadDrift } from "../../../core/alerts/payload-drift.ts";
import { sourceStale } from "../../../core/alerts/source-stale.ts";
import type { Job } from "../../../core/desk.ts";
import { allRules } from "../../../core/rules.ts";

const now = Date.UTC(2026, 9, 28, 12, 3);
const minute = 60_000;

const healthy: SourceFacts = {
  id: "kalshi-markets",
  errorImpact: "No prices.",
  staleAfterMinutes: 40,
  fetchedAt: now - 3 * minute,
  dueSince: now - 600 * minute,
  health: { status: "ok", window_at: now - 3 * minute, refusals: [] },
  missingWindows: [],
};

function facts(change: Partial<SourceFacts>): WatchFacts {
  return { now, sources: [{ ...healthy, ...change }], feeds: [], feedHealth: [], basis: undefined };
}

describe("the list of rules", () => {
  it("has unique ids, and a cap and a sentence for each", () => {
    const rules = allRules();
    expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length);
    for (const { doc, dailyCap } of rules) {
      expect(doc).not.toBe("");
      expect(dailyCap).toBeGreaterThan(0);
    }
  });
});

describe("signals", () => {
  it("are told the largest edge first when the cap does not reach for all", () => {
    const signal = (market_ticker: string, edge: number) =>
      ({
        market_ticker,
        side: "yes",
        price: 400_000,
        size: 100,
        fee: 0,
        p_market: 0.4,
        p_model: 0.5,
        p_pool: 0.5,
        edge,
      }) as EventFacts["signals"][number];
    const signals = [signal("A", 0.02), signal("B", 0.03), signal("C", 0.09)];
    const found = { job: {} as Job, scope: "E", limits: weatherLimits, signals, arbitrages: [] };
    const { decisions } = admit(edgeSignal, edgeSignal.when(found), [], now);
    expect(decisions.map(({ hit, decision }) => [hit.subject, decision])).toEqual([
      ["C yes", "sent"],
      ["B yes", "sent"],
      ["A yes", "daily_cap"],
    ]);
  });
});

describe("watch rules", () => {
  it("stay silent on a healthy source", () => {
    for (const rule of [sourceStale, payloadDrift, ledgerGap]) expect(rule.when(facts({}))).toEqual([]);
  });

  it("say that a source is stale only beyond its limit, also when it never landed", () => {
    expect(sourceStale.when(facts({ fetchedAt: now - 40 * minute }))).toEqual([]);
    expect(sourceStale.when(facts({ fetchedAt: now - 41 * minute }))).toHaveLength(1);
    expect(sourceStale.when(facts({ fetchedAt: undefined }))[0]?.lines[0]).toContain("nothing has landed yet");
    expect(sourceStale.when(facts({ fetchedAt: undefined, dueSince: now - 39 * minute }))).toEqual([]);
    expect(sourceStale.when(facts({ fetchedAt: undefined, dueSince: null }))).toEqual([]);
  });

  it("do not count the time in which none of its windows was due", () => {
    const back = { fetchedAt: now - 3 * 1_440 * minute };
    expect(sourceStale.when(facts({ ...back, dueSince: now - 39 * minute }))).toEqual([]);
    const [hit] = sourceStale.when(facts({ ...back, dueSince: now - 41 * minute }));
    expect(hit?.lines[0]).toContain("last whole window fetched 4320 min ago");
  });

  it("name the field that was refused, once however many markets lost it", () => {
    const refusals = [0, 1, 2].map((index) => ({
      kind: "drift" as const,
      exchange: 0,
      path: `markets[${index}].yes_bid_dollars`,
      message: "missing, expected a dollar string",
    }));
    const hits = payloadDrift.when(facts({ health: { status: "blocked", window_at: now, refusals } }));
    expect(hits).toHaveLength(1);
    expect(hits[0]?.title).toContain("markets[0].yes_bid_dollars");
    expect(hits[0]?.lines.join(" ")).toContain("2 more");
  });

  it("name what windows before the newest one refused, once with it, and do not say that it still blocks", () => {
    const drift = { kind: "drift" as const, path: "markets[3].status", message: "missing, expected string" };
    const content = { kind: "content" as const, path: "gemini status", message: "found HTTP 451" };
    const earlier = [drift, content].map((refusal) => ({ ...refusal, window_at: now - 5 * minute }));
    const hits = payloadDrift.when(facts({ health: { status: "ok", window_at: now, refusals: [], earlier } }));
    expect(hits.map(({ subject }) => subject)).toEqual([
      "kalshi-markets markets[].status",
      "kalshi-markets gemini status",
    ]);
    expect(hits[0]?.lines[1]).toBe("A later window was whole: it feeds decisions again.");
    const refusals = [{ ...drift, exchange: 0, path: "markets[0].status" }];
    const again = payloadDrift.when(facts({ health: { status: "blocked", window_at: now, refusals, earlier } }));
    expect(again).toHaveLength(2);
    expect(again[0]?.lines).toEqual([drift.message, expect.stringContaining("feeds no decision"), expect.anything()]);
  });

  it("list the windows that are overdue", () => {
    const hits = ledgerGap.when(facts({ missingWindows: [now - 33 * minute] }));
    expect(hits[0]?.lines[0]).toContain("2026-10-28T11:30");
  });
});

describe("a card", () => {
  it("escapes what came from outside and names its alert", () => {
    const html = card("alert-0123456789abcdef0123", "warning", {
      subject: "s",
      scope: "s",
      title: "a <b> & c",
      lines: ["x < y"],
      evidence: [],
    });
    expect(html).toContain("a &lt;b&gt; &amp; c");
    expect(html).toContain("x &lt; y");
    expect(html).toContain("<code>alert-0123456789abcdef0123</code>");
  });
});
