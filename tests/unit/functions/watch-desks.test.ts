/** What watch expects of the desks that run, and of those that are left out for a while. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { firesBetween } from "../../../core/schedule.ts";
import { sources, sourcesOf } from "../../../core/sources.ts";
import { watchSchedule } from "../../../core/watch-schedule.ts";
import { stateKeys, type Watched } from "../../../functions/facts.ts";
import { readDay } from "../../../functions/parts.ts";
import { Permanent } from "../../../functions/permanent.ts";
import { watch } from "../../../functions/watch/step.ts";
import type { Home } from "../../../runtime/home.ts";
import { sandboxHome } from "./own-home.ts";

const day = "2026-10-28";
const clock = (time: string) => Date.parse(`${day}T${time}:00Z`);
const both = ["weather", "crypto"];
const ofCrypto = new Set(sourcesOf(["crypto"]).map(({ id }) => id));
const ofWeather = new Set(sourcesOf(["weather"]).map(({ id }) => id));
let home: Home;
let remove: () => void;

beforeEach(() => {
  ({ home, remove } = sandboxHome("desks", clock("12:00")));
});

afterEach(() => remove());

/** Every watch from the first time to the last one. */
async function watched(from: string, until: string, desks?: string[]): Promise<void> {
  for (const at of firesBetween(watchSchedule, clock(from) - 1, clock(until))) {
    await watch({ ...(desks === undefined ? {} : { desks }), at: new Date(at).toISOString() }, home.services);
  }
}

const expected = async (source: string) =>
  (await readDay(home.services.lake, "ingest_ledger", day))
    .filter((row) => row.source === source && row.entry === "expected")
    .map(({ window_at }) => window_at)
    .sort((a, b) => a - b);

/** Alerts on sources of the crypto desk, or of the other one. */
async function alerts(of: ReadonlySet<string>, rule: string) {
  const rows = await readDay(home.services.lake, "alerts", day);
  return rows.filter((row) => row.rule === rule && of.has(row.scope)).map((row) => row.raised_at);
}

const everyMinute = (from: string, until: string) =>
  firesBetween({ everyMinutes: 1, offsetMinutes: 0 }, clock(from), clock(until));

describe("watch, of desks that are chosen", () => {
  it("books what was due while a desk ran, and nothing of the time without it", async () => {
    await watched("14:03", "15:28", both);
    await watched("15:33", "17:43", ["weather"]);
    await watched("17:48", "19:03", both);
    // After the first watch that knew it to run, to the last one; and so again.
    expect(await expected("venue-quotes")).toEqual([
      ...everyMinute("14:03", "15:28"),
      ...everyMinute("17:48", "19:03"),
    ]);
    const quarters = { everyMinutes: 15, offsetMinutes: 0 };
    expect(await expected("kalshi-markets")).toEqual(firesBetween(quarters, clock("14:03"), clock("19:03")));
  });

  it("tells of nothing that a desk left out does not bring, and begins anew when it is back", async () => {
    await watched("14:03", "15:28", both);
    for (const rule of ["source-stale", "ledger-gap"]) expect(await alerts(ofCrypto, rule)).not.toEqual([]);
    await watched("15:33", "17:43", ["weather"]);
    const pointer = { window_at: clock("15:20"), fetched_at: clock("15:20"), raw_key: "", raw_sha256: "", parts: {} };
    for (const id of ofCrypto) await home.services.state.put(stateKeys.pointer(id), pointer, 0);
    await watched("17:48", "17:48", both);
    const since = (times: readonly number[]) => times.filter((at) => at > clock("15:28"));
    for (const rule of ["source-stale", "ledger-gap"]) {
      expect(since(await alerts(ofCrypto, rule)), rule).toEqual([]);
      expect(since(await alerts(ofWeather, rule)), rule).not.toEqual([]);
    }
    // Nothing comes: it is stale after its time from there on, and its windows are overdue after their grace.
    await watched("17:53", "18:13", both);
    expect(since(await alerts(ofCrypto, "source-stale"))).not.toEqual([]);
    expect(since(await alerts(ofCrypto, "ledger-gap"))).toEqual([]);
    await watched("18:18", "18:23", both);
    expect(since(await alerts(ofCrypto, "ledger-gap"))).not.toEqual([]);
  });

  it("looks after all of them where none is named, and goes on where nobody could choose before", async () => {
    const before: Watched = { since: clock("13:03"), until: clock("14:58"), booked: clock("14:03") };
    await home.services.state.put(stateKeys.watched(), before, 0);
    await watched("15:03", "15:03");
    expect(await expected("venue-quotes")).toEqual(everyMinute("14:03", "15:03"));
    const stored = (await home.services.state.get<Watched>(stateKeys.watched()))?.value;
    expect(stored?.desks).toEqual({ weather: before.since, crypto: before.since });
    await watched("15:08", "15:08", ["crypto"]);
    expect((await home.services.state.get<Watched>(stateKeys.watched()))?.value.desks).toEqual({
      crypto: before.since,
    });
    expect(new Set([...ofCrypto, ...ofWeather])).toEqual(new Set(sources.map(({ id }) => id)));
  });

  it("refuses a desk that there is none of", async () => {
    await expect(watched("14:03", "14:03", ["weather", "props"])).rejects.toThrow(new Permanent('no desk "props"'));
    expect(await home.services.state.get(stateKeys.watched())).toBeUndefined();
  });
});
