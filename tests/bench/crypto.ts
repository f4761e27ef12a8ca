/**
 * Bitcoin: quarter-hours priced from a day of minutes, beside a simulation of 1,000 paths of the sixty prints; the ladder
 * of an hour (188 ranges and 188 thresholds); and all arbitrage over its books, beside the sums of its best quotes alone.
 */
import { type ScannedEvent, type ScannedMarket, scanArbitrages } from "../../core/market/arbitrage.ts";
import { momentumShift, recentReturn } from "../../core/crypto/momentum.ts";
import { centsOf, probabilityOf, settlementDistribution } from "../../core/crypto/pricing.ts";
import { averageOutlook } from "../../core/crypto/settlement-average.ts";
import { realisedVolatility } from "../../core/crypto/volatility.ts";
import type { Strike } from "../../core/market/strikes.ts";
import { seededUniform } from "../../core/stats/prng.ts";
import { type Figure, medianMs } from "./figure.ts";

const minute = 60_000;
const closeTime = Date.parse("2026-09-25T13:30:00Z");
const ranges = 188;
const width = 100;
const lowest = 70_000;
const windows = 2_000;
const paths = 1_000;

const uniform = seededUniform(1);
const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());

function walk(): { at: number; price: number }[] {
  let price = 80_000;
  return Array.from({ length: 1_441 }, (_, index) => {
    price *= Math.exp(0.0005 * normal());
    return { at: closeTime - (1_440 - index) * minute, price };
  });
}

const minutes = walk();
const observed = minutes.at(-16)?.price ?? 0;
const target = { strike_type: "greater_or_equal", floor_strike: 80_000, cap_strike: null };
const ladder = Array.from({ length: ranges }, (_, index) => ({
  strike_type: "between",
  floor_strike: lowest + index * width,
  cap_strike: lowest + (index + 1) * width - 0.01,
}));
const now = closeTime - 15 * minute;

/** Volatility, momentum, what is known of the average, the distribution, and every market from it. */
function priceEvent(series: string, markets: readonly Strike[]): number[] {
  const volatility = realisedVolatility(minutes, now);
  if ("none" in volatility) throw new Error(volatility.none);
  const secondsToClose = (closeTime - now) / 1000;
  const { sigma } = volatility;
  const distribution = settlementDistribution({
    outlook: averageOutlook({ closeTime, observed: { at: now, value: observed }, prints: [] }),
    sigma,
    noiseBps: 0,
    shift: momentumShift({ logReturn: recentReturn(minutes, now), sigma, secondsToClose }),
    secondsToClose,
  });
  return markets.map((market) => {
    const cents = centsOf(series, market);
    if ("unpriceable" in cents) throw new Error(cents.unpriceable);
    return probabilityOf(distribution, cents);
  });
}

/** P(average ≥ target) by drawing the sixty prints. */
function simulate(sigma: number): number {
  let yes = 0;
  for (let path = 0; path < paths; path++) {
    let price = observed * Math.exp(sigma * Math.sqrt(840) * normal());
    let sum = price;
    for (let print = 1; print < 60; print++) sum += price *= 1 + sigma * normal();
    if (sum / 60 >= target.floor_strike) yes += 1;
  }
  return yes / paths;
}

/** Books of ten levels a side around a fair price, none of them an arbitrage. */
function book(fair: number): Pick<ScannedMarket, "bids" | "asks"> {
  const mid = Math.round(fair * 100);
  const levels = (step: 1 | -1) =>
    Array.from({ length: 10 }, (_, index) => ({ price: (mid + step * (index + 2)) * 10_000, size: 10_000 })).filter(
      ({ price }) => price > 0 && price < 1_000_000,
    );
  return { bids: levels(-1), asks: levels(1) };
}

function books(): ScannedEvent[] {
  const common = {
    stepsPerUnit: 100,
    settlement: "BRTI",
    fees: { feeType: "quadratic", multiplier: 1, memberPrecision: "direct" as const },
  };
  const above = (index: number) => 1 / (1 + Math.exp((index - ranges / 2) / 8));
  const inCents = (dollars: number) => Math.round(dollars * 100);
  const markets = (ticker: string, fair: (index: number) => number, open: boolean) =>
    ladder.map(({ floor_strike, cap_strike }, index): ScannedMarket => ({
      market_ticker: `${ticker}${index}`,
      interval: { lowest: inCents(floor_strike), highest: open ? null : inCents(cap_strike) },
      waivedUntil: null,
      ...book(fair(index)),
    }));
  return [
    {
      ...common,
      event_ticker: "R",
      mutuallyExclusive: true,
      markets: markets("B", (index) => above(index) - above(index + 1), false),
    },
    { ...common, event_ticker: "D", mutuallyExclusive: false, markets: markets("K", above, true) },
  ];
}

export async function measure(): Promise<Figure[]> {
  const quarter = await medianMs(5, () => {
    for (let index = 0; index < windows; index++) priceEvent("KXBTC15M", [target]);
  });
  const simulated = await medianMs(5, () => simulate(1e-4));
  const whole = await medianMs(25, () => priceEvent("KXBTC", ladder));
  const scanned = books();
  if (scanArbitrages(scanned, now).found.length > 0) throw new Error("the books to be scanned hold no arbitrage");
  const scan = await medianMs(25, () => scanArbitrages(scanned, now));
  const sums = await medianMs(25, () =>
    scanned.map(({ markets }) =>
      markets.reduce((sum, { asks, bids }) => sum + (asks[0]?.price ?? 0) - (bids[0]?.price ?? 0), 0),
    ),
  );
  return [
    { name: "crypto-quarter-hour", value: (windows / quarter) * 1000, unit: "ev/s", baseline: 1000 / simulated },
    { name: "crypto-ladder", value: whole, unit: "ms", baseline: null },
    { name: "arbitrage-scan", value: scan, unit: "ms", baseline: sums },
  ];
}
