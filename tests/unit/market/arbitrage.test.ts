import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arbitrage as rule } from "../../../core/alerts/arbitrage.ts";
import {
  type Arbitrage,
  type ScannedEvent,
  type ScannedMarket,
  scanArbitrages,
} from "../../../core/market/arbitrage.ts";
import type { BookLevel } from "../../../core/market/books.ts";
import type { Job } from "../../../core/desk.ts";
import { takerFeesOfFills } from "../../../core/market/fees.ts";
import type { Side } from "../../../core/market/payouts.ts";
import { outcomeOf, type StrikeInterval } from "../../../core/market/strikes.ts";
import { runs } from "../../runs.ts";

/** Today's rule: the fee to a millionth of a dollar, cost and fee of a fill together to a hundredth of a cent. */
const at = Date.parse("2026-10-03T17:25:00Z");
const cents = (price: number, contracts = 10): BookLevel => ({ price: price * 10_000, size: contracts * 100 });

const below = (highest: number): StrikeInterval => ({ lowest: null, highest });
const above = (lowest: number): StrikeInterval => ({ lowest, highest: null });
const range = (lowest: number, highest: number): StrikeInterval => ({ lowest, highest });

const market = (
  market_ticker: string,
  interval: StrikeInterval | undefined,
  book: Partial<Pick<ScannedMarket, "bids" | "asks" | "waivedUntil">> = {},
): ScannedMarket => ({ market_ticker, interval, bids: [], asks: [], waivedUntil: null, ...book });

const event = (event_ticker: string, markets: ScannedMarket[], more: Partial<ScannedEvent> = {}): ScannedEvent => ({
  event_ticker,
  mutuallyExclusive: true,
  settlement: "BRTI average 2026-10-03T18:00Z",
  stepsPerUnit: 1,
  fees: { feeType: "quadratic", multiplier: 1, memberPrecision: "direct" },
  markets,
  ...more,
});
const scan = (...events: ScannedEvent[]) => scanArbitrages(events, at).found;
const legs = ({ legs: bought }: Arbitrage) => bought.map(({ market_ticker, side }) => `${side} ${market_ticker}`);

/** Three brackets of whole numbers, with the given books. */
const brackets = (books: Partial<ScannedMarket>[], more: Partial<ScannedEvent> = {}) =>
  event(
    "E",
    [below(69), range(70, 71), above(72)].map((interval, index) => market(`M${index}`, interval, books[index])),
    more,
  );
const asks = (...levels: BookLevel[]) => ({ asks: levels });
const bids = (...levels: BookLevel[]) => ({ bids: levels });

