/** What a bitcoin outcome is checked by: the prints of its window, as their own seconds say. */
import { expect, it } from "vitest";
import { cryptoDesk } from "../../../core/crypto/desk.ts";
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
