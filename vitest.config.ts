import { defineConfig } from "vitest/config";

const project = (name: string, options: { timeout?: number } = {}) => ({
  test: {
    name,
    // Files share one module graph a worker: loading it anew for each would take a quarter of the time. Nothing in
    // core or schemas does anything on import, and adapters keep their state in what they open.
    isolate: false,
    include: [`tests/${name}/**/*.test.ts`],
    testTimeout: options.timeout ?? 20_000,
    hookTimeout: options.timeout ?? 20_000,
  },
});

export default defineConfig({
  test: {
    // The default leaves one core of two idle.
    maxWorkers: "100%",
    projects: [
      project("unit"),
      project("contract"),
      project("infra", { timeout: 60_000 }),
      project("integration", { timeout: 60_000 }),
      project("deep", { timeout: 900_000 }),
    ],
  },
});