describe("the forms, by hand", () => {
  it("all-Yes", () => {
    // 10 contracts at 0.30, 0.30, 0.30: fee 0.07 x 10 x 0.21 = 0.147 each; cost 9 + 0.441, pays 10.
    const [found, ...others] = scan(brackets([asks(cents(30)), asks(cents(30, 50)), asks(cents(30, 20))]));
    expect(others).toEqual([]);
    expect(found).toEqual({
      form: "all-yes",
      events: ["E"],
      size: 1_000,
      legs: [0, 1, 2].map((index) => ({
        market_ticker: `M${index}`,
        side: "yes",
        fills: [{ price: 300_000, count: 1_000 }],
        fee: 147_000,
        cost: 3_147_000,
      })),
      cost: 9_441_000,
      fees: 441_000,
      payout: 10_000_000,
      profit: 559_000,
      gaps: [],
      // Two legs of 3.147 bought, and the third is the one that wins.
      worstCase: 6_294_000,
    });
  });

  it("all-No", () => {
    // 10 contracts of No at 0.50, 0.60, 0.70: fees 0.175, 0.168, 0.147; cost 18 + 0.49, pays 20.
    const [found, ...others] = scan(brackets([bids(cents(50)), bids(cents(40)), bids(cents(30))]));
    expect(others).toEqual([]);
    expect(found).toMatchObject({
      form: "all-no",
      size: 1_000,
      cost: 18_490_000,
      fees: 490_000,
      payout: 20_000_000,
      profit: 1_510_000,
      // Only the dearest leg filled, and its bracket wins: 7 + 0.147.
      worstCase: 7_147_000,
    });
  });

  it("all-No of a part of the event: it need not be exhaustive, and a leg that nobody offers is left out", () => {
    // No at 0.45 twice: fees 0.17325 each, with their cost to a hundredth of a cent, and nobody bids for the third
    // bracket. Cost 9 + 0.3466, pays 10.
    const [found] = scan(brackets([bids(cents(55)), {}, bids(cents(55))]));
    expect(found && legs(found)).toEqual(["no M0", "no M2"]);
    expect(found).toMatchObject({ form: "all-no", payout: 10_000_000, profit: 653_400 });
  });

  it("all-No: a thin leg is left out when the others pay more without it", () => {
    const four = (thin: number) =>
      scan(
        event(
          "E",
          [below(69), range(70, 71), range(72, 73), above(74)].map((interval, index) =>
            market(`M${index}`, interval, bids(cents(40, index === 1 ? thin : 100))),
          ),
        ),
      )[0];
    // No at 0.60 + 0.0168 of fee: four pay 3 for 2.4672, three pay 2 for 1.8504.
    expect(four(1)).toMatchObject({ form: "all-no", size: 10_000, payout: 200_000_000, profit: 14_960_000 });
    expect(four(1)?.legs.map(({ market_ticker }) => market_ticker)).toEqual(["M0", "M2", "M3"]);
    expect(four(90)).toMatchObject({ form: "all-no", size: 9_000, payout: 270_000_000, profit: 47_952_000 });
  });

  it("box: the same range in two events", () => {
    // Yes at 0.40 in one, No at 1 - 0.46 = 0.54 in the other: fees 0.168 and 0.17388; cost 9.4 + 0.34188, pays 10.
    const [found, ...others] = scan(
      event("A", [market("A1", above(72_000), asks(cents(40)))]),
      event("B", [market("B1", above(72_000), bids(cents(46)))]),
    );
    expect(others).toEqual([]);
    expect(found && legs(found)).toEqual(["yes A1", "no B1"]);
    expect(found).toMatchObject({
      form: "box",
      events: ["A", "B"],
      cost: 9_741_900,
      payout: 10_000_000,
      profit: 258_100,
      // One leg alone, and the other side comes.
      worstCase: 5_573_900,
    });
  });

  it("box: a tail and the threshold that is its opposite", () => {
    // Yes below 72,000 at 0.40 and Yes from 72,000 on at 0.55: fees 0.168 and 0.17325; cost 9.5 + 0.34125, pays 10.
    const [found] = scan(
      event("A", [market("A1", below(71_999), asks(cents(40)))]),
      event("B", [market("B1", above(72_000), asks(cents(55)))]),
    );
    expect(found && legs(found)).toEqual(["yes A1", "yes B1"]);
    expect(found).toMatchObject({ form: "box", fees: 341_300, profit: 158_700 });
  });

  it("thresholds: a higher one dearer than a lower one", () => {
    // Yes above 72,000 at 0.40, No above 73,000 at 1 - 0.50: fees 0.168 and 0.175; cost 9 + 0.343, pays 10 or 20.
    const [found, ...others] = scan(
      event("D", [market("K1", above(72_000), asks(cents(40))), market("K2", above(73_000), bids(cents(50)))], {
        mutuallyExclusive: false,
      }),
    );
    expect(others).toEqual([]);
    expect(found && legs(found)).toEqual(["yes K1", "no K2"]);
    expect(found).toMatchObject({ form: "thresholds", cost: 9_343_000, payout: 10_000_000, profit: 657_000 });
  });

  it("thresholds: an inversion of a cent is eaten by fees of three and a half", () => {
    expect(
      scan(event("D", [market("K1", above(72_000), asks(cents(50))), market("K2", above(73_000), bids(cents(51)))])),
    ).toEqual([]);
    // The right way round it is none at any price: above the higher one is no more than above the lower one.
    expect(
      scan(event("D", [market("K1", above(72_000), bids(cents(60))), market("K2", above(73_000), asks(cents(10)))])),
    ).toEqual([]);
  });

  it("bucket: a range and the thresholds at its ends", () => {
    // Range 0.10, No above 72,000 at 1 - 0.75, Yes above 73,000 at 0.55:
    // fees 0.063, 0.13125, 0.17325 (the last two to a hundredth of a cent with their cost); cost 9 + 0.3676, pays 10.
    const [found, ...others] = scan(
      event("R", [market("B", range(72_000, 72_999), asks(cents(10)))]),
      event("D", [market("K1", above(72_000), bids(cents(75))), market("K2", above(73_000), asks(cents(55)))], {
        mutuallyExclusive: false,
      }),
    );
    expect(others).toEqual([]);
    expect(found && legs(found)).toEqual(["yes B", "no K1", "yes K2"]);
    expect(found).toMatchObject({ form: "bucket", fees: 367_600, payout: 10_000_000, profit: 632_400 });
  });

  it("bucket, the other way: it always pays two", () => {
    // No of the range at 1 - 0.30, Yes above 72,000 at 0.60, No above 73,000 at 1 - 0.45:
    // fees 0.147, 0.168, 0.17325 -> 0.1733; cost 18.5 + 0.4883, pays 20.
    const [found, ...others] = scan(
      event("R", [market("B", range(72_000, 72_999), bids(cents(30)))]),
      event("D", [market("K1", above(72_000), asks(cents(60))), market("K2", above(73_000), bids(cents(45)))], {
        mutuallyExclusive: false,
      }),
    );
    expect(others).toEqual([]);
    expect(found && legs(found)).toEqual(["no B", "yes K1", "no K2"]);
    expect(found).toMatchObject({ form: "bucket", fees: 488_300, payout: 20_000_000, profit: 1_011_700 });
  });
});

