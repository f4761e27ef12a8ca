import { defineConfig } from "vitest/config";

const project = (name: string, options: { timeout?: number; env?: Record<string, string> } = {}) => ({
  test: {
    name,
    // Files share one module graph a worker: loading it anew for each would take a quarter of the time. Nothing in
    // core or schemas does anything on import, and adapters keep their state in what they open.
    isolate: false,
    include: [`tests/${name}/**/*.test.ts`],
    testTimeout: options.timeout ?? 20_000,
    hookTimeout: options.timeout ?? 20_000,
    env: options.env ?? {},
    // Bundles that a test has made are run as they are.
    server: { deps: { external: [/brier-dist-/] } },
  },
});

export default defineConfig({
  test: {
    // The default leaves one core of two idle.
    maxWorkers: "100%",
    projects: [
      project("unit"),
      project("contract"),
      // CDK's own validation of templates takes three quarters of a synthesis and warns at most: `npm run synth` has it.
      project("infra", { timeout: 60_000, env: { CDK_VALIDATION: "false" } }),
      project("integration", { timeout: 60_000 }),
      project("deep", { timeout: 900_000 }),
    ],
  },
});
