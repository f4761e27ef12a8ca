/**
 * The world on a local port, for clients that speak HTTP and WebSocket: `/<host>/<path>` stands for `https://<host>/<path>`, or
 * for `wss:` when the request asks to be upgraded.
 */
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import type { Clock } from "../core/ports.ts";
import { sandboxSockets } from "./crypto/sockets.ts";
import type { SentLog } from "./sent.ts";
import { serveSockets } from "./serve-sockets.ts";
import type { World } from "./world.ts";

export interface ServedWorld {
  port: number;
  close(): Promise<void>;
}

/** Listens on 127.0.0.1 only; port 0 takes a free one. Repeating after a refusal is left to the client. */
export async function serveWorld(world: World, clock: Clock, port: number, sent: SentLog): Promise<ServedWorld> {
  const server = createServer((request, response) => {
    void (async () => {
      try {
        const body = await text(request);
        const method = request.method === "POST" || request.method === "DELETE" ? request.method : "GET";
        const headers = Object.fromEntries(
          Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
        );
        const answer = world.answer({ url: `https:/${request.url ?? "/"}`, method, headers, body }, clock.now(), sent);
        response.writeHead(answer?.status ?? 502, answer?.headers ?? { "content-type": "text/plain" });
        response.end(answer?.body ?? "the sandbox has no such host\n");
      } catch (error) {
        response.writeHead(400, { "content-type": "text/plain" });
        response.end(`${error instanceof Error ? error.message : String(error)}\n`);
      }
    })();
  });
  const endSockets = serveSockets(server, sandboxSockets(world.live, clock));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return {
    port: address.port,
    close: () =>
      new Promise((resolve, reject) => {
        endSockets();
        server.close((error) => (error === undefined ? resolve() : reject(error)));
        server.closeAllConnections();
      }),
  };
}
