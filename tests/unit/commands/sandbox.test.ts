import { createServer } from "node:http";
import { describe, expect, it, onTestFinished } from "vitest";
import { command } from "../../../commands/sandbox.ts";
import { CommandError, UsageError } from "../../../runtime/command.ts";
import { serveSandbox } from "../../../runtime/sandbox-server.ts";
import type { SentMessage } from "../../../sandbox/sent.ts";
import { demoStart } from "../../../sandbox/incidents.ts";
import { createWorld } from "../../../sandbox/world.ts";
import { run } from "./terminal.ts";

const hour = 3_600_000;
/** While the demo's Denver markets carry a renamed field. */
const during = demoStart + 64 * hour + 30 * 60_000;

async function served(at: number | undefined, seed = "brier") {
  const messages: SentMessage[] = [];
  const sandbox = await serveSandbox({ seed, port: 0, at, onSent: (message) => void messages.push(message) });
  onTestFinished(() => sandbox.close());
  return { ...sandbox, messages };
}

const kalshi = "external-api.kalshi.com";
const markets = `/trade-api/v2/markets?series_ticker=KXHIGHDEN&status=open&limit=1000`;

describe("the served world", () => {
  it("stands still at an instant, and is the demo's own with its incidents in the demo's week", async () => {
    const { bases } = await served(during);
    const answer = await (await fetch(`${bases[kalshi]}${markets}`)).text();
    const world = createWorld({ seed: "brier", start: demoStart, days: 7, incidents: "demo" });
    const asked = world.answer({ url: `https://${kalshi}${markets}` }, during, {
      append: () => {
        throw new Error("nothing is sent");
      },
      close: () => undefined,
    });
    expect(answer).toBe(asked?.body);
    expect(answer).toContain('"yes_bid_usd"');
    expect(await (await fetch(`${bases[kalshi]}${markets}`)).text()).toBe(answer);
    const other = await served(during, "another");
    expect(await (await fetch(`${other.bases[kalshi]}${markets}`)).text()).not.toBe(answer);
  });

  it("follows the clock on the wall when no instant is given: its open markets have not closed", async () => {
    const { bases } = await served(undefined);
    const body = (await (await fetch(`${bases[kalshi]}${markets}`)).json()) as { markets: { close_time: string }[] };
    expect(body.markets.length).toBeGreaterThan(0);
    for (const { close_time } of body.markets) expect(Date.parse(close_time)).toBeGreaterThan(Date.now() - hour);
  });

  it("has an address for every host that it stands for, and tells what is sent to its Telegram", async () => {
    const { bases, messages, port } = await served(during);
    expect(Object.keys(bases).sort()).toEqual([
      "api.binance.com",
      "api.binance.us",
      "api.elections.kalshi.com",
      "api.exchange.coinbase.com",
      "api.gemini.com",
      "api.kraken.com",
      "api.open-meteo.com",
      "api.telegram.org",
      "api.weather.gov",
      "data-api.binance.vision",
      "data-stream.binance.vision",
      "ensemble-api.open-meteo.com",
      "external-api-ws.kalshi.com",
      "external-api.kalshi.com",
      "mesonet.agron.iastate.edu",
      "previous-runs-api.open-meteo.com",
      "stream.binance.us:9443",
      "weather.com",
      "weather.visualcrossing.com",
      "ws-feed.exchange.coinbase.com",
      "ws.bitstamp.net",
      "ws.kraken.com",
      "www.bitstamp.net",
    ]);
    // Node's fetch says who it is, which this host asks for.
    const observations = `${bases["api.weather.gov"]}/stations/KMDW/observations?start=2026-10-30T10:00Z&end=2026-10-30T11:00Z`;
    expect((await fetch(observations)).status).toBe(200);
    for (const base of Object.values(bases)) expect(base).toMatch(new RegExp(`^(http|ws)://127\\.0\\.0\\.1:${port}/`));
    const body = JSON.stringify({ chat_id: 1, text: "hello" });
    const sent = await fetch(`${bases["api.telegram.org"]}/bot1:x/sendMessage`, { method: "POST", body });
    expect(await sent.json()).toMatchObject({ ok: true, result: { message_id: 1 } });
    expect(messages).toMatchObject([{ chat_id: "1", text: "hello", at: during }]);
  });

  it("says what to do when the port is taken", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => void other.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void other.close());
    const address = other.address();
    const port = address !== null && typeof address === "object" ? address.port : 0;
    const taken = serveSandbox({ seed: "brier", port, at: during, onSent: () => undefined });
    await expect(taken).rejects.toBeInstanceOf(CommandError);
    await expect(taken).rejects.toThrow(`Port ${port} is in use. Give another --port`);
  });
});

describe("brier sandbox", () => {
  it.each([
    { port: "x" },
    { port: "65536" },
    { port: "-1" },
    { at: "yesterday" },
    { at: "2026-13-01T00:00Z" },
    { at: "2026-10-30" },
  ])("refuses %o before it listens", async (values) => {
    await expect(run(command, [], values)).rejects.toBeInstanceOf(UsageError);
  });

  it("prints its addresses as JSON and stops at Ctrl-C", async () => {
    const before = process.listenerCount("SIGINT");
    const running = run(command, [], { port: "0", at: "2026-10-30T16:30Z", json: true });
    while (process.listenerCount("SIGINT") === before) await new Promise((resolve) => void setImmediate(resolve));
    process.listeners("SIGINT").at(-1)?.("SIGINT");
    const { code, out } = await running;
    expect(code).toBe(0);
    const { bases } = JSON.parse(out[0] ?? "") as { bases: Record<string, string> };
    await expect(fetch(`${bases[kalshi]}${markets}`)).rejects.toThrow("fetch failed");
  });
});
