/** `brier why`: why each candidate of one instant did or did not become a signal. */
import { nearestMiss, wouldHaveToChange } from "../core/alerts/nearest-miss.ts";
import { type Command, exit, text, UsageError } from "../runtime/command.ts";
import { type Candidate, type Forecast, type GateTick, gateTick, type PoolWeights } from "../runtime/gate-tick.ts";
import { readerHelp, readerOptions, readerUsage, withReader } from "../runtime/reader.ts";
import { textTable } from "../runtime/text-table.ts";

const percent = (p: number | null) => (p === null ? "–" : `${(p * 100).toFixed(1)} %`);
const price = (dollars: number | null) => (dollars === null ? "–" : `$${dollars.toFixed(2)}`);
const edge = (dollars: number | null) =>
  dollars === null ? "–" : `${dollars < 0 ? "−" : "+"}${Math.abs(dollars * 100).toFixed(1)}¢`;

/** Counts by gate, in the order of the gates. */
function countByGate(candidates: readonly Candidate[]): { gate: string; position: number; n: number }[] {
  return [...Map.groupBy(candidates, ({ gate }) => gate).entries()]
    .map(([gate, members]) => ({ gate, position: members[0]?.position ?? 0, n: members.length }))
    .sort((a, b) => a.position - b.position);
}

/** Lowest strike first, as the number at the ticker's end orders them; for the eye only. */
function inOrder(candidates: readonly Candidate[]): Candidate[] {
  const strike = ({ market_ticker }: Candidate) =>
    Number(/-?\d+(?:\.\d+)?$/.exec(market_ticker.split("-").at(-1) ?? "")?.[0] ?? 0);
  return candidates.toSorted((a, b) => strike(a) - strike(b));
}

const degrees = (f: number | null) => (f === null ? "open" : `${f}`);

/** One line a model, what was observed, and how they were weighed. */
function forecastLines(forecasts: readonly Forecast[], weights: readonly PoolWeights[]): string[] {
  const [first] = forecasts;
  if (first === undefined) return [];
  const spoken = forecasts.map(({ model, mean, sd, unit }) =>
    unit === "$"
      ? `${model} $${mean.toFixed(2)} ± ${sd.toFixed(2)}`
      : `${model} ${mean.toFixed(1)} ± ${sd.toFixed(1)} °F`,
  );
  const { confidence, index_source } = first;
  const observed = forecasts.find(({ observed_at }) => observed_at !== null);
  const rise = observed?.new_maximum_60m ?? null;
  return [
    `${first.unit === "$" ? "settlement average" : "high"}: ${spoken.join(", ")} (parameters ${first.parameters_version})`,
    ...(confidence === null
      ? []
      : [
          `price from ${index_source === "brti" ? "the index" : `venues (${index_source})`}, confidence ${confidence.toFixed(2)}`,
        ]),
    ...(observed === undefined
      ? []
      : [
          `observed until ${observed.observed_at?.slice(11, 16)}Z: at least ${degrees(observed.observed_least)}, at most ${degrees(observed.observed_most)} °F so far${rise === null ? "" : `, a new maximum within the hour ${percent(rise)}`}`,
        ]),
    ...weights.map(
      ({ scheme, market, day_ahead, intraday, model }) =>
        `pool (${scheme}): ${[
          ["market", market] as const,
          ["day-ahead", day_ahead] as const,
          ["intraday", intraday] as const,
          ["model", model] as const,
        ]
          .flatMap(([name, weight]) => (weight === null ? [] : [`${name} ${weight.toFixed(2)}`]))
          .join(", ")}`,
    ),
    ...forecasts.flatMap(({ remarks }) => remarks),
  ];
}

