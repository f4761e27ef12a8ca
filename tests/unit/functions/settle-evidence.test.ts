/** What a bitcoin outcome is checked by: the prints of its window, as their own seconds say. */
import { expect, it } from "vitest";
import { cryptoDesk } from "../../../core/crypto/desk.ts";
import { knownPrints } from "../../../core/crypto/index-basis.ts";
import { windowStem } from "../../../core/lake-keys.ts";
import type { Lake } from "../../../core/ports.ts";
import { writeParts } from "../../../functions/parts.ts";
import { Reader } from "../../../functions/settle/reader.ts";
import type { SettledEvent } from "../../../functions/settle/evidence.ts";
import { evidenceOf } from "../../../functions/settle/evidence.ts";
import { closeTime, listing, prints, ranges } from "../crypto/listing.ts";

it("reads the prints around the window, which tell whose second one on its edge is", async () => {
  // Each is made on its second, but the first of the window 120 ms early.
  const start = closeTime - 60_000;
  const held = prints(start - 60_000, closeTime + 60_000, (at) => (at >= start && at < closeTime ? 84_050 : 1)).map(
    (print) => (print.print_at === start ? { ...print, print_at: start - 120 } : print),
  );
  const reader: Pick<SettledEvent["reader"], "prints"> = {
    prints: (_settlement, { from, until }) =>
      Promise.resolve(held.filter(({ print_at }) => print_at >= from && print_at < until)),
  };
  const markets = (listing(closeTime - 600_000).kalshi_markets ?? [])
    .filter(({ event_ticker }) => event_ticker === ranges)
    .map((market) => ({ ...market, status: "finalized", result: "no", expiration_value: "84050.00" }));
  const evidence = evidenceOf({
    desk: cryptoDesk,
    eventTicker: ranges,
    markets,
    now: closeTime + 600_000,
    reader: reader as SettledEvent["reader"],
  });
  const { outcomes } = await evidence.resolve();
  expect(outcomes[0]).toMatchObject({ agreement: "agree", index_average_usd: 84_050 });
});

it.each([
  ["a later second of the minute", 9_000],
  ["the minute as a whole", 0],
])("takes the copy of a print that came last, as forecasts do, whichever part it is in: %s", async (_what, lastIn) => {
  const minute = closeTime - 60_000;
  const objects = new Map<string, Uint8Array>();
  const lake: Lake = {
    get: (key) => Promise.resolve(objects.get(key)),
    putIfAbsent: (key, bytes) => Promise.resolve(objects.set(key, bytes) && "created"),
    list: (prefix) => Promise.resolve([...objects.keys()].filter((key) => key.startsWith(prefix)).sort()),
  };
  const first = prints(minute, minute + 1_000, () => 84_000);
  const last = first.map((print) => ({
    ...print,
    value: 84_001,
    received_at: minute + 2_000,
    ingested_at: minute + 2_000,
  }));
  for (const [at, index_prints] of [
    [minute + lastIn, last],
    [minute + 9_000 - lastIn, first],
  ] as const)
    await writeParts(lake, `${windowStem("stream-kalshi", at)}-one`, 1, { index_prints });
  const settlement = { by: "index-average", index: "BRTI", stream: "stream-kalshi" } as const;
  expect(await new Reader(lake).prints(settlement, { from: minute, until: closeTime })).toEqual(last);
  expect(knownPrints([...last, ...first], closeTime)).toEqual(last);
});
