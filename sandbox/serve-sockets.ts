/** The world's live feeds as real WebSockets on its local port: `/<host>/<path>` stands for `wss://<host>/<path>`. */
import type { Server } from "node:http";
import { WebSocketServer, type WebSocket } from "ws";
import type { Sockets } from "../core/ports.ts";

const reasons: Record<number, string> = { 404: "Not Found", 503: "Service Unavailable" };

/** Takes the server's upgrades. @returns what ends all connections. */
export function serveSockets(server: Server, sockets: Sockets): () => void {
  const upgrades = new WebSocketServer({ noServer: true });
  server.on("upgrade", (request, stream, head) => {
    let client: WebSocket | undefined;
    // Before the world has let us in, and after the client is gone, nobody listens.
    const world = sockets.connect(
      { url: `wss:/${request.url ?? "/"}` },
      {
        opened: () =>
          upgrades.handleUpgrade(request, stream, head, (opened) => {
            client = opened;
            opened.on("message", (data, isBinary) => {
              if (!isBinary && Buffer.isBuffer(data)) world.send(data.toString("utf8"));
            });
            opened.on("close", () => world.close());
            opened.on("error", () => world.close());
          }),
        refused: (status) => stream.end(`HTTP/1.1 ${status} ${reasons[status] ?? ""}\r\nConnection: close\r\n\r\n`),
        frame: (text) => client?.send(text),
        alive: () => client?.ping("heartbeat"),
        closed: (reason) => {
          if (client === undefined) stream.end("HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\n\r\n");
          else client.close(1001, reason.slice(0, 100));
        },
      },
    );
    stream.on("error", () => world.close());
  });
  return () => {
    for (const client of upgrades.clients) client.terminate();
    upgrades.close();
  };
}
