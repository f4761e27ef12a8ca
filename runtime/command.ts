/** What a command is, and how one ends. */
import type { ParseArgsConfig } from "node:util";

/** Stable exit codes. */
export const exit = {
  ok: 0,
  /** The command worked, and its answer is no: a payload refused, a problem found, bytes that differ. */
  no: 1,
  /** The command line was wrong. */
  usage: 2,
  /** The command could not do its work. */
  failed: 3,
} as const;

export type ExitCode = (typeof exit)[keyof typeof exit];

/** What a command writes to. `out` is the answer, `note` everything else (progress, hints). */
export interface Terminal {
  out(text: string): void;
  note(text: string): void;
  /** Redraws one progress line; nothing when the terminal is a file. */
  progress(text: string): void;
  /** Whether `--json` was given: then `out` gets JSON only. */
  json: boolean;
}

export interface Arguments {
  values: Record<string, string | boolean | undefined>;
  positionals: string[];
}

export interface Command {
  summary: string;
  /** What follows the command's name. */
  usage: string;
  options: NonNullable<ParseArgsConfig["options"]>;
  /** A line for each option and, where it helps, an example. */
  help: string;
  run(args: Arguments, terminal: Terminal): Promise<ExitCode>;
}

/** The command line was wrong: exit code 2, and the usage is shown. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** A failure the user can mend: the message says what to do next. No stack is shown. */
export class CommandError extends Error {
  override name = "CommandError";
}

/** An option's text, or undefined when it was not given. */
export function text(args: Arguments, name: string): string | undefined {
  const value = args.values[name];
  return typeof value === "string" ? value : undefined;
}
