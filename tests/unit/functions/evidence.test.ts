/** Where settle looks for a desk's work on an event. */
import { expect, it } from "vitest";
import { cryptoDesk } from "../../../core/crypto/desk.ts";
import { isDue } from "../../../core/crypto/paces.ts";
import { evidenceOf } from "../../../functions/settle/evidence.ts";
import { Reader } from "../../../functions/settle/reader.ts";
import { tables } from "../../../schemas/index.ts";
import { rowWith } from "../schemas/table-rows.ts";

const minute = 60_000;
const unread = () => Promise.reject(new Error("nothing is read to know where to look"));

it("reaches back to the first job of a bitcoin event, however early it is planned", () => {
  const closeTime = Date.parse("2026-11-02T22:00:00Z");
  const { worked } = evidenceOf({
    desk: cryptoDesk,
    eventTicker: "KXBTCD-26NOV0217",
    markets: [rowWith(tables.kalshi_markets, { close_time: closeTime })],
    now: closeTime + minute,
    reader: new Reader({ get: unread, putIfAbsent: unread, list: unread }),
  });
  const planned = Array.from({ length: 3 * 1_440 }, (_, before) => closeTime - before * minute).filter((at) =>
    isDue(at, closeTime),
  );
  expect(worked).toEqual({ from: Math.min(...planned), until: closeTime });
});
