/** AWS as moto imitates it, on 127.0.0.1. Needs Python 3 with venv once, to make `.venv` at the root of the project. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

const folder = ".venv";
const python = process.platform === "win32" ? join(folder, "Scripts", "python.exe") : join(folder, "bin", "python");
const requirements = "tests/deep/requirements.txt";
/** Holds the requirements that were installed: an interrupted or older installation is completed. */
const installed = join(folder, "installed-requirements.txt");
const server = "tests/deep/serve_moto.py";

export interface Moto {
  /** Give it to the clients: endpoint, a region, and credentials that are none. */
  connection: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } };
  stop(): Promise<void>;
}

/** Makes `.venv` with moto in it, if it is not there. @returns why it cannot be, or undefined when it is. */
export function prepareMoto(): string | undefined {
  const wanted = readFileSync(requirements, "utf8");
  if (existsSync(installed) && readFileSync(installed, "utf8") === wanted) return undefined;
  const system = ["python3", "python"].find((name) => spawnSync(name, ["-c", "import ensurepip, venv"]).status === 0);
  if (!existsSync(python) && system === undefined) return "Python 3 with venv is not installed";
  try {
    if (!existsSync(python) && system !== undefined) execFileSync(system, ["-m", "venv", folder], { stdio: "pipe" });
    execFileSync(python, ["-m", "pip", "install", "--quiet", "--requirement", requirements], { stdio: "pipe" });
  } catch (error) {
    // A machine without network is no reason to fail; the reason stands in the notice.
    return `moto could not be installed into ${folder}: ${error instanceof Error ? error.message : String(error)}`;
  }
  writeFileSync(installed, wanted);
  return undefined;
}

export async function startMoto(): Promise<Moto> {
  // The pipe to its stdin ends with this process, and moto with the pipe.
  const child = spawn(python, [server], { stdio: ["pipe", "pipe", "pipe"] });
  const errors: string[] = [];
  child.stderr.on("data", (chunk: Buffer) => errors.push(chunk.toString()));
  const port = await firstLine(child);
  if (port === undefined) throw new Error(`moto did not start: ${errors.join("").trim()}`);
  return {
    connection: {
      endpoint: `http://127.0.0.1:${port}`,
      region: "us-east-1",
      credentials: { accessKeyId: "none", secretAccessKey: "none" },
    },
    async stop() {
      if (child.exitCode !== null) return;
      const exited = once(child, "exit");
      child.stdin.end();
      await exited;
    },
  };
}

async function firstLine(child: ChildProcess): Promise<string | undefined> {
  if (child.stdout === null) return undefined;
  for await (const line of createInterface({ input: child.stdout })) return line;
  return undefined;
}