describe("depth and fees", () => {
  it("stops where the next contract costs more than it pays, not at the end of the depth", () => {
    // 0.90 for five contracts of each, then 0.99, then 1.05: of the second level fees of two cents a contract eat it all.
    const found = scan(
      brackets([
        asks(cents(30, 5), cents(33, 5), cents(40, 500)),
        asks(cents(30, 5), cents(33, 5), cents(40, 500)),
        asks(cents(30, 5), cents(33, 500)),
      ]),
    )[0];
    expect(found?.size).toBe(500);
    expect(found?.profit).toBe(500_000 - 3 * 73_500);
  });

  it("walks several levels, and charges the fee of the whole order", () => {
    const found = scan(brackets([asks(cents(20, 5), cents(25, 5)), asks(cents(20, 10)), asks(cents(20, 10))]))[0];
    expect(found?.size).toBe(1_000);
    expect(found?.legs[0]?.fills).toEqual([
      { price: 200_000, count: 500 },
      { price: 250_000, count: 500 },
    ]);
    // 0.07 x (5 x 0.16 + 5 x 0.1875) = 0.121625, each fill to a hundredth of a cent.
    expect(found?.legs[0]?.fee).toBe(121_700);
  });

  it("is silent when only the fees eat it, and speaks when they are waived", () => {
    const books = [asks(cents(33)), asks(cents(33)), asks(cents(33))];
    expect(scan(brackets(books))).toEqual([]);
    const waived = books.map((book) => ({ ...book, waivedUntil: Date.parse("2027-01-01T00:00:00Z") }));
    expect(scan(brackets(waived))).toMatchObject([{ form: "all-yes", profit: 100_000, fees: 0 }]);
  });

  it("refuses an unknown fee rule instead of taking fees for nothing", () => {
    const fees = { feeType: "flat", multiplier: 1, memberPrecision: "direct" as const };
    expect(() => scan(brackets([asks(cents(30)), {}, {}], { fees }))).toThrow('fee_type "flat"');
  });
});

