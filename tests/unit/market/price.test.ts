import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatCount, formatPrice, parseCount, parsePrice } from "../../../core/market/price.ts";

describe("price and count strings", () => {
  it("reads what Kalshi writes", () => {
    expect(parsePrice("0.0300")).toBe(30_000);
    expect(parsePrice("1.0000")).toBe(1_000_000);
    expect(parsePrice("0")).toBe(0);
    expect(parsePrice("0.000001")).toBe(1);
    expect(parseCount("279.11")).toBe(27_911);
    expect(parseCount("241308.93")).toBe(24_130_893);
  });

  it.each([
    3,
    0.03,
    null,
    undefined,
    "",
    ".5",
    "5.",
    "-0.1",
    "+1",
    "1e3",
    "0,5",
    " 1",
    "1 ",
    "0.0000001",
    "NaN",
    "99999999999999999",
    "0x1",
  ])("refuses %o as a price", (value) => {
    expect(() => parsePrice(value)).toThrow(/dollar string/);
  });

  it("refuses a third decimal of a count, and numbers", () => {
    expect(() => parseCount("0.125")).toThrow(/more than 2 decimals/);
    expect(() => parseCount(279)).toThrow(/count string/);
  });

  it("gives every price and count back as it was", () => {
    fc.assert(
      fc.property(fc.nat(2_000_000_000), (price) => {
        expect(parsePrice(formatPrice(price))).toBe(price);
      }),
    );
    fc.assert(
      fc.property(fc.nat(2_000_000_000), (count) => {
        expect(parseCount(formatCount(count))).toBe(count);
      }),
    );
  });

  it("is exact where floating point is not", () => {
    fc.assert(
      fc.property(fc.nat(999), fc.nat(999_999), (whole, micro) => {
        const text = `${whole}.${String(micro).padStart(6, "0")}`;
        expect(parsePrice(text)).toBe(whole * 1_000_000 + micro);
      }),
    );
  });

  it("refuses to write what is no whole number of units", () => {
    expect(() => formatPrice(0.5)).toThrow(/micro-dollars/);
    expect(() => formatCount(-1)).toThrow(/hundredths/);
  });
});
