import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Candidate, cryptoLimits, decide as decideBy, gates, weatherLimits } from "../../../core/alerts/gates.ts";
import type { JobInput } from "../../../core/desk.ts";

const limits = { ...weatherLimits, minConfidence: 0.5 };
const decide = (candidate: Candidate) => decideBy(candidate, limits);

const now = Date.UTC(2026, 9, 28, 15, 5);
const minute = 60_000;

function input(source: string, ageMinutes: number): JobInput {
  const at = now - ageMinutes * minute;
  return { source, table: "market_snapshots", key: "k", sha256: "h", window_at: at, fetched_at: at };
}

/** Passes every gate. */
const sound: Candidate = {
  now,
  market_ticker: "KXHIGHCHI-26OCT28-B60.5",
  side: "yes",
  uncertified: undefined,
  partitionFault: undefined,
  blocked: [],
  inputs: [input("kalshi-markets", 5), input("open-meteo-ensemble", 3)],
  staleAfterMinutes: {
    "kalshi-markets": { answer: 40, part: 75 },
    "open-meteo-ensemble": { answer: 90, part: 1_440 },
  },
  observedAt: now - 20 * minute,
  unpredicted: undefined,
  feeFault: undefined,
  confidence: 0.8,
  coherence: { kind: "sum", sum: 1.02 },
  price: 300_000,
  size: 5_000,
  spread: 20_000,
  edge: 0.03,
  lastSignalAt: undefined,
};

/** One change for each gate that makes it, and no earlier one, fail. */
const failures: Record<string, Partial<Candidate>> = {
  uncertified_settlement: { uncertified: 'settlement source is "AccuWeather"' },
  no_partition: { partitionFault: "nothing covers 70 to 71" },
  source_blocked: { blocked: [{ source: "kalshi-markets", reason: "markets[0].yes_bid_dollars: missing" }] },
  input_stale: { inputs: [input("kalshi-markets", 41), input("open-meteo-ensemble", 3)] },
  no_prediction: { unpredicted: "members: none" },
  low_confidence: { confidence: 0.49 },
  unknown_fee: { feeFault: 'fee_type "cubic" is not known' },
  no_quote: { coherence: undefined },
  incoherent_quotes: { coherence: { kind: "sum", sum: 1.16 } },
  wide_spread: { spread: limits.maxSpread + 1 },
  thin: { size: limits.minSize - 1 },
  small_edge: { edge: limits.minEdge - 0.0001 },
  too_good_to_be_true: { edge: limits.maxEdge + 0.0001 },
  cooldown: { lastSignalAt: now - (limits.cooldownMinutes - 1) * minute },
};

describe("gates", () => {
  it("let a sound candidate become a signal, having passed them all", () => {
    expect(decide(sound)).toMatchObject({ gate: "signal", position: gates.length });
  });

  it("are each exercised here", () => {
    expect(Object.keys(failures)).toEqual(gates.map(({ id }) => id));
  });

  it.each(Object.entries(failures))("%s stops a candidate that fails it alone, with a sentence", (id, change) => {
    const decision = decide({ ...sound, ...change });
    expect(decision.gate).toBe(id);
    expect(decision.position).toBe(gates.findIndex((gate) => gate.id === id));
    expect(decision.detail).not.toBe("");
  });

  it("end a candidate that fails several at the first of them", () => {
    const ids = fc.uniqueArray(fc.constantFrom(...Object.keys(failures)), { minLength: 1 });
    fc.assert(
      fc.property(ids, (failing) => {
        // Of two gates that judge the same number the later one cannot fail while the earlier does.
        fc.pre(!(failing.includes("small_edge") && failing.includes("too_good_to_be_true")));
        fc.pre(!(failing.includes("no_quote") && failing.includes("incoherent_quotes")));
        const candidate = Object.assign({}, sound, ...failing.map((id) => failures[id])) as Candidate;
        const first = gates.find(({ id }) => failing.includes(id));
        expect(decide(candidate).gate).toBe(first?.id);
      }),
    );
  });

  it("stop a part that is too old even while its source says that there is nothing newer", () => {
    const old = { ...input("open-meteo-ensemble", 3), window_at: now - 1_441 * minute };
    expect(decide({ ...sound, inputs: [input("kalshi-markets", 5), old] }).gate).toBe("input_stale");
    const within = { ...old, window_at: now - 1_440 * minute };
    expect(decide({ ...sound, inputs: [input("kalshi-markets", 5), within] }).gate).toBe("signal");
  });

  it("stop a running day that the forecast has not heard of for long, and no forecast that needs no observation", () => {
    const limit = limits.maxObservationAgeMinutes;
    expect(decide({ ...sound, observedAt: now - limit * minute }).gate).toBe("signal");
    expect(decide({ ...sound, observedAt: now - (limit + 1) * minute })).toMatchObject({
      gate: "input_stale",
      value: limit + 1,
      detail: `the forecast rests on no observation of the last ${limit + 1} min, at most ${limit} are allowed`,
    });
    expect(decide({ ...sound, observedAt: undefined }).gate).toBe("signal");
  });

  it("treat what is missing as failed: an input, a price, a size, an edge", () => {
    expect(decide({ ...sound, inputs: [input("kalshi-markets", 5)] }).gate).toBe("input_stale");
    expect(decide({ ...sound, price: undefined }).gate).toBe("no_quote");
    expect(decide({ ...sound, size: undefined }).gate).toBe("thin");
    expect(decide({ ...sound, edge: undefined }).gate).toBe("small_edge");
  });

  it("take mids that sum to too little for as incoherent as those that sum to too much", () => {
    const summing = (sum: number) => decide({ ...sound, coherence: { kind: "sum", sum } }).gate;
    expect(summing(0.84)).toBe("incoherent_quotes");
    for (const sum of [0.86, 1.14]) expect(summing(sum)).toBe("signal");
  });

  it("stop every threshold of an event of which one is much dearer than one below it", () => {
    const inverted = (inversion: number) => decide({ ...sound, coherence: { kind: "inversion", inversion } });
    expect(inverted(0.16)).toMatchObject({
      gate: "incoherent_quotes",
      detail: "a threshold is $0.16 dearer than one below it, at most $0.15 is allowed",
    });
    for (const inversion of [0, 0.15]) expect(inverted(inversion).gate).toBe("signal");
  });

  it("take a forecast without a confidence for one of none, where the desk asks for some", () => {
    expect(decide({ ...sound, confidence: undefined }).gate).toBe("low_confidence");
    expect(decideBy({ ...sound, confidence: undefined }, weatherLimits).gate).toBe("signal");
  });

  it("let bitcoin be signalled again within the life of its shortest market", () => {
    expect(cryptoLimits.cooldownMinutes).toBeLessThan(15);
  });

  it("let limits themselves pass", () => {
    const edge = { ...sound, edge: limits.minEdge, spread: limits.maxSpread, size: limits.minSize };
    expect(decide(edge).gate).toBe("signal");
    expect(decide({ ...sound, edge: limits.maxEdge }).gate).toBe("signal");
    expect(decide({ ...sound, lastSignalAt: now - limits.cooldownMinutes * minute }).gate).toBe("signal");
  });
});
