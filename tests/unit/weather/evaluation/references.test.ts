import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { daysBefore } from "../../../../core/weather/evaluation/forecast-history.ts";
import { createReferences, type KnownBlend, type KnownHigh } from "../../../../core/weather/evaluation/references.ts";
import type { HighPmf } from "../../../../core/weather/high-pmf.ts";
import { present } from "../present.ts";

const hour = 3_600_000;
const noon = (date: string) => Date.parse(`${date}T12:00:00Z`);
/** Forty days up to 2026-10-31, each known at noon of the next. */
const highs: KnownHigh[] = Array.from({ length: 40 }, (_, index) => {
  const climateDate = daysBefore("2026-10-31", 39 - index);
  return { station: "KMDW", climateDate, highF: 60 + (index % 5), knownAt: noon(daysBefore(climateDate, -1)) };
});
const blend = (runAt: number, maxF: number, more: Partial<KnownBlend> = {}): KnownBlend => ({
  station: "KMDW",
  climateDate: "2026-11-01",
  runAt,
  maxF,
  sdF: 2,
  knownAt: runAt + hour,
  ...more,
});
const meanOf = ({ pmfLow, pmf }: HighPmf) => pmf.reduce((sum, p, index) => sum + p * (pmfLow + index), 0);

describe("what others could have said", () => {
  it("is of what was known at the instant: later highs and runs change nothing", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: noon("2026-10-20"), max: noon("2026-11-03") }),
        fc.array(fc.integer({ min: -100, max: 100 }), { minLength: 40, maxLength: 40 }),
        (instant, shifts) => {
          const blends = [blend(noon("2026-10-30"), 66), blend(noon("2026-10-31"), 70)];
          const later = <T extends { knownAt: number }>(rows: readonly T[], change: (row: T, index: number) => T) =>
            rows.map((row, index) => (row.knownAt > instant ? change(row, index) : row));
          const other = createReferences({
            highs: later(highs, (row, index) => ({ ...row, highF: row.highF + (shifts[index] ?? 0) })),
            blends: later(blends, (row) => ({ ...row, maxF: row.maxF + 9 })),
          });
          expect(other.at("KMDW", "2026-11-01", instant)).toEqual(
            createReferences({ highs, blends }).at("KMDW", "2026-11-01", instant),
          );
        },
      ),
    );
  });

  it("takes the blend's newest run that was known, by its own spread", () => {
    const blends = [blend(noon("2026-10-30"), 66), blend(noon("2026-10-31"), 70, { knownAt: noon("2026-11-01") })];
    const { at } = createReferences({ highs: [], blends });
    expect(meanOf(present(at("KMDW", "2026-11-01", noon("2026-10-31")).nbm))).toBeCloseTo(66, 6);
    expect(meanOf(present(at("KMDW", "2026-11-01", noon("2026-11-01")).nbm))).toBeCloseTo(70, 6);
    expect(at("KMDW", "2026-11-01", noon("2026-10-30")).nbm).toBeUndefined();
    expect(at("KMIA", "2026-11-01", noon("2026-11-01"))).toEqual({});
    const bare = createReferences({ highs: [], blends: [blend(noon("2026-10-30"), 66, { sdF: null })] });
    expect(bare.at("KMDW", "2026-11-01", noon("2026-11-01")).nbm).toBeUndefined();
  });

  it("persists the newest high with the changes over as many days", () => {
    const { at } = createReferences({ highs, blends: [] });
    // Known on 31 October at noon: highs up to the 30th, 63 °F; two days on it rises by 2 in three of five, else falls by 3.
    const { persistence } = at("KMDW", "2026-11-01", noon("2026-10-31"));
    expect(meanOf(present(persistence))).toBeCloseTo(63, 0);
    expect(at("KMDW", "2026-10-05", noon("2026-10-04"))).toEqual({});
  });

  it("never counts the day itself or a later one among its climate", () => {
    const early = highs.map((high) => ({ ...high, knownAt: 0 }));
    const hot = { ...present(early[0]), climateDate: "2026-10-20", highF: 120 };
    const without = createReferences({ highs: early.filter((one) => one.climateDate < "2026-10-20"), blends: [] });
    const withDay = createReferences({ highs: [...early, hot], blends: [] });
    const instant = noon("2026-10-19");
    expect(withDay.at("KMDW", "2026-10-20", instant)).toEqual(without.at("KMDW", "2026-10-20", instant));
  });
});
