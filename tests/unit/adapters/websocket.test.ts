import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocketServer } from "ws";
import { sockets } from "../../../adapters/upstream/websocket.ts";
import type { Socket } from "../../../core/ports.ts";

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function listen(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closers.push(() => server.close());
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function connect(url: string, headers?: Record<string, string>) {
  const told: string[] = [];
  const waiting: { wanted: string; done: () => void }[] = [];
  const tell = (what: string) => {
    told.push(what);
    for (const { wanted, done } of waiting) if (what.startsWith(wanted)) done();
  };
  const socket: Socket = sockets.connect(headers === undefined ? { url } : { url, headers }, {
    opened: () => tell("opened"),
    refused: (status) => tell(`refused ${status}`),
    frame: (text) => tell(`frame ${text}`),
    alive: () => tell("alive"),
    closed: (reason) => tell(`closed ${reason}`),
  });
  closers.push(() => socket.close());
  const until = (wanted: string) =>
    told.some((what) => what.startsWith(wanted))
      ? Promise.resolve()
      : new Promise<void>((done) => waiting.push({ wanted, done }));
  return { told, until, socket };
}

describe("a socket", () => {
  it("carries headers, text both ways, and the server's pings as signs of life", async () => {
    const http = createServer();
    const server = new WebSocketServer({ server: http });
    const seen: (string | undefined)[] = [];
    let ponged = "";
    server.on("connection", (peer, request) => {
      seen.push(request.headers["kalshi-access-key"] as string | undefined);
      peer.on("pong", (data) => (ponged = data.toString()));
      peer.on("message", (data) => {
        peer.ping("heartbeat");
        peer.send(`echo ${(data as Buffer).toString()}`);
      });
    });
    const { told, until, socket } = connect(await listen(http), { "KALSHI-ACCESS-KEY": "k" });
    await until("opened");
    socket.send("hello");
    await until("frame echo hello");
    await until("alive");
    expect(seen).toEqual(["k"]);
    expect(told[0]).toBe("opened");
    for (const peer of server.clients) peer.close(1_013, "maintenance");
    await until("closed");
    expect(told.at(-1)).toBe("closed closed with 1013 (maintenance)");
    expect(ponged).toBe("heartbeat");
  });

  it.each([451, 403, 429, 503])("tells the status of a refused handshake: %i, once", async (status) => {
    const http = createServer();
    http.on("upgrade", (_, peer) =>
      peer.end(`HTTP/1.1 ${status} No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`),
    );
    const { told, until } = connect(await listen(http));
    await until("refused");
    await new Promise((done) => setTimeout(done, 50));
    expect(told).toEqual([`refused ${status}`]);
  });

  it("tells that nobody is there", async () => {
    const http = createServer();
    const url = await listen(http);
    http.close();
    await once(http, "close");
    const { told, until } = connect(url);
    await until("closed");
    expect(told).toHaveLength(1);
    expect(told[0]).toContain("ECONNREFUSED");
  });

  it("tells nothing any more once it was closed by us, even while connecting", async () => {
    const http = createServer();
    const server = new WebSocketServer({ server: http });
    server.on("connection", (peer) => peer.send("late"));
    const url = await listen(http);
    const early = connect(url);
    early.socket.close();
    const { told, until, socket } = connect(url);
    await until("opened");
    socket.close();
    socket.send("into the void");
    await new Promise((done) => setTimeout(done, 50));
    expect(early.told).toEqual([]);
    expect(told.filter((what) => what.startsWith("closed"))).toEqual([]);
  });

  it("hands on what is no text as an empty frame, for the decoder to refuse", async () => {
    const http = createServer();
    const server = new WebSocketServer({ server: http });
    server.on("connection", (peer) => peer.send(Buffer.from([1, 2, 3])));
    const { told, until } = connect(await listen(http));
    await until("frame");
    expect(told).toContain("frame ");
  });
});
