import { mkdtempSync, appendFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { HttpError, type Clock } from "../../../core/ports.ts";
import { demoIncidents, demoStart, scriptedIncidents } from "../../../sandbox/incidents.ts";
import { openSentLog, readSent } from "../../../sandbox/sent.ts";
import { serveWorld } from "../../../sandbox/serve.ts";
import { createWorld, sandboxHttp } from "../../../sandbox/world.ts";
import { ask, askJson, day, demoWorld, ensembleUrl, hour, iem, kalshi, type Json } from "./asking.ts";

const clockAt = (now: number): Clock => ({ now: () => now, sleep: () => Promise.resolve() });

const urls = [
  `${kalshi}/series/KXHIGHCHI`,
  `${kalshi}/events?series_ticker=KXHIGHCHI&with_nested_markets=true&status=open`,
  `${kalshi}/markets?status=open&limit=1000`,
  `${kalshi}/events?series_ticker=KXHIGHCHI&status=settled&with_nested_markets=true`,
  `${iem}/nws/afos/list.json?pil=CLIDEN&date=2026-10-30`,
  ensembleUrl,
];

describe("determinism", () => {
  const now = demoStart + 2 * day + 20 * hour;

  test.each(urls)("the same bytes twice, in a fresh world, and after other questions: %s", (url) => {
    const world = demoWorld();
    const first = ask(world, url, now).body;
    for (const other of urls) ask(world, other, now + 7 * hour);
    expect(ask(world, url, now).body === first).toBe(true);
    expect(ask(demoWorld(), url, now).body === first).toBe(true);
  });

  test.each(urls.slice(1))("another seed is another world: %s", (url) => {
    if (url.startsWith(iem)) {
      // A list of product ids depends on minutes only; the weather behind it must differ.
      const high = (seed: string) =>
        ["2026-10-28", "2026-10-29", "2026-10-30"].map((date) => demoWorld({ seed }).officialHigh("KDEN", date));
      expect(high("other")).not.toEqual(high("brier"));
    } else {
      expect(ask(demoWorld({ seed: "other" }), url, now).body === ask(demoWorld(), url, now).body).toBe(false);
    }
  });

  test("a city is the same whatever others there are", () => {
    const [all, two] = [demoWorld(), demoWorld({ cities: ["KMIA", "KMDW"] })];
    const url = `${kalshi}/events?series_ticker=KXHIGHMIA`;
    expect(ask(two, url, now).body).toBe(ask(all, url, now).body);
    expect(two.officialHigh("KMIA", "2026-10-30")).toBe(all.officialHigh("KMIA", "2026-10-30"));
    expect(() => demoWorld({ cities: ["KORD"] })).toThrow("KORD");
    expect(() => two.officialHigh("KDEN", "2026-10-30")).toThrow("KDEN");
  });
});

describe("incidents", () => {
  const troubled = () => demoWorld({ incidents: "demo" });
  const incident = (id: string) => {
    const found = demoIncidents.find((one) => one.id === id);
    if (found === undefined) throw new Error(`no incident ${id}`);
    return found;
  };

  test("each lies in the demo's days and says what it is", () => {
    expect(demoIncidents.map((one) => one.kind).toSorted()).toEqual([
      "corrected_report",
      "outage",
      "rate_limit",
      "renamed_field",
      "unknown_source",
      "worded_value",
      "wrong_station",
    ]);
    for (const one of demoIncidents) {
      expect(one.from).toBeGreaterThanOrEqual(demoStart);
      expect(one.from).toBeLessThan(demoStart + 7 * day);
      expect(one.description).not.toContain("\n");
    }
    expect(troubled().incidents).toEqual(demoIncidents);
    expect(demoWorld({ incidents: "demo", cities: ["KMIA"] }).incidents.map((one) => one.kind)).toEqual([
      "rate_limit",
      "outage",
    ]);
    const later = scriptedIncidents(demoStart + day);
    expect(createWorld({ seed: "x", start: demoStart + day + 5, days: 7, incidents: "demo" }).incidents).toEqual(later);
  });

  test("a renamed field, for an hour, in one series", () => {
    const { from, until } = incident("renamed-field");
    const world = troubled();
    const first = (series: string, now: number) =>
      askJson(world, `${kalshi}/markets?series_ticker=${series}&status=open`, now).markets[0];
    const nested = askJson(world, `${kalshi}/events?series_ticker=KXHIGHDEN&status=open&with_nested_markets=true`, from)
      .events[0].markets[0];
    for (const market of [first("KXHIGHDEN", from), first("KXHIGHDEN", until - 1), nested]) {
      expect(market).not.toHaveProperty("yes_bid_dollars");
      expect(market).toHaveProperty("yes_bid_usd");
    }
    for (const market of [first("KXHIGHDEN", from - 1), first("KXHIGHDEN", until), first("KXHIGHCHI", from)]) {
      expect(market).toHaveProperty("yes_bid_dollars");
    }
  });

  test("a burst of refusals: the third attempt is answered, on each host and for each request", () => {
    const { from, until } = incident("rate-limit-burst");
    const world = troubled();
    const url = `${kalshi}/series/KXHIGHCHI`;
    expect(ask(world, url, from - 1).status).toBe(200);
    const refused = ask(world, url, from);
    expect([refused.status, refused.body]).toEqual([429, '{"error":"too many requests"}']);
    expect(
      [ask(world, url, from), ask(world, url, from), ask(world, `${kalshi}/series/KXHIGHMIA`, from)].map(
        (one) => one.status,
      ),
    ).toEqual([429, 200, 429]);
    expect(ask(world, ensembleUrl, from).status).toBe(200);
    expect(ask(troubled(), url, until).status).toBe(200);
    expect(ask(world, url, from).body).toBe(ask(demoWorld(), url, from).body);
  });

  test("a corrected report after Kalshi has settled on the first", () => {
    const { from } = incident("corrected-report");
    const world = troubled();
    const date = "2026-10-30";
    const products = askJson(world, `${iem}/nws/afos/list.json?pil=CLIAUS&date=${date}`, from + day).data;
    const corrected = products.find((one: Json) => one.product_id.endsWith("-CCA"));
    expect(Date.parse(corrected.entered)).toBe(from);
    const text = ask(world, `${iem}/nwstext/${corrected.product_id}`, from).body;
    expect(text).toMatch(/ CCA\nCLIAUS\n\nCLIMATE REPORT \(CORRECTION\)\n/);
    expect(text).toMatch(/SUMMARY FOR OCTOBER 29 2026 CORRECTION\.\.\./);
    const official = world.officialHigh("KAUS", "2026-10-29");
    expect(Number(/^ {2}MAXIMUM +(\d+)/m.exec(text)?.[1])).toBe(official + 2);
    const event = askJson(world, `${kalshi}/events/KXHIGHAUS-26OCT29?with_nested_markets=true`, from + day).event;
    expect(event.markets[0].expiration_value).toBe(`${official}.00`);
    expect(Date.parse(event.markets[0].settlement_ts)).toBeLessThan(from);
    expect(official).toBe(demoWorld().officialHigh("KAUS", "2026-10-29"));
  });

  test("a report for the wrong station under Midway's product id", () => {
    const { from } = incident("wrong-station");
    const world = troubled();
    const products = askJson(world, `${iem}/nws/afos/list.json?pil=CLIMDW&date=2026-10-31`, from + day).data;
    const texts = products.map(
      (one: Json) => ask(world, `${iem}/nwstext/${one.product_id}`, from + day).body.split("\n")[2],
    );
    expect(products[0].product_id).toMatch(/-CLIMDW$/);
    expect(texts.slice(0, 2)).toEqual(["CLIORD", "CLIMDW"]);
  });

  test("an expiration value in words, with the right results", () => {
    const { from } = incident("worded-expiration-value");
    const markets = (options: Parameters<typeof demoWorld>[0]) =>
      askJson(demoWorld(options), `${kalshi}/markets?event_ticker=KXHIGHLAX-26OCT30`, from + day).markets;
    const [worded, usual] = [markets({ incidents: "demo" }), markets({})];
    expect(worded.map((one: Json) => one.result)).toEqual(usual.map((one: Json) => one.result));
    for (const market of worded) expect(market.expiration_value).toBe(market.result === "yes" ? "Yes" : "No");
  });

  test("an event that is to be settled by an unknown source", () => {
    const { from } = incident("unknown-settlement-source");
    const world = troubled();
    const event = askJson(world, `${kalshi}/events/KXHIGHPHIL-26NOV01?with_nested_markets=true`, from + day).event;
    expect(event.settlement_sources).toEqual([{ name: "AccuWeather", url: "https://www.accuweather.com" }]);
    for (const market of event.markets) expect(market.rules_primary).toContain("according to AccuWeather, then");
    const other = askJson(world, `${kalshi}/events/KXHIGHPHIL-26OCT31`, from + day).event;
    expect(other.settlement_sources[0].name).toBe("The Weather Company");
  });

  test("an hour without the ensembles, on both hosts", () => {
    const { from, until } = incident("ensemble-outage");
    const world = troubled();
    for (const url of [ensembleUrl, ensembleUrl.replace("ensemble-api.", "api.")]) {
      expect([from - 1, from, until - 1, until].map((now) => ask(world, url, now).status)).toEqual([
        200, 503, 503, 200,
      ]);
    }
  });
});

describe("what is sent, and the world as Http", () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "brier-sandbox-"));
    path = join(folder, "world", "sent.ndjson");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const telegram = (fields: unknown) => ({
    url: "https://api.telegram.org/bot1:sandbox/sendMessage",
    method: "POST" as const,
    body: JSON.stringify(fields),
  });

  test("Telegram answers with growing ids that outlive a restart and a torn line", async () => {
    let log = openSentLog(path);
    const world = demoWorld();
    const send = (text: string) =>
      JSON.parse(ask(world, telegram({ chat_id: "1", text, parse_mode: "HTML" }), demoStart, log).body);
    const answer = send("<b>72&#8211;73</b> &amp; more &lt;");
    expect(answer).toMatchObject({
      ok: true,
      result: { message_id: 1, chat: { id: 1, type: "private" }, date: demoStart / 1000 },
    });
    expect(answer.result.text).toBe("72&#8211;73 & more <");
    log.close();
    appendFileSync(path, '{"kind":"telegram","message_id":2,"at"');
    expect(readSent(path)).toHaveLength(1);
    log = openSentLog(path);
    expect(send("again").result.message_id).toBe(2);
    log.close();
    expect(readSent(path).map(({ message_id: id, text, silent, chat_id: chat }) => [id, text, silent, chat])).toEqual([
      [1, "<b>72&#8211;73</b> &amp; more &lt;", false, "1"],
      [2, "again", false, "1"],
    ]);
    expect(readSent(join(folder, "none"))).toEqual([]);
  });

  test.each([
    ["no text", { chat_id: "1" }, 400, /text is empty/],
    ["no chat", { text: "x" }, 400, /chat_id is empty/],
    ["too long", { chat_id: "1", text: "x".repeat(4097) }, 400, /too long/],
  ])("Telegram refuses a message with %s", (_, fields, status, description) => {
    const log = openSentLog(path);
    const answer = ask(demoWorld(), telegram(fields), demoStart, log);
    log.close();
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body)).toEqual({
      ok: false,
      error_code: status,
      description: expect.stringMatching(description),
    });
    expect(readSent(path)).toEqual([]);
  });

  test("the Http port answers at the clock's instant; an unknown host is a broken network", async () => {
    const log = openSentLog(path);
    const world = demoWorld();
    const http = sandboxHttp(world, clockAt(demoStart + day), log);
    const url = `${kalshi}/markets?status=open`;
    expect(await http.request({ url })).toEqual(ask(world, url, demoStart + day));
    const failed = http.request({ url: "https://api.example.org/x" });
    await expect(failed).rejects.toBeInstanceOf(HttpError);
    await expect(failed).rejects.toMatchObject({ kind: "network" });
    expect((await http.request({ url, method: "POST" })).status).toBe(405);
    log.close();
  });

  test("on a local port: /<host>/<path>", async () => {
    const log = openSentLog(path);
    const world = demoWorld();
    const served = await serveWorld(world, clockAt(demoStart + day), 0, log);
    const at = `http://127.0.0.1:${served.port}`;
    try {
      const answer = await fetch(`${at}/external-api.kalshi.com/trade-api/v2/markets?status=open&limit=3`);
      expect(await answer.text()).toBe(ask(world, `${kalshi}/markets?status=open&limit=3`, demoStart + day).body);
      expect(answer.headers.get("content-type")).toContain("application/json");
      const { body, method } = telegram({ chat_id: 1, text: "hello", disable_notification: true });
      const sent = await fetch(`${at}/api.telegram.org/bot1:x/sendMessage`, { method, body });
      expect(await sent.json()).toMatchObject({ ok: true, result: { message_id: 1 } });
      expect((await fetch(`${at}/api.example.org/`)).status).toBe(502);
      expect(readSent(path)[0]).toMatchObject({ text: "hello", silent: true });
    } finally {
      await served.close();
      log.close();
    }
  });
});
