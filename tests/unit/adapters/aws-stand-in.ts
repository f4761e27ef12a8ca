/** A server on 127.0.0.1 in the place of an AWS service, for answers that moto cannot be made to give. */
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { vi } from "vitest";
import type { Clock } from "../../../core/ports.ts";

export interface AwsRequest {
  method: string;
  path: string;
  /** The operation, for the services that speak JSON: `SendMessageBatch`. */
  operation: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** `drop` closes the connection without an answer. */
export type AwsAnswer = { status: number; body?: unknown; headers?: Record<string, string> } | "drop";

export interface StandIn {
  requests: AwsRequest[];
  connection: {
    endpoint: string;
    region: string;
    credentials: { accessKeyId: string; secretAccessKey: string };
  };
  close(): Promise<void>;
}

/** Serves `answer`; an object as body is sent as JSON, a string as it is. */
export async function standIn(answer: (request: AwsRequest) => AwsAnswer): Promise<StandIn> {
  // The SDK waits a random share of its step before it tries again: here none of it.
  const random = vi.spyOn(Math, "random").mockReturnValue(0);
  const requests: AwsRequest[] = [];
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const request = {
        method: incoming.method ?? "",
        path: incoming.url ?? "",
        operation: String(incoming.headers["x-amz-target"] ?? "").replace(/^.*\./, ""),
        headers: incoming.headers,
        body: Buffer.concat(chunks).toString(),
      };
      requests.push(request);
      const reply = answer(request);
      if (reply === "drop") {
        incoming.socket.destroy();
        return;
      }
      outgoing.writeHead(reply.status, reply.headers);
      outgoing.end(typeof reply.body === "string" ? reply.body : JSON.stringify(reply.body ?? {}));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    requests,
    connection: {
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      region: "us-east-1",
      credentials: { accessKeyId: "none", secretAccessKey: "none" },
    },
    close: () =>
      new Promise((resolve) => {
        random.mockRestore();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Answers one after the other; the last one again and again. */
export function inTurn(...answers: AwsAnswer[]): () => AwsAnswer {
  let next = 0;
  return () => answers[Math.min(next++, answers.length - 1)] ?? "drop";
}

/** An error as the services with a JSON protocol send it. */
export function jsonError(status: number, type: string, message = type): AwsAnswer {
  return { status, body: { __type: type, message }, headers: { "content-type": "application/x-amz-json-1.0" } };
}

/** A clock that passes only in sleep, at once, and remembers how long was slept. */
export function sleepingClock(start = 1_793_491_200_000): Clock & { slept: number[] } {
  let now = start;
  const slept: number[] = [];
  return {
    slept,
    now: () => now,
    sleep(ms) {
      slept.push(ms);
      now += ms;
      return Promise.resolve();
    },
  };
}
