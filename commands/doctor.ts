/** `brier doctor`: what works, what does not, why, and how to mend it. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Check, CheckState } from "../core/health/checks.ts";
import { homeHelp, homeOption, homesFolder, homesIn } from "../runtime/chosen-home.ts";
import { type Command, CommandError, exit, text, UsageError } from "../runtime/command.ts";
import { examine, publicServices, simulatedWorld } from "../runtime/doctor.ts";
import { homePaths } from "../runtime/home.ts";

const marks: Record<CheckState, string> = { ok: "ok     ", problem: "PROBLEM", note: "note   " };

function lines({ area, subject, state, found, cause, mend }: Check): string[] {
  return [
    `${marks[state]}  ${area.padEnd(8)}  ${subject}: ${found}`,
    ...(cause === undefined ? [] : [`                     cause: ${cause}`]),
    ...(mend === undefined ? [] : [`                     mend:  ${mend}`]),
  ];
}

/** A home that lives in a simulated world keeps the book of what it sent to it. */
function livesInSandbox(folder: string): boolean {
  return existsSync(homePaths.sent(folder));
}

export const command: Command = {
  summary: "Check Node, home, clock, upstreams, queues and grades; say how to mend what is wrong",
  usage: "[--live] [--home FOLDER]",
  options: { ...homeOption, live: { type: "boolean" } },
  help: [
    "  --live         ask the public services also for a home that lives in the simulated world",
    homeHelp,
    "",
    "A home of the simulated world is checked against that world; every other one, and a machine without a home, against the",
    "public services. Each host has 5 seconds. Exit code 1: there is a problem.",
  ].join("\n"),
  async run(args, terminal) {
    if (args.positionals.length > 0) throw new UsageError(`What is "${args.positionals[0]}"?`);
    const named = text(args, "home");
    if (named !== undefined && !existsSync(named)) throw new CommandError(`${named} does not exist. Check --home.`);
    const folder = named ?? homesIn(homesFolder)[0] ?? join(homesFolder, "live");
    const live = args.values["live"] === true || !livesInSandbox(folder);
    terminal.note(
      `home ${folder}, asking ${live ? "the public services" : "the simulated world (--live asks the public services)"}`,
    );
    const checks = await examine(folder, live ? publicServices() : simulatedWorld(folder));
    const problems = checks.filter(({ state }) => state === "problem").length;
    if (terminal.json) terminal.out(JSON.stringify({ home: folder, live, problems, checks }));
    else {
      for (const check of checks) for (const line of lines(check)) terminal.out(line);
      terminal.out("");
      terminal.out(problems === 0 ? "No problem." : `${problems} problem${problems === 1 ? "" : "s"}.`);
    }
    return problems === 0 ? exit.ok : exit.no;
  },
};
