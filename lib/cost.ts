/** What a month costs, computed from the lists of sources, desks and ticks. */
import type { Desk } from "../core/desk.ts";
import { desks as allDesks, readStreams } from "../core/desks.ts";
import type { QueueName } from "../core/ports.ts";
import type { Source } from "../core/source.ts";
import { sourcesOf } from "../core/sources.ts";
import { instantsBetween } from "../core/stream/between-minutes.ts";
import type { Tick } from "../core/tick.ts";
import { ticksOf } from "../core/ticks.ts";
import { feeds as streamedFeeds, schedule as holders } from "../functions/stream/env.ts";
import { type PriceName, type Price, prices } from "./prices.ts";
import { stepSettings } from "./step-settings.ts";
import * as holder from "./stream-settings.ts";

/** What the lists do not say. Each is on the high side of what the demo shows. */
export interface Assumptions {
  daysInMonth: number;
  /** Events of a series that a desk prices at once: today's and, from 14:00 UTC, tomorrow's; of bitcoin those of the hour. */
  pricedEventsPerSeries: Readonly<Record<string, number>>;
  /** Events a day that a desk plans before the first of its paces begins: of bitcoin ranges and thresholds of 17:00 in New York. */
  laterEventsPerDay: Readonly<Record<string, number>>;
  alertsPerDay: number;
  /** Billed seconds per message. */
  secondsPerMessage: Readonly<Record<QueueName, number>>;
  /** The same, for windows of sources that pace their requests through their minute. */
  secondsOfSource: Readonly<Record<string, number>>;
  /** Long polls that Lambda keeps open on an idle queue, and how long each waits. They are billed as requests. */
  pollersPerQueue: number;
  pollSeconds: number;
  /** Of a window's stored exchanges, and of one part. */
  rawKilobytes: number;
  partKilobytes: number;
  /** Parts that an average message of the step reads. */
  readsPerMessage: Readonly<Record<QueueName, number>>;
  /** Parts that a message writes, where the lists do not say. */
  partsPerMessage: Readonly<Record<Exclude<QueueName, "ingest">, number>>;
  stateReadsPerMessage: Readonly<Record<QueueName, number>>;
  stateWritesPerMessage: Readonly<Record<QueueName, number>>;
  /** The lake is paid for as it stands after so many months. */
  monthsKept: number;
  queriesPerDay: number;
  megabytesPerQuery: number;
  logKilobytesPerMessage: number;
  /** Closes of a desk's events, where it plans between the minutes before them. */
  closesPerDay: Readonly<Record<string, number>>;
  /** Events that close together, on average. */
  eventsAClose: Readonly<Record<string, number>>;
  /**
   * A holder of the live feeds, and what it does in a minute and for an instant at which a desk is asked between the
   * minutes. Units are of one kilobyte to write and of four to read; those of `coordinate`, which reads the same pointers, are
   * among an ask's. A watch reads its parts of the last quarter of an hour.
   */
  streams: Readonly<
    Record<
      | "minutesPerHolder"
      | `${"writeUnits" | "readUnits" | "kilobytes"}${"AMinute" | "AnAsk"}`
      | "logKilobytesAMinute"
      // Of streams, on top: whoever made the jobs before has most of the parts.
      | "readsAJob"
      | "readsAWatch",
      number
    >
  >;
}

export const assumptions: Assumptions = {
  daysInMonth: 30,
  pricedEventsPerSeries: { weather: 2, crypto: 1 },
  laterEventsPerDay: { crypto: 2 },
  alertsPerDay: 10,
  secondsPerMessage: { ingest: 6, coordinate: 3, predict: 1.2, enrich: 0.8, notify: 1, settle: 8, watch: 1 },
  secondsOfSource: { "venue-quotes": 52 },
  pollersPerQueue: 5,
  pollSeconds: 20,
  rawKilobytes: 120,
  partKilobytes: 12,
  readsPerMessage: { ingest: 1, coordinate: 5, predict: 30, enrich: 8, notify: 0, settle: 60, watch: 0 },
  partsPerMessage: { coordinate: 1, predict: 2, enrich: 3, notify: 0, settle: 1, watch: 1 },
  stateReadsPerMessage: { ingest: 8, coordinate: 14, predict: 0, enrich: 20, notify: 1, settle: 20, watch: 12 },
  stateWritesPerMessage: { ingest: 6, coordinate: 0, predict: 0, enrich: 2, notify: 2, settle: 2, watch: 2 },
  monthsKept: 12,
  queriesPerDay: 10,
  megabytesPerQuery: 100,
  logKilobytesPerMessage: 2,
  closesPerDay: { crypto: 96 },
  // A quarter of an hour at each of them, a range and a threshold besides at a whole hour.
  eventsAClose: { crypto: 1.5 },
  streams: {
    // Half a minute more where it stays for a feed that its successor does not have.
    minutesPerHolder: 14,
    writeUnitsAMinute: 164,
    writeUnitsAnAsk: 80,
    readUnitsAMinute: 70,
    readUnitsAnAsk: 50,
    kilobytesAMinute: 200,
    kilobytesAnAsk: 40,
    logKilobytesAMinute: 1,
    readsAWatch: 130,
    readsAJob: 10,
  },
};

