/** What a desk that begins sends at once. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { desks } from "../../../core/desks.ts";
import { firesBetween } from "../../../core/schedule.ts";
import { sourcesOf } from "../../../core/sources.ts";
import { stateKeys, type Watched } from "../../../functions/facts.ts";
import { openHome, sandboxNow } from "../../../runtime/home.ts";
import { runLive } from "../../../runtime/live.ts";

const minute = 60_000;
const day = 1_440 * minute;

it.each(desks.map((desk) => [desk.id, desk] as const))(
  "asks what the desk %s reads, and nothing else",
  async (id, desk) => {
    const folder = mkdtempSync(join(tmpdir(), "brier-live-"));
    const home = openHome({ folder, surroundings: sandboxNow("live"), log: { write: () => undefined } });
    try {
      const begun = Date.now();
      // Told to stop before it begins, it leaves what it has sent to whoever comes next.
      await runLive(home, { desks: [desk], signal: AbortSignal.abort() });
      const sent = await home.queue.receive("ingest", 100);
      const asked = sent.map(({ body }) => JSON.parse(body) as { source: string; at: string });
      const first = (await home.services.state.get<Watched>(stateKeys.watched()))?.value.since ?? Number.NaN;
      const firstMinute = Math.floor(first / minute) * minute;
      const seldom = sourcesOf([id]).filter(({ schedule }) => schedule.everyMinutes > 5);
      const expected = seldom.flatMap((source) => {
        const newest = firesBetween(source.schedule, first - day, first).at(-1) ?? Number.NaN;
        const windows = source.id === "spot-candles" ? [newest, firstMinute] : [newest];
        return [...new Set(windows)].map((at) => ({ source: source.id, at: new Date(at).toISOString() }));
      });
      expect(asked).toEqual(expected);
      expect(home.queue.waiting()).toEqual([]);
      // What was due before it began is nothing that anybody missed.
      const watched = (await home.services.state.get<Watched>(stateKeys.watched()))?.value;
      expect(watched?.booked).toBeGreaterThanOrEqual(begun);
    } finally {
      home.close();
      rmSync(folder, { recursive: true });
    }
  },
);
