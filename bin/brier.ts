/** The command line: finds and runs commands/<name>.ts. */
import { existsSync, readdirSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { parseArgs } from "node:util";
import { type Command, CommandError, exit, type ExitCode, type Terminal, UsageError } from "../runtime/command.ts";

// Stripping the types of all that a command loads and compiling it takes as long as loading it again from here.
enableCompileCache();

const folder = new URL("../commands/", import.meta.url);

async function load(name: string): Promise<Command | undefined> {
  const file = new URL(`${name}.ts`, folder);
  if (!/^[a-z][a-z-]*$/.test(name) || !existsSync(file)) return undefined;
  return ((await import(file.href)) as { command: Command }).command;
}

async function overview(): Promise<string> {
  const names = readdirSync(folder)
    .filter((file) => file.endsWith(".ts"))
    .map((file) => file.slice(0, -3))
    .sort();
  const lines = await Promise.all(
    names.map(async (name) => `  ${name.padEnd(12)} ${(await load(name))?.summary ?? ""}`),
  );
  return [
    "brier <command> [options]",
    "",
    ...lines,
    "",
    "To begin:",
    "  brier demo                        seven simulated days and what came of them: no keys, nothing to set up",
    "  brier why KXHIGHCHI --at 14:00    why nothing was sent, and how near it came",
    "  brier up --live                   the desk on public data, until Ctrl-C",
    "",
    "brier <command> --help tells more. Every command knows --json.",
    "Exit codes: 0 done, 1 the answer is no (refused, differs, a problem), 2 wrong usage, 3 it could not be done.",
  ].join("\n");
}

function terminal(json: boolean): Terminal {
  const live = process.stderr.isTTY && !json;
  let drawn = false;
  const clear = () => {
    if (drawn) process.stderr.write("\r\u001b[2K");
    drawn = false;
  };
  return {
    json,
    out(text) {
      clear();
      process.stdout.write(`${text}\n`);
    },
    note(text) {
      clear();
      process.stderr.write(`${text}\n`);
    },
    progress(text) {
      if (!live) return;
      clear();
      process.stderr.write(text);
      drawn = true;
    },
  };
}

async function main(argv: string[]): Promise<ExitCode> {
  const [name, ...rest] = argv;
  if (name === undefined || name === "help" || name === "--help" || name === "-h") {
    process.stdout.write(`${await overview()}\n`);
    return name === undefined ? exit.usage : exit.ok;
  }
  const command = await load(name);
  if (command === undefined) {
    process.stderr.write(`There is no command "${name}".\n\n${await overview()}\n`);
    return exit.usage;
  }
  const usage = `brier ${name} ${command.usage}`.trimEnd();
  const io = terminal(rest.includes("--json"));
  try {
    const { values, positionals } = parseArgs({
      args: rest,
      options: { ...command.options, json: { type: "boolean" }, help: { type: "boolean", short: "h" } },
      allowPositionals: true,
    });
    if (values.help === true) {
      process.stdout.write(`${usage}\n\n${command.summary}\n\n${command.help}\n  --json         answer in JSON\n`);
      return exit.ok;
    }
    return await command.run({ values, positionals }, io);
  } catch (error) {
    if (
      error instanceof UsageError ||
      (error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS"))
    ) {
      process.stderr.write(`${error.message}\n${usage}\n`);
      return exit.usage;
    }
    const shown =
      error instanceof CommandError
        ? error.message
        : error instanceof Error
          ? (error.stack ?? error.message)
          : String(error);
    if (io.json) io.out(JSON.stringify({ error: error instanceof Error ? error.message : String(error) }));
    process.stderr.write(`${shown}\n`);
    return exit.failed;
  }
}

// A reader that has seen enough (`brier … | head`) is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

process.exitCode = await main(process.argv.slice(2));
