/** WebSockets by the package ws, which answers the server's pings and lets the upgrade carry signed headers. */
import WebSocket from "ws";
import type { Sockets } from "../../core/ports.ts";

const handshakeTimeoutMs = 10_000;
/** The snapshot of a whole book is a few megabytes. */
const mostFrameBytes = 64 * 2 ** 20;
/** A peer that does not read is gone. */
const mostUnsentBytes = 2 ** 20;
/** How long a closing handshake may take. */
const closeWithinMs = 2_000;

export const sockets: Sockets = {
  connect({ url, headers }, listener) {
    const socket = new WebSocket(url, {
      headers: { "user-agent": "brier", ...headers },
      handshakeTimeout: handshakeTimeoutMs,
      maxPayload: mostFrameBytes,
      followRedirects: false,
    });
    let ended = false;
    let failure: string | undefined;
    const end = (tell: () => void) => {
      if (ended) return;
      ended = true;
      tell();
    };
    socket.on("open", () => listener.opened());
    socket.on("message", (data, isBinary) => {
      // Every feed sends text; what is no text is for its decoder to refuse.
      if (!ended) listener.frame(isBinary ? "" : textOf(data));
    });
    for (const sign of ["ping", "pong"] as const) socket.on(sign, () => !ended && listener.alive());
    socket.on("unexpected-response", (request, response) => {
      request.destroy();
      end(() => listener.refused(response.statusCode ?? 0));
    });
    socket.on("error", (error) => {
      failure = error.message;
      // An error before the handshake is done brings no close.
      if (socket.readyState === WebSocket.CONNECTING) end(() => listener.closed(error.message));
    });
    socket.on("close", (code, reason) => {
      const said = reason.toString("utf8");
      end(() => listener.closed(failure ?? `closed with ${code}${said === "" ? "" : ` (${said})`}`));
    });
    return {
      send(text) {
        if (socket.readyState !== WebSocket.OPEN) return;
        if (socket.bufferedAmount > mostUnsentBytes) {
          failure = `${socket.bufferedAmount} bytes were not read by the other side`;
          socket.terminate();
          return;
        }
        socket.send(text);
      },
      close() {
        // Whoever closes needs no telling.
        ended = true;
        if (socket.readyState === WebSocket.CONNECTING) {
          socket.terminate();
          return;
        }
        socket.close(1_000);
        setTimeout(() => socket.terminate(), closeWithinMs).unref();
      },
    };
  },
};

function textOf(data: WebSocket.RawData): string {
  if (Buffer.isBuffer(data)) return data.toString("utf8");
  return Array.isArray(data) ? Buffer.concat(data).toString("utf8") : Buffer.from(data).toString("utf8");
}
