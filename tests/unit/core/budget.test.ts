import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { callBudgets } from "../../../adapters/upstream/limits.ts";
import { type CallBudget, periods, spend, spentAt, type Spending } from "../../../core/budget.ts";
import { openMeteoEnsemble } from "../../../core/sources/open-meteo-ensemble.ts";
import { openMeteoHourly } from "../../../core/sources/open-meteo-hourly.ts";
import { present } from "../weather/present.ts";

const minute = 60_000;
const day = 1440 * minute;
const start = Date.UTC(2026, 10, 1);
const openMeteo = present(callBudgets.find(({ service }) => service === "open-meteo"));
const poll = present(
  openMeteoEnsemble.next(
    { at: start },
    [{ url: "/data/x/static/meta.json", status: 404, fetched_at: 0, body: "" }],
    new Set(),
  )[0]?.weight,
);

/** How many polls of a weight fit, one after the other, each at the given instant. */
function fits(budget: CallBudget, weight: number, instants: Iterable<number>): number {
  let spending: Spending | undefined;
  let sent = 0;
  for (const at of instants) {
    const outcome = spend(budget, spending, weight, at);
    if ("refusal" in outcome) continue;
    ({ spending } = outcome);
    sent += 1;
  }
  return sent;
}
const every = (ms: number, until: number) =>
  Array.from({ length: Math.ceil(until / ms) }, (_, index) => start + index * ms);

describe("the budget of calls", () => {
  // Weight of a location, weather.md §1.5: 73.2 a poll of three models at six stations.
  it("grants Open-Meteo's free tier eight whole polls a minute and 136 a day", () => {
    expect(poll).toBeCloseTo(73.2, 9);
    expect(
      fits(
        openMeteo,
        poll,
        Array.from({ length: 20 }, () => start),
      ),
    ).toBe(8);
    expect(fits(openMeteo, poll, every(10 * minute, day))).toBe(136);
    expect(fits(openMeteo, poll, every(minute / 2, 60 * minute))).toBe(Math.floor(5_000 / 73.2));
  });

  it("is nowhere near spent by what the schedules ask for, even with a new run every time", () => {
    const aDay = (everyMinutes: number, calls: number) => (1440 / everyMinutes) * calls;
    const hourly = 6 + 3;
    const asked =
      aDay(openMeteoEnsemble.schedule.everyMinutes, poll + 3) + aDay(openMeteoHourly.schedule.everyMinutes, hourly);
    expect(asked).toBeLessThan(openMeteo.calls.day / 4);
    expect(31 * asked).toBeLessThan(openMeteo.calls.month / 4);
  });

  it("begins anew with the UTC minute, hour, day and month", () => {
    const tiny: CallBudget = { service: "x", hosts: [], calls: { minute: 1, hour: 2, day: 3, month: 4 } };
    const at = (text: string) => Date.parse(`2026-11-${text}Z`);
    const instants = ["01T00:00:10", "01T00:00:59", "01T00:01:00", "01T00:02:00", "01T01:00:00", "01T02:00:00"];
    expect(fits(tiny, 1, instants.map(at))).toBe(3);
    expect(fits(tiny, 1, ["01T00:00:00", "02T00:00:00", "03T00:00:00", "04T00:00:00", "05T00:00:00"].map(at))).toBe(4);
    expect(fits(tiny, 1, [...["01", "02", "03", "04"].map((d) => at(`${d}T00:00:00`)), Date.UTC(2026, 11, 1)])).toBe(5);
  });

  it("says what is left and what was asked for", () => {
    const outcome = spend(openMeteo, undefined, 601, start);
    expect(outcome).toEqual({
      refusal: "the budget of open-meteo has 600 of 600 calls left this minute, the request counts for 601: not sent",
    });
  });

  it("holds for a clock that is behind the one that spent it", () => {
    const ahead = spend(openMeteo, undefined, 600, start + minute);
    if ("refusal" in ahead) throw new Error(ahead.refusal);
    expect(spend(openMeteo, ahead.spending, 1, start + minute - 1)).toMatchObject({
      refusal: expect.stringContaining("this minute"),
    });
    expect(spend(openMeteo, ahead.spending, 1, start + 2 * minute)).toHaveProperty("spending");
  });

  it("never grants more in any period than it has, whatever is asked for when, by clocks that disagree", () => {
    const weights = fc.array(
      fc.record({ weight: fc.integer({ min: 1, max: 4_000 }), wait: fc.integer({ min: -90_000, max: 7_200_000 }) }),
      { maxLength: 80 },
    );
    fc.assert(
      fc.property(weights, (asked) => {
        let spending: Spending | undefined;
        let now = start;
        for (const { weight, wait } of asked) {
          now += wait;
          const outcome = spend(openMeteo, spending, weight / 10, now);
          if ("spending" in outcome) ({ spending } = outcome);
          const spent = spentAt(spending, now);
          for (const period of periods) expect(spent[period]).toBeLessThanOrEqual(openMeteo.calls[period]);
        }
      }),
    );
  });
});
