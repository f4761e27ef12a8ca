/** `brier sandbox`: the simulated world on a local port, until Ctrl-C. */
import { type Command, exit, text, UsageError } from "../runtime/command.ts";
import { serveSandbox } from "../runtime/sandbox-server.ts";

const defaultPort = "8787";

function portOf(given: string): number {
  if (!/^\d{1,5}$/.test(given) || Number(given) > 65_535) {
    throw new UsageError(`--port is "${given}"; give a whole number from 0 to 65535`);
  }
  return Number(given);
}

function instantOf(given: string): number {
  const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?Z$/.test(given) ? Date.parse(given) : Number.NaN;
  if (Number.isNaN(instant)) throw new UsageError(`--at is "${given}"; give an instant in UTC like 2026-10-30T16:30Z`);
  return instant;
}

export const command: Command = {
  summary:
    "Serve the simulated world on a local port: Kalshi, weather services, bitcoin venues and Telegram as they answer",
  usage: "[--port 8787] [--seed brier] [--at INSTANT]",
  options: { port: { type: "string" }, seed: { type: "string" }, at: { type: "string" } },
  help: [
    "  --port N       where it listens, on 127.0.0.1 only (default 8787; 0 takes a free one)",
    "  --seed TEXT    the simulated world (default brier)",
    "  --at INSTANT   the world stands still there, for example 2026-10-30T16:30Z; within the demo's week it is the",
    "                 demo's world with its incidents. Without it the world moves by the clock on the wall.",
    "",
    "http://127.0.0.1:8787/<host>/<path> stands for https://<host>/<path>, and ws: for wss: at the hosts of the live feeds",
    "(they take everybody, without a key). Messages sent to its Telegram are shown here.",
    "Example: curl http://127.0.0.1:8787/external-api.kalshi.com/trade-api/v2/series/KXHIGHCHI",
  ].join("\n"),
  async run(args, terminal) {
    const [unexpected] = args.positionals;
    if (unexpected !== undefined) throw new UsageError(`sandbox takes no "${unexpected}"`);
    const at = text(args, "at");
    const { bases, close } = await serveSandbox({
      port: portOf(text(args, "port") ?? defaultPort),
      seed: text(args, "seed") ?? "brier",
      at: at === undefined ? undefined : instantOf(at),
      onSent: (message) =>
        terminal.out(terminal.json ? JSON.stringify({ message }) : `to chat ${message.chat_id}: ${message.text}`),
    });
    const stopped = new Promise<void>((resolve) => {
      for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
    });
    if (terminal.json) terminal.out(JSON.stringify({ bases }));
    else {
      const width = Math.max(...Object.keys(bases).map((host) => host.length));
      for (const [host, base] of Object.entries(bases)) terminal.out(`${host.padEnd(width)}  ${base}`);
    }
    terminal.note("Ctrl-C stops.");
    await stopped;
    await close();
    return exit.ok;
  },
};
