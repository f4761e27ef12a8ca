/** What fires in a play: everything all along, but the crypto desk in its hour. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { sourcesOf } from "../../../core/sources.ts";
import { ticks } from "../../../core/ticks.ts";
import { stateKeys } from "../../../functions/facts.ts";
import { openHome } from "../../../runtime/home.ts";
import { play } from "../../../runtime/play.ts";
import { cryptoSpan, playedTicks } from "../../../runtime/played-ticks.ts";
import { demoDays, demoStart } from "../../../sandbox/incidents.ts";

const minute = 60_000;
const day = 1_440 * minute;

it("are all ticks; what comes by the minute has its span, within the last day but one", () => {
  expect(playedTicks.map(({ id }) => id)).toEqual(ticks.map(({ id }) => id));
  const spanned = playedTicks.filter(({ span }) => span !== undefined);
  expect(spanned.map(({ input: { source } }) => source).filter((source) => source !== undefined)).toEqual(
    sourcesOf(["crypto"]).map(({ id }) => id),
  );
  for (const { schedule, span, queue } of playedTicks)
    if (schedule.everyMinutes < 15 && queue !== "watch") expect(span).toEqual(cryptoSpan);
  const begins = demoStart + (demoDays - 2) * day;
  expect(cryptoSpan.from).toBeGreaterThanOrEqual(begins);
  expect(cryptoSpan.until).toBeLessThanOrEqual(begins + day);
});

it("fire inside their span only, and the watch is told of it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "brier-span-"));
  const home = openHome({
    folder,
    surroundings: {
      kind: "sandbox",
      seed: "span",
      start: cryptoSpan.until - 3 * minute,
      days: 1,
      incidents: "none",
      cities: ["KMDW"],
      clock: "virtual",
    },
    log: { write: () => undefined },
  });
  try {
    const own = playedTicks.filter(({ id }) => id === "ingest-venue-quotes" || id === "ingest-kalshi-markets");
    await play(home, { until: cryptoSpan.until + 11 * minute, ticks: own });
    const { lake, state } = home.services;
    // Half-open: the last minute of the span is not its end.
    expect(await lake.list("raw/venue-quotes/")).toHaveLength(3);
    expect(await lake.list("raw/kalshi-markets/")).toHaveLength(1);
    expect((await state.get(stateKeys.runningSpans()))?.value).toEqual({ "venue-quotes": cryptoSpan });
  } finally {
    home.close();
    rmSync(folder, { recursive: true });
  }
});