describe("what is no arbitrage", () => {
  const cheap = asks(cents(10));
  const without = (index: number, change: Partial<ScannedMarket>) => {
    const whole = brackets([cheap, cheap, cheap]);
    return { ...whole, markets: whole.markets.map((one, at_) => (at_ === index ? { ...one, ...change } : one)) };
  };
  it.each([
    ["an event that is not mutually exclusive", brackets([cheap, cheap, cheap], { mutuallyExclusive: false })],
    ["ranges with a hole", without(1, { interval: range(70, 70) })],
    ["ranges that overlap", without(1, { interval: range(69, 71) })],
    ["no tail above", without(2, { interval: range(72, 90) })],
    ["a strike that is no interval", without(1, { interval: undefined })],
    [
      "a market beside the ranges that is no interval",
      {
        ...brackets([cheap, cheap, cheap]),
        markets: [...brackets([cheap, cheap, cheap]).markets, market("X", undefined, cheap)],
      },
    ],
    ["a leg that nobody offers", without(1, { asks: [] })],
  ])("all-Yes with %s", (_what, quoted) => {
    expect(scan(quoted).filter(({ form }) => form === "all-yes")).toEqual([]);
  });

  it("an event whose strikes contradict its word: nobody knows what it pays", () => {
    const whole = brackets([bids(cents(40)), bids(cents(40)), bids(cents(40))]);
    const [first, second, third] = whole.markets;
    if (first === undefined || second === undefined || third === undefined) throw new Error("three markets");
    // 0.60 + 0.0168 each: three pay 2 when they exclude each other, and 1 when the value can lie in two of them.
    expect(scan(whole)[0]?.legs).toHaveLength(3);
    const overlapping = { ...whole, markets: [first, { ...second, interval: range(69, 72) }, third] };
    const scanned = scanArbitrages([overlapping], at);
    expect(scanned.found).toEqual([]);
    expect(scanned.faults).toEqual([expect.stringContaining("E: said to be mutually exclusive, and 69 to 72")]);
  });

  it("markets of another close or rule", () => {
    const pair = (settlement: string) =>
      scan(
        event("A", [market("A1", above(72_000), asks(cents(40)))]),
        event("B", [market("B1", above(72_000), bids(cents(60)))], { settlement }),
      );
    expect(pair("BRTI average 2026-10-03T19:00Z")).toEqual([]);
    expect(pair("BRTI average 2026-10-03T18:00Z")).toHaveLength(1);
  });

  it("a range whose ends are not those of the thresholds", () => {
    expect(
      scan(
        event("R", [market("B", range(72_000, 72_998), asks(cents(10)))]),
        event("D", [market("K1", above(72_000), bids(cents(75))), market("K2", above(73_000), asks(cents(55)))]),
      ),
    ).toEqual([]);
  });

  it("a crossed book: halves of two moments, named and not bought from", () => {
    const crossed = market("A1", above(72_000), { ...asks(cents(40)), ...bids(cents(45)) });
    const scanned = scanArbitrages(
      [event("A", [crossed]), event("B", [market("B1", above(72_000), bids(cents(60)))])],
      at,
    );
    expect(scanned.found).toEqual([]);
    expect(scanned.faults).toEqual([expect.stringContaining("A1: the bid 0.45 is not below the ask 0.4")]);
  });

  it.each([
    ["levels out of order", asks(cents(40), cents(30))],
    ["a bid at the ask", { ...asks(cents(40)), ...bids(cents(40)) }],
    ["a level twice", bids(cents(40), cents(40))],
    ["a level without size", asks({ price: 400_000, size: 0 })],
    ["a price of a dollar", asks(cents(100))],
  ])("a book with %s", (_what, book) => {
    expect(scanArbitrages([event("A", [market("A1", above(72_000), book)])], at).faults).toHaveLength(1);
  });
});

/** Whole numbers as strikes of rules that state no rounding: in quarters. */
const inWords = ({ lowest: from, highest: to }: StrikeInterval): StrikeInterval => ({
  // Strictly above the number below it, strictly below the number above it; a range includes both of its ends.
  lowest: from === null ? null : to === null ? 4 * (from - 1) + 1 : 4 * from,
  highest: to === null ? null : from === null ? 4 * (to + 1) - 1 : 4 * to,
});
const unroundedMarket = (ticker: string, interval: StrikeInterval, quoted: Partial<ScannedMarket> = {}) => ({
  ...market(ticker, interval, quoted),
  unrounded: inWords(interval),
});

