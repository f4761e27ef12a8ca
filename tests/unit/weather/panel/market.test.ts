import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { impliedProbabilities } from "../../../../core/market/implied.ts";
import { marketColumns, type PanelQuote } from "../../../../core/weather/panel/market.ts";

const start = Date.UTC(2026, 10, 1, 6);
const minute = 60_000;
const cents = (value: number) => value * 10_000;

const quotes = fc.array(
  fc
    .record({
      market: fc.nat(2),
      at: fc.integer({ min: -300, max: 1439 }),
      bid: fc.option(fc.integer({ min: 1, max: 49 })),
      ask: fc.option(fc.integer({ min: 50, max: 99 })),
      volume: fc.option(fc.nat(1000)),
    })
    .map(({ market, at, bid, ask, volume }): PanelQuote => ({
      market,
      at: start + at * minute,
      bid: bid === null ? null : cents(bid),
      ask: ask === null ? null : cents(ask),
      volume,
    })),
  { maxLength: 60 },
);

/** The last quote of each market at a minute, found anew. */
function lastQuotes(all: readonly PanelQuote[], at: number) {
  const sorted = all.toSorted((a, b) => a.at - b.at);
  return [0, 1, 2].map((market) =>
    sorted.findLast((quote) => quote.market === market && quote.at <= start + at * minute),
  );
}

describe("the markets of the minute panel", () => {
  it("shows the last quote of each market, its age, and what all imply together", () => {
    fc.assert(
      fc.property(quotes, fc.integer({ min: 0, max: 1439 }), (all, at) => {
        const columns = marketColumns({ start, markets: 3, quotes: all });
        const last = lastQuotes(all, at);
        const implied = impliedProbabilities(
          last.map((quote) => ({ bid: quote?.bid ?? null, ask: quote?.ask ?? null })),
        );
        for (const [market, column] of columns.entries()) {
          const quote = last[market];
          expect(column.bid[at]).toBe(quote?.bid == null ? Number.NaN : quote.bid / 1e6);
          expect(column.ageMinutes[at]).toBe(quote === undefined ? Number.NaN : at - (quote.at - start) / minute);
          expect(column.probability[at]).toBe(implied?.[market] ?? Number.NaN);
          expect(column.overWarmer[at]).toBe(
            implied === undefined || market === 2 ? Number.NaN : (implied[market] ?? 0) - (implied[market + 1] ?? 0),
          );
        }
      }),
    );
  });

  it("takes the changes of five minutes and the volume of an hour as differences of its own columns", () => {
    fc.assert(
      fc.property(quotes, fc.integer({ min: 60, max: 1439 }), (all, at) => {
        const [column] = marketColumns({ start, markets: 3, quotes: all });
        const p = (back: number) => column?.probability[at - back] ?? Number.NaN;
        expect(column?.velocity[at]).toBe(p(0) - p(5));
        expect(column?.acceleration[at]).toBe(p(0) - p(5) - (p(5) - p(10)));
        const volumeAt = (end: number) =>
          all
            .toSorted((a, b) => a.at - b.at)
            .findLast((quote) => quote.market === 0 && quote.at <= start + end * minute && quote.volume !== null)
            ?.volume;
        const traded = (volumeAt(at) ?? Number.NaN) / 100 - (volumeAt(at - 60) ?? Number.NaN) / 100;
        expect(column?.volume60[at]).toBe(traded);
      }),
    );
  });

  it("is the same for the day that is running as for the day that is over", () => {
    fc.assert(
      fc.property(quotes, fc.integer({ min: 1, max: 1440 }), (all, minutes) => {
        const whole = marketColumns({ start, markets: 3, quotes: all });
        const seen = all.filter(({ at }) => at <= start + (minutes - 1) * minute);
        const running = marketColumns({ start, markets: 3, minutes, quotes: seen });
        for (const [market, column] of running.entries())
          for (const name of Object.keys(column) as (keyof typeof column)[])
            expect([...column[name]]).toEqual([...(whole[market]?.[name] ?? [])].slice(0, minutes));
      }),
      { numRuns: 25 },
    );
  });

  it("has no probabilities while a market shows no quote, nor over brackets that are no partition", () => {
    const both = [0, 1].map((market): PanelQuote => ({
      market,
      at: start,
      bid: cents(40),
      ask: cents(44),
      volume: null,
    }));
    const gone: PanelQuote = { market: 1, at: start + 10 * minute, bid: null, ask: null, volume: null };
    const [first] = marketColumns({ start, markets: 2, quotes: [...both, gone] });
    expect(first?.probability[9]).toBe(0.5);
    expect(first?.probability[10]).toBeNaN();
    expect(first?.bid[10]).toBe(0.4);
    const [overlapping] = marketColumns({ start, markets: 2, quotes: both, partition: false });
    expect(overlapping?.probability[9]).toBeNaN();
  });

  it("refuses a quote of a market that the event does not have", () => {
    const quote: PanelQuote = { market: 2, at: start, bid: null, ask: null, volume: null };
    expect(() => marketColumns({ start, markets: 2, quotes: [quote] })).toThrow("a quote of market 2");
  });
});
