import { describe, expect, it } from "vitest";
import { settlementRollup } from "../../../core/alerts/settlement-rollup.ts";
import { tables } from "../../../schemas/index.ts";
import { rowWith } from "../schemas/table-rows.ts";

const check = (event_ticker: string, verdict: string, outcome_agrees: boolean | null = true) =>
  rowWith(tables.settlement_checks, {
    event_ticker,
    evidence_id: `${event_ticker} text`,
    station: "KAUS",
    climate_date: "2026-10-29",
    verdict,
    outcome_agrees,
    detail: "because",
  });
const hits = (checks: ReturnType<typeof check>[]) =>
  settlementRollup.when({ desk: "weather", day: "2026-10-30", checks });

describe("settlement-rollup", () => {
  it("stays silent when everything agrees, or nothing was checked", () => {
    expect(hits([])).toEqual([]);
    expect(hits([check("A", "agree"), check("B", "agree", null)])).toEqual([]);
  });

  it.each(["late", "revised", "source_differs", "unparsable"])("tells of one that is %s", (verdict) => {
    const [hit, ...more] = hits([check("A", "agree"), check("B", verdict)]);
    expect(more).toEqual([]);
    expect(hit?.title).toBe("Settlements of weather: 1 of 2 checks do not agree");
    expect(hit?.lines[0]).toBe(`2 events: 1 agree, 1 ${verdict.replaceAll("_", " ")}`);
    expect(hit?.lines[1]).toBe(`KAUS 2026-10-29 ${verdict.replaceAll("_", " ")}: because`);
    expect(hit?.evidence).toEqual(["B text"]);
  });

  it("tells of an outcome that another market should have had, whatever the verdict", () => {
    expect(hits([check("A", "agree", false)])).toHaveLength(1);
  });

  it("fits into one message", () => {
    const [hit] = hits(Array.from({ length: 40 }, (_, index) => check(`E${index}`, "late")));
    expect(hit?.lines.length).toBeLessThan(16);
    expect(hit?.lines.at(-2)).toBe("and 28 more");
  });
});