describe("rules that do not say that the value is rounded", () => {
  // Less than 70, 70 to 71, 72 to 73, more than 73: nobody has 71.5.
  const four = (quoted: Partial<ScannedMarket>, of: typeof market | typeof unroundedMarket = unroundedMarket) =>
    event(
      "E",
      [below(69), range(70, 71), range(72, 73), above(74)].map((interval, index) => of(`M${index}`, interval, quoted)),
    );

  it("all-Yes pays nothing between two ranges, and between a range and a tail there is no gap", () => {
    // 10 contracts at 0.20 each: fee 0.07 x 10 x 0.16 = 0.112; cost 8 + 0.448, pays 10, and all is lost at 71.5.
    const [found, ...others] = scan(four(asks(cents(20))));
    expect(others).toEqual([]);
    expect(found).toMatchObject({
      form: "all-yes",
      payout: 10_000_000,
      profit: 1_552_000,
      gaps: [{ from: 71, to: 72 }],
      worstCase: 8_448_000,
    });
    // Where the rules round one leg wins, and the other three are all that can be lost: 3 x 2.112.
    expect(scan(four(asks(cents(20)), market))[0]).toMatchObject({ profit: 1_552_000, gaps: [], worstCase: 6_336_000 });
  });

  it("gaps are in the unit of the value", () => {
    const ofCents = { ...four(asks(cents(20))), stepsPerUnit: 100 };
    expect(scan(ofCents)[0]?.gaps).toEqual([{ from: 0.71, to: 0.72 }]);
  });

  it("all-No asks for exclusiveness only", () => {
    // No at 0.60 + 0.0168 each: four pay 3 for 2.4672.
    expect(scan(four(bids(cents(40))))[0]).toMatchObject({ form: "all-no", profit: 5_328_000, gaps: [] });
  });

  it("thresholds of one rule are nested whatever is rounded", () => {
    const [found] = scan(
      event(
        "D",
        [unroundedMarket("K1", above(72_000), asks(cents(40))), unroundedMarket("K2", above(73_000), bids(cents(50)))],
        { mutuallyExclusive: false },
      ),
    );
    expect(found).toMatchObject({ form: "thresholds", profit: 657_000, gaps: [] });
  });

  it("bucket: below the range's lower end lies a gap, beyond its upper end none; the other way has none", () => {
    const bucket = (of: Partial<ScannedMarket>, low: Partial<ScannedMarket>, high: Partial<ScannedMarket>) =>
      scan(
        event("R", [unroundedMarket("B", range(72_000, 72_999), of)]),
        event("D", [unroundedMarket("K1", above(72_000), low), unroundedMarket("K2", above(73_000), high)], {
          mutuallyExclusive: false,
        }),
      );
    // As among the forms by hand. At 71,999.5 the range has not begun and the threshold is passed: 1 + 0.063, 2.5 +
    // 0.13125 and 5.5 + 0.17325 are lost, each but the first to a hundredth of a cent.
    expect(bucket(asks(cents(10)), bids(cents(75)), asks(cents(55)))).toMatchObject([
      { form: "bucket", profit: 632_400, gaps: [{ from: 71_999, to: 72_000 }], worstCase: 9_367_600 },
    ]);
    expect(bucket(bids(cents(30)), asks(cents(60)), bids(cents(45)))).toMatchObject([
      { form: "bucket", payout: 20_000_000, profit: 1_011_700, gaps: [] },
    ]);
  });

  it("box: a threshold of a rule that rounds is the narrower one", () => {
    const pair = (unrounded: Partial<ScannedMarket>, rounded: Partial<ScannedMarket>) =>
      scan(
        event("D", [unroundedMarket("D1", above(72_000), unrounded)]),
        event("Q", [market("Q1", above(72_000), rounded)]),
      );
    // More than 71,999 begins below 71,999.5, from where on 72,000 is reached.
    expect(pair(asks(cents(40)), bids(cents(46)))).toMatchObject([{ form: "box", profit: 258_100, gaps: [] }]);
    expect(pair(bids(cents(46)), asks(cents(40)))).toMatchObject([
      { form: "box", profit: 258_100, gaps: [{ from: 71_999, to: 71_999.5 }], worstCase: 9_741_900 },
    ]);
  });

  it("box: half a cent is rounded up, so that a tail without rounding and a threshold with it have it both", () => {
    // No of less than 72,000 and No of at least 72,000, at 0.40 each: fees 0.168; pays 10, and from 71,999.5 nothing.
    const found = scan(
      event("R", [unroundedMarket("T", below(71_999), bids(cents(60)))]),
      event("Q", [market("Q1", above(72_000), bids(cents(60)))]),
    );
    expect(found).toMatchObject([
      { form: "box", profit: 1_664_000, gaps: [{ from: 71_999.5, to: 72_000 }], worstCase: 8_336_000 },
    ]);
  });

  it("of two sets of one profit that need the same offer the one without a gap is kept", () => {
    // Yes of at least 72,000 at 0.40, with No of more than 71,999 or No of 72,000 to 72,999, each at 0.54.
    const found = scan(
      event("D", [unroundedMarket("D1", above(72_000), bids(cents(46)))]),
      event("R", [unroundedMarket("B", range(72_000, 72_999), bids(cents(46)))]),
      event("Q", [market("Q1", above(72_000), asks(cents(40)))]),
    );
    expect(found.map(legs)).toEqual([["yes Q1", "no B"]]);
    expect(found[0]?.gaps).toEqual([]);
  });
});