function eventLines(event: string, candidates: readonly Candidate[], notes: readonly string[]): string[] {
  const columns = ["market", "side", "costs", "model", "market", "pool", "edge", "gate", "because"];
  const rows = inOrder(candidates).map((candidate) => {
    const ofSide = (p: number | null) => percent(p === null ? null : candidate.side === "yes" ? p : 1 - p);
    return [
      candidate.market_ticker.startsWith(`${event}-`)
        ? candidate.market_ticker.slice(event.length + 1)
        : candidate.market_ticker,
      candidate.side,
      price(candidate.price),
      ofSide(candidate.p_model),
      ofSide(candidate.p_market),
      ofSide(candidate.p_pool),
      edge(candidate.edge),
      candidate.gate === "signal" ? "SIGNAL" : candidate.gate,
      candidate.detail,
    ];
  });
  return [
    event,
    ...notes.map((note) => `  ${note}`),
    ...textTable(columns, rows, 100)
      .split("\n")
      .map((line) => `  ${line}`),
    "",
  ];
}

function lines(target: string, { at, candidates, forecasts, weights }: GateTick): string[] {
  const signals = candidates.filter(({ gate }) => gate === "signal").length;
  const instant = `${new Date(at).toISOString().slice(0, 19).replace("T", " ").replace(/:00$/, "")} UTC`;
  const counts = countByGate(candidates);
  const miss = nearestMiss(candidates);
  return [
    `${target} at ${instant}: ${candidates.length} candidates, ${signals} signal${signals === 1 ? "" : "s"}`,
    "Probabilities are those of the side; edge = pool − cost − fee, per contract.",
    "",
    ...[...Map.groupBy(candidates, ({ event_ticker }) => event_ticker).entries()].flatMap(([event, members]) =>
      eventLines(
        event,
        members,
        forecastLines(
          forecasts.filter(({ event_ticker }) => event_ticker === event),
          weights.filter(({ event_ticker }) => event_ticker === event),
        ),
      ),
    ),
    ...counts.map(({ gate, n }) => `${String(n).padStart(5)}  ${gate}`),
    "",
    ...(miss === undefined
      ? ["Every candidate became a signal."]
      : [
          `Nearest miss: ${miss.side} of ${miss.market_ticker} passed ${miss.position} gates and ended in ${miss.gate} (${miss.detail}).`,
          `For it to pass: ${wouldHaveToChange(miss)}.`,
        ]),
  ];
}

export const command: Command = {
  summary: "Say why nothing (or something) was signalled at an instant",
  usage: `<series | event | market> [--at 14:00] [--date 2026-11-01] ${readerUsage}`,
  options: { ...readerOptions, at: { type: "string" }, date: { type: "string" } },
  help: [
    "  --at INSTANT   14:00 or 14:00:10 (UTC, of --date or of the newest day) or 2026-11-01T14:00Z; the newest tick until then is shown",
    "  --date DAY     YYYY-MM-DD, UTC",
    readerHelp,
    "",
    "Example: brier why KXHIGHCHI --at 14:00",
    "Exit code 1: the target has no tick as early as that.",
  ].join("\n"),
  async run(args, terminal) {
    const [target, ...more] = args.positionals;
    if (target === undefined || more.length > 0)
      throw new UsageError("Of what? Give one series, event or market, for example KXHIGHCHI.");
    const moment = { at: text(args, "at"), date: text(args, "date") };
    const tick = await withReader(args, terminal, ({ sql }) => gateTick(sql, target.toUpperCase(), moment));
    if (tick === undefined) {
      if (terminal.json) terminal.out(JSON.stringify({ target, tick: null }));
      terminal.note(`${target} has no tick as early as that. Without --at and --date the newest one is shown.`);
      return exit.no;
    }
    if (terminal.json) {
      const miss = nearestMiss(tick.candidates);
      terminal.out(
        JSON.stringify({
          target,
          at: new Date(tick.at).toISOString(),
          candidates: tick.candidates,
          forecasts: tick.forecasts,
          weights: tick.weights,
          gates: countByGate(tick.candidates),
          nearest_miss: miss === undefined ? null : { ...miss, would_have_to_change: wouldHaveToChange(miss) },
        }),
      );
    } else for (const line of lines(target.toUpperCase(), tick)) terminal.out(line);
    return exit.ok;
  },
};