export interface Lists {
  sources: readonly Source[];
  desks: readonly Desk[];
  ticks: readonly Tick[];
}

/** What a choice of desks brings with it. */
export const listsOf = (desks: readonly Desk[]): Lists => ({
  sources: sourcesOf(desks.map(({ id }) => id)),
  desks,
  ticks: ticksOf(desks),
});

export interface CostLine {
  price: PriceName;
  /** What makes up the quantity. */
  what: string;
  quantity: number;
  /** Dollars a month by the list, and after what every account has free. */
  list: number;
  afterFree: number;
}

const MINUTES_A_DAY = 1440;
const steps = Object.keys(stepSettings) as QueueName[];

const perMonth = (everyMinutes: number, days: number) => (days * MINUTES_A_DAY) / everyMinutes;

/** Jobs that an event has before the first of its desk's paces begins. */
const laterJobs = ({ paces = [] }: Desk) =>
  paces.reduce(
    (sum, { withinMinutes, everyMinutes }, index) =>
      index === 0 ? 0 : sum + (withinMinutes - (paces[index - 1]?.withinMinutes ?? 0)) / everyMinutes,
    0,
  );

/** How often holders of the live feeds ask a desk to plan between the minutes: while two overlap, both do. */
function asksPerMonth({ id, betweenMinutes: rule }: Desk, a: Assumptions): number {
  if (rule === undefined) return 0;
  const close = 0;
  const before = instantsBetween(rule, () => [close], close - rule.beforeCloseSeconds * 1_000 - 1, close).length;
  return ((a.closesPerDay[id] ?? 0) * a.daysInMonth * before * a.streams.minutesPerHolder) / holders.everyMinutes;
}

/** @param withStreams Whether the live feeds are held. */
function jobsPerMonth(desk: Desk, a: Assumptions, withStreams: boolean): number {
  const { id, series, schedule } = desk;
  const lastHours = series.length * (a.pricedEventsPerSeries[id] ?? 1) * perMonth(schedule.everyMinutes, a.daysInMonth);
  const later = a.daysInMonth * (a.laterEventsPerDay[id] ?? 0) * laterJobs(desk);
  const asked = withStreams ? asksPerMonth(desk, a) * (a.eventsAClose[id] ?? 1) : 0;
  return lastHours + later + asked;
}

/**
 * Messages a month by queue: what the ticks send, and what steps send on from there.
 * @param withStreams Whether the live feeds are held, whose holders ask for more.
 */
export function messagesPerMonth(
  { desks, ticks }: Lists,
  a: Assumptions,
  withStreams = false,
): Record<QueueName, number> {
  const ticked = (queue: QueueName) =>
    ticks
      .filter((tick) => tick.queue === queue)
      .reduce((sum, { schedule }) => sum + perMonth(schedule.everyMinutes, a.daysInMonth), 0);
  const jobs = desks.reduce((sum, desk) => sum + jobsPerMonth(desk, a, withStreams), 0);
  const asks = withStreams ? desks.reduce((sum, desk) => sum + asksPerMonth(desk, a), 0) : 0;
  return {
    ingest: ticked("ingest"),
    coordinate: ticked("coordinate") + asks,
    predict: jobs,
    enrich: jobs,
    notify: a.alertsPerDay * a.daysInMonth,
    settle: ticked("settle"),
    watch: ticked("watch"),
  };
}

/** What holding the live feeds adds to the quantities of a month, besides the messages of its asks. */
function streamQuantities({ desks }: Lists, a: Assumptions, watches: number): Partial<Record<PriceName, number>> {
  const { streams } = a;
  const { minutesPerHolder, logKilobytesAMinute } = streams;
  const begun = perMonth(holders.everyMinutes, a.daysInMonth);
  // While two overlap, both write.
  const minutes = begun * minutesPerHolder;
  const asks = desks.reduce((sum, desk) => sum + asksPerMonth(desk, a), 0);
  const spent = (what: "writeUnits" | "readUnits" | "kilobytes") =>
    minutes * streams[`${what}AMinute`] + asks * streams[`${what}AnAsk`];
  // Of Kalshi books, trades and index, of a venue quotes and trades; of each its health, but that for an ask.
  const partsAnAsk = streamedFeeds.reduce((sum, feed) => sum + (feed === "kalshi" ? 3 : 2), 0);
  const partsAMinute = partsAnAsk + streamedFeeds.length;
  const jobs = desks.reduce((sum, desk) => sum + (desk.streams.length > 0 ? jobsPerMonth(desk, a, true) : 0), 0);
  const logGigabytes = (minutes * logKilobytesAMinute) / 1e6;
  return {
    lambdaRequest: begun,
    lambdaArmSecond: minutes * 60 * (holder.memoryMb / 1024),
    schedulerInvocation: begun,
    s3Put: minutes * partsAMinute + asks * partsAnAsk,
    s3Get: jobs * streams.readsAJob + watches * streams.readsAWatch,
    s3Storage: (spent("kilobytes") / 1e6) * a.monthsKept,
    dynamoWrite: spent("writeUnits"),
    dynamoRead: spent("readUnits"),
    alarm: holder.alarmCount,
    logIngest: logGigabytes,
    logStorage: logGigabytes,
  };
}

