/** `brier quarantine`: what was refused, and another try with today's decoders. */
import { sources } from "../core/sources.ts";
import { chooseHome, homeHelp, homeOption } from "../runtime/chosen-home.ts";
import {
  type Arguments,
  type Command,
  exit,
  type ExitCode,
  type Terminal,
  text,
  UsageError,
} from "../runtime/command.ts";
import { inOwnedHome } from "../runtime/owned-home.ts";
import { listQuarantine, retryQuarantine } from "../runtime/quarantine.ts";
import { openHomeReader } from "../runtime/reader.ts";
import { textTable } from "../runtime/text-table.ts";

const iso = (at: number | null) => (at === null ? "–" : new Date(at).toISOString().slice(0, 16).concat("Z"));

async function list(args: Arguments, terminal: Terminal, source: string | undefined): Promise<ExitCode> {
  const reader = openHomeReader(chooseHome(args, terminal));
  try {
    const found = await listQuarantine(reader, source);
    if (terminal.json) terminal.out(JSON.stringify(found));
    else if (found.length === 0) terminal.out("Nothing was refused.");
    else {
      const rows = found.map((item) => [
        item.source,
        iso(item.window_at),
        item.kind,
        item.path,
        item.message,
        item.landed_since ? "landed since" : "set aside",
        item.key,
      ]);
      terminal.out(textTable(["source", "window", "kind", "path", "message", "state", "key"], rows, 90));
    }
    return exit.ok;
  } finally {
    reader.close();
  }
}

async function retry(args: Arguments, terminal: Terminal, source: string | undefined): Promise<ExitCode> {
  const retried = await inOwnedHome(chooseHome(args, terminal), ({ services }) => retryQuarantine(services, source));
  if (terminal.json) terminal.out(JSON.stringify(retried.map((item) => ({ ...item, window_at: iso(item.window_at) }))));
  else if (retried.length === 0) terminal.out("There is nothing to try again.");
  for (const item of terminal.json ? [] : retried) {
    terminal.out(`${item.outcome.padEnd(13)}  ${item.source} ${iso(item.window_at)}  ${item.rows} rows`);
    for (const { path, message } of item.reasons) terminal.out(`               ${path}: ${message}`);
  }
  return retried.every(({ outcome }) => outcome === "landed") ? exit.ok : exit.no;
}

export const command: Command = {
  summary: "List refused payloads, or decode them again with today's decoders",
  usage: "list | retry  [--source ID] [--home FOLDER]",
  options: { ...homeOption, source: { type: "string" } },
  help: [
    "  list           source, window, field's path, what was found there, and the quarantine object's key",
    "  retry          decodes the stored windows again; what decodes lands, the rest stays (the home must not be in use)",
    `  --source ID    one of ${sources.map(({ id }) => id).join(", ")}; recordings for files`,
    homeHelp,
    "",
    "Exit code 1 of retry: something is still refused.",
  ].join("\n"),
  async run(args, terminal) {
    const [action, ...more] = args.positionals;
    if ((action !== "list" && action !== "retry") || more.length > 0) throw new UsageError("Give list or retry.");
    const source = text(args, "source");
    if (source !== undefined && source !== "recordings" && !sources.some(({ id }) => id === source)) {
      throw new UsageError(`no source "${source}"; there are ${sources.map(({ id }) => id).join(", ")}, recordings`);
    }
    return action === "list" ? list(args, terminal, source) : retry(args, terminal, source);
  },
};
