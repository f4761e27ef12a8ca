import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { encodeExchanges } from "../../../adapters/exchanges.ts";
import { quarantineKey, rawKey } from "../../../core/lake-keys.ts";
import { sourceOf } from "../../../core/sources.ts";
import { stateKeys } from "../../../functions/facts.ts";
import type { Home } from "../../../runtime/home.ts";
import { listQuarantine, retryQuarantine } from "../../../runtime/quarantine.ts";
import { eventPayload, marketPayload, without } from "../market/payloads.ts";
import { liveHome } from "../functions/own-home.ts";

const source = sourceOf("kalshi-markets");
const at = Date.UTC(2026, 10, 1, 12);
let home: Home;
let remove: () => void;
beforeEach(() => {
  ({ home, remove } = liveHome());
});
afterEach(() => remove());

/** A window as an older decoder left it: the exchanges stored, the payload refused. */
async function refusedBy(version: number, windowAt: number, market: Record<string, unknown>): Promise<void> {
  const { lake } = home.services;
  const url = "https://external-api.kalshi.com/trade-api/v2/events?series_ticker=KXHIGHXYZ";
  const body = JSON.stringify({ cursor: "", events: [eventPayload({ markets: [market] })] });
  await lake.putIfAbsent(
    rawKey(source.id, windowAt),
    encodeExchanges([{ url, status: 200, fetched_at: windowAt, body }]),
  );
  const refused = [
    { kind: "drift", exchange: 0, path: "events[0].markets[0].title", message: "missing", payload: null },
  ];
  const object = {
    source: source.id,
    window_at: windowAt,
    decoder_version: version,
    raw_key: rawKey(source.id, windowAt),
    refused,
  };
  await lake.putIfAbsent(quarantineKey(source.id, windowAt, version), new TextEncoder().encode(JSON.stringify(object)));
}

describe("the quarantine", () => {
  it("is listed with source, window, path, message and key", async () => {
    await refusedBy(0, at, marketPayload());
    expect(await listQuarantine(home.services, undefined)).toEqual([
      expect.objectContaining({
        source: source.id,
        window_at: at,
        path: "events[0].markets[0].title",
        message: "missing",
        landed_since: false,
        key: quarantineKey(source.id, at, 0),
      }),
    ]);
    expect(await listQuarantine(home.services, "climate-reports")).toEqual([]);
  });

  it("lands what today's decoder takes, moves the pointer, and says so ever after", async () => {
    await refusedBy(0, at, marketPayload());
    expect(await retryQuarantine(home.services, source.id)).toEqual([
      { source: source.id, window_at: at, outcome: "landed", rows: 3, reasons: [] },
    ]);
    const pointer = await home.services.state.get<{ window_at: number }>(stateKeys.pointer(source.id));
    expect(pointer?.value.window_at).toBe(at);
    expect((await listQuarantine(home.services, undefined)).map(({ landed_since }) => landed_since)).toEqual([true]);
    expect(await retryQuarantine(home.services, undefined)).toEqual([]);
  });

  it("keeps what is still refused, with today's reason", async () => {
    await refusedBy(0, at, without(marketPayload(), "status"));
    const [retried] = await retryQuarantine(home.services, undefined);
    expect(retried).toMatchObject({ outcome: "still refused", reasons: [{ path: "events[0].markets[0].status" }] });
    expect(await home.services.state.get(stateKeys.pointer(source.id))).toBeUndefined();
  });

  it("lands nothing under the version that refused it: the book could not say so", async () => {
    await refusedBy(source.decoderVersion, at, marketPayload());
    const [retried] = await retryQuarantine(home.services, undefined);
    expect(retried).toMatchObject({
      outcome: "same version",
      reasons: [{ message: expect.stringContaining("raise decoderVersion") }],
    });
    expect(await home.services.lake.list("tables/")).toEqual([]);
  });
});