/** @param withStreams Whether the live feeds are held (`-c streams=true`). */
export function monthlyCost(lists: Lists, a: Assumptions = assumptions, withStreams = false): CostLine[] {
  const messages = messagesPerMonth(lists, a, withStreams);
  const sum = (of: (step: QueueName) => number) => steps.reduce((total, step) => total + of(step), 0);
  const all = sum((step) => messages[step]);
  const windows = lists.sources.map(({ schedule, tables }) => ({
    count: perMonth(schedule.everyMinutes, a.daysInMonth),
    // Its tables and a line in the ledger.
    parts: tables.length + 1,
  }));
  const raws = windows.reduce((total, { count }) => total + count, 0);
  const parts =
    windows.reduce((total, { count, parts: each }) => total + count * each, 0) +
    sum((step) => (step === "ingest" ? 0 : messages[step] * a.partsPerMessage[step]));
  // Beyond what every message of the queue is taken to last.
  const pacedSeconds = lists.sources.reduce(
    (total, { id, schedule }) =>
      total +
      Math.max(0, (a.secondsOfSource[id] ?? 0) - a.secondsPerMessage.ingest) *
        perMonth(schedule.everyMinutes, a.daysInMonth),
    0,
  );
  const lakeGigabytes = ((raws * a.rawKilobytes + parts * a.partKilobytes) / 1e6) * a.monthsKept;
  const polls = (steps.length * a.pollersPerQueue * a.daysInMonth * 86_400) / a.pollSeconds;
  const logGigabytes = (all * a.logKilobytesPerMessage) / 1e6;
  const deskTicks = lists.ticks.filter(({ queue }) => queue !== "ingest").length;

  // As lib/source-alarms.ts and lib/queue-alarms.ts make them; a test compares with the template.
  const quiet = steps.filter((step) => stepSettings[step].quietMinutes !== undefined).length;
  const alarms = 4 * lists.sources.length + 3 * steps.length + deskTicks + quiet;

  const more = withStreams ? streamQuantities(lists, a, messages.watch) : {};
  const line = (price: PriceName, what: string, own: number): CostLine => {
    const { dollars, per, free }: Price = prices[price];
    const quantity = own + (more[price] ?? 0);
    return {
      price,
      what,
      quantity,
      list: (quantity * dollars) / per,
      afterFree: (Math.max(0, quantity - free) * dollars) / per,
    };
  };
  return [
    line("lambdaRequest", "one a message (batches make it fewer)", all),
    line(
      "lambdaArmSecond",
      "messages x seconds x memory",
      sum((step) => messages[step] * a.secondsPerMessage[step] * (stepSettings[step].memoryMb / 1024)) +
        pacedSeconds * (stepSettings.ingest.memoryMb / 1024),
    ),
    line("sqsRequest", "send, receive, delete; idle long polls of the event sources", 3 * all + polls),
    line(
      "schedulerInvocation",
      "one a tick",
      lists.ticks.reduce((total, { schedule }) => total + perMonth(schedule.everyMinutes, a.daysInMonth), 0),
    ),
    line("s3Put", "raw exchanges and parts", raws + parts),
    line(
      "s3Get",
      "parts that steps read",
      sum((step) => messages[step] * a.readsPerMessage[step]),
    ),
    line("s3Storage", `the lake after ${a.monthsKept} months`, lakeGigabytes),
    line(
      "dynamoWrite",
      "pointers, claims, counters",
      sum((step) => messages[step] * a.stateWritesPerMessage[step]),
    ),
    line(
      "dynamoRead",
      "the same, read strongly consistent",
      sum((step) => messages[step] * a.stateReadsPerMessage[step]),
    ),
    line(
      "athenaScan",
      `${a.queriesPerDay} queries a day`,
      (a.queriesPerDay * a.daysInMonth * a.megabytesPerQuery) / 1e6,
    ),
    line("alarm", "one a kind of trouble of each source and queue", alarms),
    // Retried and Parked have no data, and cost nothing, while all is well.
    line(
      "customMetric",
      "Processed and Landed by source, Processed by queue",
      2 * lists.sources.length + deskTicks + 3,
    ),
    line("dashboard", "one", 1),
    line("logIngest", "structured lines", logGigabytes),
    line("logStorage", "kept for a month", logGigabytes),
  ];
}

