import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { admit, type Admission } from "../../../core/alerts/admit.ts";
import type { Hit } from "../../../core/rule.ts";

const minute = 60_000;
const noon = Date.UTC(2026, 9, 28, 12);
const rule = { cooldownMinutes: 60, dailyCap: 3 };

function hit(subject: string): Hit {
  return { subject, scope: "scope", title: subject, lines: [], evidence: [] };
}

const decisionsOf = (hits: string[], past: Admission[], now = noon) =>
  admit(rule, hits.map(hit), past, now).decisions.map(({ hit: { subject }, decision }) => [subject, decision]);

describe("admission", () => {
  it("sends a new hit and stays silent on the same subject for the cooldown", () => {
    expect(decisionsOf(["a"], [])).toEqual([["a", "sent"]]);
    expect(decisionsOf(["a"], [{ subject: "a", at: noon - 59 * minute }])).toEqual([["a", "cooldown"]]);
    expect(decisionsOf(["a"], [{ subject: "a", at: noon - 60 * minute }])).toEqual([["a", "sent"]]);
    expect(decisionsOf(["b"], [{ subject: "a", at: noon - minute }])).toEqual([["b", "sent"]]);
  });

  it("sends no more than the cap in one UTC day, in the order of subjects", () => {
    expect(decisionsOf(["d", "b", "a", "c"], [])).toEqual([
      ["a", "sent"],
      ["b", "sent"],
      ["c", "sent"],
      ["d", "daily_cap"],
    ]);
    const midnight = Date.UTC(2026, 9, 29);
    const yesterday = ["x", "y", "z"].map((subject) => ({ subject, at: midnight - 90 * minute }));
    expect(decisionsOf(["a"], yesterday, midnight)).toEqual([["a", "sent"]]);
  });

  it("sends what is worth most first when the cap does not reach for all", () => {
    const worth = { a: 0.01, b: 0.01, c: 0.01, d: 0.01, e: 22.03 };
    const hits = Object.entries(worth).map(([subject, dollars]) => ({ ...hit(subject), worth: dollars }));
    const decided = admit(rule, hits, [], noon).decisions.map(({ hit: { subject }, decision }) => [subject, decision]);
    expect(decided).toEqual([
      ["e", "sent"],
      ["a", "sent"],
      ["b", "sent"],
      ["c", "daily_cap"],
      ["d", "daily_cap"],
    ]);
  });

  const subjects = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d", "e"));
  const past = fc.array(
    fc.record({ subject: fc.constantFrom("a", "b", "c"), at: fc.integer({ min: noon - 86_400_000, max: noon - 1 }) }),
  );

  it("decides a repeat at the same instant as it did at first, whatever was kept since", () => {
    fc.assert(
      fc.property(subjects, past, subjects, (hits, before, laterHits) => {
        const first = admit(rule, hits.map(hit), before, noon);
        const afterwards = admit(rule, laterHits.map(hit), first.keep, noon + minute);
        const repeat = admit(rule, hits.map(hit), afterwards.keep, noon);
        expect(repeat.decisions).toEqual(first.decisions);
      }),
    );
  });

  it("does not depend on the order of the hits", () => {
    fc.assert(
      fc.property(subjects, past, (hits, before) => {
        expect(admit(rule, hits.toReversed().map(hit), before, noon)).toEqual(admit(rule, hits.map(hit), before, noon));
      }),
    );
  });
});