const step = 100;
const strikes = [72_000, 72_100, 72_200, 72_300];
const lowest = strikes[0] ?? 0;
const top = strikes.at(-1) ?? 0;
const rangeIntervals = [
  below(lowest - 1),
  ...strikes.slice(0, -1).map((from) => range(from, from + step - 1)),
  above(top),
];
const levels = (direction: 1 | -1) =>
  fc
    .uniqueArray(
      fc.record({
        price: fc.integer({ min: 1, max: 99 }).map((price) => price * 10_000),
        size: fc.integer({ min: 1, max: 500 }),
      }),
      { maxLength: 3, selector: ({ price }) => price },
    )
    .map((side) => side.sort((a, b) => direction * (a.price - b.price)));
const book = fc.record({ bids: levels(-1), asks: levels(1) }).map(({ bids: wanted, asks: offered }) => {
  // A book does not cross: what would is taken off.
  const [bid] = wanted;
  return { bids: wanted, asks: offered.filter(({ price }) => bid === undefined || price > bid.price) };
});
const instants = fc
  .constantFrom("2026-02-01", "2026-04-01", "2026-07-01", "2026-10-03")
  .map((day) => Date.parse(`${day}T12:00:00Z`));
const rules = fc.record({ ranges: fc.boolean(), thresholds: fc.boolean() });
const world = fc.record({
  ranges: fc.array(book, { minLength: rangeIntervals.length, maxLength: rangeIntervals.length }),
  thresholds: fc.array(book, { minLength: strikes.length, maxLength: strikes.length }),
  now: instants,
});
const eventsOf = (
  {
    ranges,
    thresholds,
  }: {
    ranges: Partial<ScannedMarket>[];
    thresholds: Partial<ScannedMarket>[];
  },
  rounded = { ranges: true, thresholds: true },
) => [
  event(
    "R",
    rangeIntervals.map((interval, index) =>
      (rounded.ranges ? market : unroundedMarket)(`B${index}`, interval, ranges[index]),
    ),
  ),
  event(
    "D",
    strikes.map((strike, index) =>
      (rounded.thresholds ? market : unroundedMarket)(`K${strike}`, above(strike), thresholds[index]),
    ),
    {
      mutuallyExclusive: false,
    },
  ),
];

/** Takes contracts out of the stored book one hundredth after the other: nothing of the scanner's is used. */
function execute(stored: ScannedMarket, side: Side, count: number) {
  const offers =
    side === "yes" ? stored.asks : stored.bids.map(({ price, size }) => ({ price: 1_000_000 - price, size }));
  const fills = new Map<number, number>();
  const left = offers.map((offer) => ({ ...offer }));
  for (let taken = 0; taken < count; taken++) {
    const offer = left.find(({ size }) => size > 0);
    if (offer === undefined) return undefined;
    offer.size -= 1;
    fills.set(offer.price, (fills.get(offer.price) ?? 0) + 1);
  }
  return [...fills].map(([price, filled]) => ({ price, count: filled }));
}

/** Whether Yes wins at any value, by the words of a strike: less than, from to, or more than whole numbers. */
function winsInWords({ lowest: from, highest: to }: StrikeInterval, value: number, rounded: boolean): boolean {
  const stated = rounded ? Math.floor(value + 0.5) : value;
  if (from === null) return to === null || stated < to + 1;
  return to === null ? stated > from - 1 : stated >= from && stated <= to;
}

