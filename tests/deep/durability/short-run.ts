/** The short run that is disturbed: one day of two cities, from listing to graded forecast. */
import { openHome, type Home } from "../../../runtime/home.ts";

const hour = 3_600_000;

/** From the listing of one day's events to the grades of the day before. */
const start = Date.UTC(2026, 9, 28, 14);
export const until = start + 24 * hour;

export function openShortRun(folder: string): Home {
  return openHome({
    folder,
    surroundings: {
      kind: "sandbox",
      seed: "durability",
      start,
      days: 3,
      incidents: "demo",
      cities: ["KMDW", "KMIA"],
      clock: "virtual",
    },
    log: { write: () => undefined },
  });
}

/**
 * The same home with `onOperation` called before and after every operation of its ports, so that a run can be ended at
 * any instant between two of them.
 */
export function instrument(home: Home, onOperation: () => void): Home {
  const wrap = <T extends object>(port: T): T =>
    new Proxy(port, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== "function") return member;
        return (...args: unknown[]) => {
          onOperation();
          const result: unknown = Reflect.apply(member, target, args);
          if (!(result instanceof Promise)) {
            onOperation();
            return result;
          }
          return result.then((value: unknown) => {
            onOperation();
            return value;
          });
        };
      },
    });
  const queue = wrap(home.queue);
  const { lake, state, http, telegram } = home.services;
  return {
    ...home,
    queue,
    clock: wrap(home.clock),
    services: {
      ...home.services,
      queue,
      lake: wrap(lake),
      state: wrap(state),
      http: wrap(http),
      telegram: wrap(telegram),
    },
    close: () => home.close(),
  };
}
