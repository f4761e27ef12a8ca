/** A simulated world on a local port, for clients other than the desk itself. */
import { systemClock } from "../adapters/embedded/clock.ts";
import type { Clock } from "../core/ports.ts";
import { demoDays, demoStart } from "../sandbox/incidents.ts";
import { socketHosts } from "../sandbox/crypto/sockets.ts";
import type { SentLog, SentMessage } from "../sandbox/sent.ts";
import { type ServedWorld, serveWorld } from "../sandbox/serve.ts";
import { createWorld, type World } from "../sandbox/world.ts";
import { CommandError } from "./command.ts";

const day = 86_400_000;
const sandboxDays = 60;

export interface SandboxOptions {
  seed: string;
  /** 0 takes a free one. */
  port: number;
  /** Epoch ms at which the world stands still; undefined follows the clock on the wall. */
  at: number | undefined;
  /** Called with each message that somebody sends to the world's Telegram. */
  onSent(message: SentMessage): void;
}

export interface Sandbox extends ServedWorld {
  /** Address on this machine by upstream host, without a slash at its end: http, or ws where the host is a live feed's. */
  bases: Record<string, string>;
}

/** Inside the demo's week the demo's own world, incidents included; elsewhere one that began a week before. */
function worldAt(seed: string, at: number): World {
  if (at >= demoStart && at < demoStart + demoDays * day) {
    return createWorld({ seed, start: demoStart, days: demoDays, incidents: "demo" });
  }
  const start = Math.floor(at / day - 7) * day;
  return createWorld({ seed, start, days: sandboxDays, incidents: "none" });
}

/** What is sent to this world is told, and kept nowhere. */
function toldOnly(onSent: SandboxOptions["onSent"]): SentLog {
  let count = 0;
  return {
    append(message) {
      const sent: SentMessage = { ...message, message_id: (count += 1) };
      onSent(sent);
      return sent;
    },
    close: () => undefined,
  };
}

/** @throws CommandError when the port cannot be had. */
export async function serveSandbox({ seed, port, at, onSent }: SandboxOptions): Promise<Sandbox> {
  const clock: Clock = at === undefined ? systemClock : { ...systemClock, now: () => at };
  const world = worldAt(seed, clock.now());
  let served: ServedWorld;
  try {
    served = await serveWorld(world, clock, port, toldOnly(onSent));
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (code !== "EADDRINUSE" && code !== "EACCES") throw error;
    const why = code === "EACCES" ? "may not be opened by you" : "is in use";
    throw new CommandError(`Port ${port} ${why}. Give another --port; 0 takes a free one.`);
  }
  const basesOf = (scheme: string, hosts: readonly string[]) =>
    hosts.map((host) => [host, `${scheme}://127.0.0.1:${served.port}/${host}`]);
  const bases = Object.fromEntries([...basesOf("http", world.hosts), ...basesOf("ws", socketHosts)]);
  return { ...served, bases };
}