const dollars = (value: number) => value.toFixed(2);
const count = (value: number) => (value >= 100 ? Math.round(value).toLocaleString("en-US") : value.toPrecision(2));
const total = (of: "list" | "afterFree", lines: readonly CostLine[]) => lines.reduce((sum, line) => sum + line[of], 0);

/** What the live feeds add, line by line; nothing where no desk reads them. */
function streamLines(desks: readonly Desk[], lines: readonly CostLine[], a: Assumptions): string[] {
  if (!readStreams(desks)) return [];
  const streamed = monthlyCost(listsOf(desks), a, true);
  const grown = streamed.flatMap((line, index) => {
    const before = lines[index];
    if (before === undefined || line.quantity === before.quantity) return [];
    const { price } = line;
    const [quantity, list, afterFree] = (["quantity", "list", "afterFree"] as const).map((of) => line[of] - before[of]);
    return [{ price, quantity: quantity ?? 0, list: list ?? 0, afterFree: afterFree ?? 0 }];
  });
  const more = (of: "list" | "afterFree") => dollars(total(of, streamed) - total(of, lines));
  return [
    "## With the live feeds held",
    "",
    `Off by default. With \`-c streams=true\` (docs/decisions/streams.md) comes on top, for ${streamedFeeds.length} feeds:`,
    "",
    "| a month | unit | list, $ | after the free tier, $ |",
    "| ---: | --- | ---: | ---: |",
    ...grown.map(
      ({ price, quantity, list, afterFree }) =>
        `| ${count(quantity)} | ${prices[price].unit} | ${dollars(list)} | ${dollars(afterFree)} |`,
    ),
    `| **total** | | **${more("list")}** | **${more("afterFree")}** |`,
    "",
  ];
}

/** What the desks cost together, and each of them alone. */
function choiceLines(a: Assumptions): string[] {
  const choices = [allDesks, ...(allDesks.length > 1 ? allDesks.map((desk) => [desk]) : [])];
  return [
    "## By the desks that run",
    "",
    "`-c desks=weather` deploys one desk alone; several have commas between them. Without it all of them run.",
    "",
    "| desks | list, $ | after the free tier, $ | with the live feeds: list, $ |",
    "| --- | ---: | ---: | ---: |",
    ...choices.map((desks) => {
      const lines = monthlyCost(listsOf(desks), a);
      const streamed = readStreams(desks) ? dollars(total("list", monthlyCost(listsOf(desks), a, true))) : "–";
      const ids = desks.map(({ id }) => id).join(", ");
      return `| ${ids} | ${dollars(total("list", lines))} | ${dollars(total("afterFree", lines))} | ${streamed} |`;
    }),
    "",
  ];
}

/** docs/cost.md: the lines of the desks as a table with their total, what else may come, and the assumptions below it. */
export function costPage(desks: readonly Desk[] = allDesks, a: Assumptions = assumptions): string {
  const lines = monthlyCost(listsOf(desks), a);
  return [
    "# What a month costs",
    "",
    "Made by `npm run cost -- --write` from the lists of sources, desks and schedules, and the list prices in `lib/prices.ts`.",
    "The free tier is what every account has each month for ever; other stacks in the account use it up too.",
    `Desks: ${desks.map(({ id }) => id).join(", ")}.`,
    "",
    "| what | a month | unit | list, $ | after the free tier, $ | price from |",
    "| --- | ---: | --- | ---: | ---: | --- |",
    ...lines.map(({ price, what, quantity, list, afterFree }) => {
      const { unit, page }: Price = prices[price];
      return `| ${what} | ${count(quantity)} | ${unit} | ${dollars(list)} | ${dollars(afterFree)} | ${page} |`;
    }),
    `| **total** | | | **${dollars(total("list", lines))}** | **${dollars(total("afterFree", lines))}** | us-east-1 |`,
    "",
    ...choiceLines(a),
    ...streamLines(desks, lines, a),
    "## Assumptions",
    "",
    "Assumed where the lists of sources, desks and schedules do not say it:",
    "",
    ...Object.entries(a).map(([name, value]: [string, number | object]) => {
      const said =
        typeof value === "number"
          ? value
          : Object.entries(value)
              .map((pair) => pair.join(" "))
              .join(", ");
      return `- ${name}: ${said}`;
    }),
    "",
  ].join("\n");
}
