import { zstdCompressSync } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeExchanges, encodeExchanges } from "../../../adapters/exchanges.ts";
import type { Exchange } from "../../../core/source.ts";

const exchange = fc.record(
  {
    url: fc.string(),
    status: fc.integer({ min: 100, max: 599 }),
    fetched_at: fc.nat({ max: 2 ** 45 }),
    body: fc.string({ unit: "binary" }),
  },
  { noNullPrototype: true },
);

describe("exchanges", () => {
  it("come back as they were, line separators and all", () => {
    fc.assert(
      fc.property(fc.array(exchange), (exchanges) => {
        expect(decodeExchanges(encodeExchanges(exchanges))).toEqual(exchanges);
      }),
    );
    const odd: Exchange[] = [{ url: "u", status: 200, fetched_at: 1, body: "a\nb\r\n\u2028\u0000" }];
    expect(decodeExchanges(encodeExchanges(odd))).toEqual(odd);
  });

  it("give equal bytes whatever the order of their members", () => {
    const one: Exchange = { url: "u", status: 200, fetched_at: 1, body: "{}" };
    const other: Exchange = { body: "{}", fetched_at: 1, status: 200, url: "u" };
    expect(encodeExchanges([one])).toEqual(encodeExchanges([other]));
  });

  it("never come back altered when a byte was damaged", () => {
    const exchanges: Exchange[] = [{ url: "u", status: 200, fetched_at: 1, body: "The maximum was 71 degrees" }];
    const bytes = encodeExchanges(exchanges);
    const read = (damaged: Uint8Array): Exchange[] | undefined => {
      try {
        return decodeExchanges(damaged);
      } catch {
        return undefined;
      }
    };
    const altered = [...bytes.keys()].filter((index) => {
      const found = read(bytes.with(index, (bytes[index] ?? 0) ^ 1));
      return found !== undefined && JSON.stringify(found) !== JSON.stringify(exchanges);
    });
    expect(altered).toEqual([]);
    expect(() => decodeExchanges(bytes.subarray(0, -1))).toThrow(/unexpected end/i);
  });

  it("are refused when of another shape or cut short", () => {
    expect(() => decodeExchanges(zstdCompressSync('{"body":"","fetched_at":1,"status":200,"url":"u"}'))).toThrow(
      /cut short/,
    );
    expect(() => encodeExchanges([{ url: "u", status: 200, fetched_at: 1.5, body: "" }])).toThrow(
      /item 0[\s\S]*fetched_at/,
    );
  });
});