describe("properties", () => {
  const numRuns = runs(150, 1_000);

  it("every listed set is executable in the stored books, pays what it says whatever comes, and never loses more when half filled", () => {
    let listed = 0;
    let open = 0;
    // Every quarter around each strike.
    const edges = strikes.flatMap((strike) => Array.from({ length: 13 }, (_, index) => strike - 2 + index / 4));
    fc.assert(
      fc.property(world, rules, fc.integer({ min: 71_900, max: 72_400 }), fc.nat(), (given, rounded, between, mask) => {
        const { now, ...books } = given;
        const events = eventsOf(books, rounded);
        const roundedOf = (ticker: string) => (ticker.startsWith("B") ? rounded.ranges : rounded.thresholds);
        const stored = new Map(events.flatMap(({ markets }) => markets).map((one) => [one.market_ticker, one]));
        const taken = new Set<string>();
        for (const found of scanArbitrages(events, now).found) {
          listed += 1;
          let cost = 0;
          const bought: { wins: (value: number) => boolean; cost: number }[] = [];
          for (const leg of found.legs) {
            const one = stored.get(leg.market_ticker);
            const fills = one && execute(one, leg.side, found.size);
            if (one?.interval === undefined || fills === undefined)
              throw new Error(`${leg.market_ticker} cannot be bought`);
            expect(fills).toEqual(leg.fills);
            const fee = takerFeesOfFills(fills, now, {
              feeType: "quadratic",
              multiplier: 1,
              memberPrecision: "direct",
              waivedUntil: null,
            });
            const legCost =
              fills.reduce((sum, fill) => sum + Math.ceil((fill.price * fill.count) / 100), 0) +
              fee.reduce((sum, part) => sum + part, 0);
            const { interval } = one;
            const rounds = roundedOf(leg.market_ticker);
            bought.push({
              wins: (value) => winsInWords(interval, value, rounds) === (leg.side === "yes"),
              cost: legCost,
            });
            cost += legCost;
            // All that is listed can be bought together.
            const key = `${leg.market_ticker}/${leg.side}`;
            expect(taken.has(key)).toBe(false);
            taken.add(key);
          }
          expect(cost).toBe(found.cost);
          expect(found.profit).toBe(found.payout - found.cost);
          expect(found.profit).toBeGreaterThan(0);
          for (const value of [between, ...edges]) {
            const results = bought.map((leg) => ({ ...leg, pays: leg.wins(value) ? found.size * 10_000 : 0 }));
            const paid = results.reduce((sum, { pays }) => sum + pays, 0);
            // Everywhere but in the gaps that it names, and in those it does pay less.
            const inGap = found.gaps.some(({ from, to }) => value > from && value < to);
            const atHalfEnd = found.gaps.some(({ from, to }) => value % 1 === 0.5 && (value === from || value === to));
            if (inGap) expect(paid).toBeLessThan(found.payout);
            else if (!atHalfEnd) expect(paid).toBeGreaterThanOrEqual(found.payout);
            open += inGap ? 1 : 0;
            const filled = results.filter((_, index) => (mask >> index) & 1);
            const lost = filled.reduce((sum, leg) => sum + leg.cost - leg.pays, 0);
            expect(lost).toBeLessThanOrEqual(found.worstCase);
          }
        }
      }),
      { numRuns },
    );
    expect(listed).toBeGreaterThan(numRuns);
    expect(open).toBeGreaterThan(0);
  });

  it("misses no set of two or three legs that a search over all of them finds at the best offers", () => {
    fc.assert(
      fc.property(world, ({ now, ...books }) => {
        const events = eventsOf(books);
        const { found } = scanArbitrages(events, now);
        const used = new Set(
          found.flatMap(({ legs: bought }) => bought.map(({ market_ticker, side }) => `${market_ticker}/${side}`)),
        );
        const sides = events
          .flatMap(({ markets }) => markets)
          .flatMap((one) =>
            (["yes", "no"] as const).flatMap((side) => {
              const price = side === "yes" ? one.asks[0]?.price : one.bids[0] && 1_000_000 - one.bids[0].price;
              return price === undefined ? [] : [{ one, side, price, key: `${one.market_ticker}/${side}` }];
            }),
          );
        const values = [lowest - 1, ...strikes];
        for (const [index, a] of sides.entries()) {
          for (const b of sides.slice(index + 1)) {
            const pays = (value: number) =>
              [a, b].filter(({ one, side }) => one.interval !== undefined && outcomeOf(one.interval, value) === side)
                .length;
            if (a.one === b.one || Math.min(...values.map(pays)) < 1) continue;
            // Clearly profitable on a whole contract, fees and any rounding included.
            const size = Math.min(
              ...[a, b].map(({ one, side }) => (side === "yes" ? one.asks[0]?.size : one.bids[0]?.size) ?? 0),
            );
            if (a.price + b.price > 900_000 || size < 200) continue;
            expect(used.has(a.key) || used.has(b.key)).toBe(true);
          }
        }
      }),
      { numRuns },
    );
  });
});

