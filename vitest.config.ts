import { accessSync, constants, globSync, readFileSync, statfsSync } from "node:fs";
import { defineConfig } from "vitest/config";

interface Options {
  timeout?: number;
  env?: Record<string, string>;
  /** Files of other folders that are run in it, too. */
  also?: readonly string[];
}

const project = (name: string, options: Options = {}) => ({
  test: {
    name,
    // Files share one module graph a worker: loading it anew for each would take a quarter of the time. Nothing in
    // core or schemas does anything on import, and adapters keep their state in what they open.
    isolate: false,
    include: [`tests/${name}/**/*.test.ts`, ...(options.also ?? [])],
    testTimeout: options.timeout ?? 20_000,
    hookTimeout: options.timeout ?? 20_000,
    env: options.env ?? {},
    // Bundles that a test has made are run as they are.
    server: { deps: { external: [/brier-dist-/] } },
  },
});

/** Those whose properties are tried more often in `deep`: whoever asks tests/runs.ts for how often. */
const triedDeep = globSync("tests/{unit,integration}/**/*.test.ts").filter((file) =>
  readFileSync(file, "utf8").includes('/runs.ts";'),
);

/**
 * Homes that live for one test are put into memory where Linux has room for them: each is thousands of small files, and a
 * disk takes up to a fifth of the whole time for making and removing them.
 */
function inMemory(): Record<string, string> {
  const folder = "/dev/shm";
  if (process.env["TMPDIR"] !== undefined) return {};
  try {
    accessSync(folder, constants.W_OK);
  } catch {
    // Another system, or one that lends no memory: the disk does as well.
    return {};
  }
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize > 2 ** 30 ? { TMPDIR: folder } : {};
}

export default defineConfig({
  test: {
    // The default leaves one core of two idle.
    maxWorkers: "100%",
    projects: [
      project("unit", { env: inMemory() }),
      project("contract", { env: inMemory() }),
      // CDK's own validation of templates takes three quarters of a synthesis and warns at most: `npm run synth` has it.
      project("infra", { timeout: 60_000, env: { CDK_VALIDATION: "false" } }),
      project("integration", { timeout: 60_000, env: inMemory() }),
      // On the disk: what survives a SIGKILL is what this is about.
      project("deep", { timeout: 900_000, env: { BRIER_RUNS: "deep" }, also: triedDeep }),
    ],
  },
});
