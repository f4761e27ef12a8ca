import { Cron } from "croner";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { awsCron, cronerPattern, firesBetween } from "../../../core/schedule.ts";
import type { Schedule } from "../../../core/source.ts";
import { ticks } from "../../../core/ticks.ts";
import { runs } from "../../runs.ts";

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
// The US changes its clocks on 1 November 2026: schedules are UTC and must not notice.
const start = Date.UTC(2026, 9, 31);

/** Reads the list form of EventBridge's cron: minutes and hours are lists or `*`, the rest says every day. */
function awsFires(expression: string, from: number, to: number): number[] {
  const match = /^cron\(([\d,*]+) ([\d,*]+) \* \* \? \*\)$/.exec(expression);
  if (match === null) throw new Error(`not the list form: ${expression}`);
  const allows = (field: string | undefined, value: number) =>
    field === "*" || field?.split(",").map(Number).includes(value) === true;
  const fires: number[] = [];
  for (let at = from + MINUTE - (from % MINUTE); at <= to; at += MINUTE) {
    const date = new Date(at);
    if (allows(match[1], date.getUTCMinutes()) && allows(match[2], date.getUTCHours())) fires.push(at);
  }
  return fires;
}

function cronerFires(pattern: string, from: number, to: number): number[] {
  const cron = new Cron(pattern, { timezone: "UTC", paused: true });
  const fires: number[] = [];
  for (let next = cron.nextRun(new Date(from)); next !== null && next.getTime() <= to; next = cron.nextRun(next)) {
    fires.push(next.getTime());
  }
  cron.stop();
  return fires;
}

const everyCron = [1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60, 120, 180, 240, 360, 480, 720, 1440];
const schedule = fc
  .constantFrom(...everyCron)
  .chain((everyMinutes) =>
    fc.integer({ min: 0, max: everyMinutes - 1 }).map((offsetMinutes): Schedule => ({ everyMinutes, offsetMinutes })),
  );

describe("a schedule", () => {
  // Ticks that share a schedule share the answer.
  const distinct = new Map(ticks.map((tick) => [JSON.stringify(tick.schedule), [tick.id, tick.schedule] as const]));
  test.each([...distinct.values()])(
    "of %s means the same in EventBridge, in croner and in arithmetic over the two days of a change of clocks",
    (_id, listed) => {
      const end = start + 2 * DAY;
      const fires = firesBetween(listed, start, end);
      expect(fires).toHaveLength((2 * DAY) / (listed.everyMinutes * MINUTE));
      expect(awsFires(awsCron(listed), start, end)).toEqual(fires);
      expect(cronerFires(cronerPattern(listed), start, end)).toEqual(fires);
    },
  );

  test("means the same in all three forms for every period that a cron can say", () => {
    fc.assert(
      fc.property(schedule, fc.integer({ min: 0, max: DAY }), (drawn, shift) => {
        const from = start + shift;
        const fires = firesBetween(drawn, from, from + DAY);
        expect(awsFires(awsCron(drawn), from, from + DAY)).toEqual(fires);
        // croner has a resolution of seconds: one that fires within the second of `from` is left out by both.
        expect(cronerFires(cronerPattern(drawn), from - (from % 1000), from + DAY).filter((at) => at > from)).toEqual(
          fires,
        );
      }),
      { numRuns: runs(15, 100) },
    );
  });

  test("covers adjoining spans without a gap or a repeat", () => {
    fc.assert(
      fc.property(schedule, fc.nat(DAY), fc.nat(DAY), fc.nat(DAY), (drawn, from, first, second) => {
        const middle = from + first;
        const end = middle + second;
        expect([...firesBetween(drawn, from, middle), ...firesBetween(drawn, middle, end)]).toEqual(
          firesBetween(drawn, from, end),
        );
      }),
    );
  });

  test("leaves out the start of the span and holds its end", () => {
    const hourly: Schedule = { everyMinutes: 60, offsetMinutes: 2 };
    const at = start + 2 * MINUTE;
    expect(firesBetween(hourly, at, at)).toEqual([]);
    expect(firesBetween(hourly, at - 1, at)).toEqual([at]);
    expect(firesBetween(hourly, at, at + 60 * MINUTE)).toEqual([at + 60 * MINUTE]);
  });

  test("writes minutes and hours as lists", () => {
    expect(awsCron({ everyMinutes: 15, offsetMinutes: 0 })).toBe("cron(0,15,30,45 * * * ? *)");
    expect(awsCron({ everyMinutes: 720, offsetMinutes: 65 })).toBe("cron(5 1,13 * * ? *)");
    expect(cronerPattern({ everyMinutes: 5, offsetMinutes: 3 })).toBe("3,8,13,18,23,28,33,38,43,48,53,58 * * * *");
    expect(cronerPattern({ everyMinutes: 1440, offsetMinutes: 485 })).toBe("5 8 * * *");
  });

  test.each([
    [{ everyMinutes: 40, offsetMinutes: 0 }, /everyMinutes is 40; a cron needs/],
    [{ everyMinutes: 7, offsetMinutes: 0 }, /everyMinutes is 7; it must/],
    [{ everyMinutes: 15, offsetMinutes: 15 }, /offsetMinutes is 15; it must/],
    [{ everyMinutes: 15, offsetMinutes: 0.5 }, /offsetMinutes is 0.5; it must/],
    [{ everyMinutes: 0, offsetMinutes: 0 }, /everyMinutes is 0; it must/],
  ])("%j is refused", (bad, message) => {
    expect(() => awsCron(bad)).toThrow(message);
    expect(() => cronerPattern(bad)).toThrow(message);
  });
});