describe("the card", () => {
  const limits = { minArbitrageProfit: 0 };
  it("names what to buy, what it costs and pays, and the worst case", () => {
    const [found] = scan(brackets([asks(cents(30, 5), cents(31, 5)), asks(cents(30)), asks(cents(30))]));
    if (found === undefined) throw new Error("no arbitrage");
    const facts = {
      job: { event_ticker: "E", job_id: "job-1" } as Job,
      scope: "E",
      limits,
      signals: [],
      arbitrages: [found],
    };
    const [hit] = rule.when(facts);
    expect(hit?.subject).toBe("E all-yes");
    expect(hit?.title).toBe(`E: all-yes for $${(found.profit / 1e6).toFixed(2)} after fees`);
    expect(hit?.lines).toEqual([
      expect.stringMatching(
        /^10\.00 contracts of each of 3 legs cost \$\d\.\d\d with \$0\.\d\d fees and pay \$10\.00$/,
      ),
      "buy yes M0 at 30.50¢ (2 levels)",
      "buy yes M1 at 30.00¢",
      "buy yes M2 at 30.00¢",
      expect.stringContaining("worst case when only a part is filled: -$6."),
    ]);
  });

  it("says what a set assumes, and what that is worth", () => {
    const markets = [below(69), range(70, 71), range(72, 73), range(74, 75), above(76)].map((interval, index) =>
      unroundedMarket(`M${index}`, interval, asks(cents(15))),
    );
    const [found] = scan(event("E", markets));
    if (found === undefined) throw new Error("no arbitrage");
    const facts = { job: { event_ticker: "E", job_id: "job-1" } as Job, scope: "E", limits, signals: [] };
    const lines = rule.when({ ...facts, arbitrages: [found] })[0]?.lines;
    expect(lines?.[1]).toBe(
      "assumes that the settlement value does not lie between 71 and 72, nor in 1 more such gap: the rules do not say that it is rounded",
    );
    expect(lines?.at(-1)).toBe(
      `worst case when only a part is filled, or what it assumes does not hold: -$${(found.cost / 1e6).toFixed(2)}`,
    );
  });

  it("is not written for less than the desk's limit", () => {
    const found = scan(brackets([asks(cents(30)), asks(cents(30)), asks(cents(30))]));
    const facts = { job: { event_ticker: "E", job_id: "job-1" } as Job, scope: "E", signals: [], arbitrages: found };
    const hits = (minArbitrageProfit: number) => rule.when({ ...facts, limits: { minArbitrageProfit } });
    expect(hits(559_000)).toMatchObject([{ worth: 0.559 }]);
    expect(hits(559_001)).toEqual([]);
  });

  it("names other sets by their legs, and shortens long ones", () => {
    const pair = scan(
      event("A", [market("A1", above(72_000), asks(cents(40)))]),
      event("B", [market("B1", above(72_000), bids(cents(60)))]),
    );
    const facts = (arbitrages: Arbitrage[]) => ({
      job: { event_ticker: "A", job_id: "job-1" } as Job,
      scope: "A",
      limits,
      signals: [],
      arbitrages,
    });
    expect(rule.when(facts(pair))[0]?.subject).toBe("A box A1/yes B1/no");
    const [long] = pair.map((one) => ({
      ...one,
      legs: Array.from({ length: 20 }, () => one.legs[0]).filter((leg) => leg !== undefined),
    }));
    expect(rule.when(facts(long === undefined ? [] : [long]))[0]?.lines).toContain("and 14 more legs");
  });
});
