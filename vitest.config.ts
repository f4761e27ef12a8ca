import { defineConfig } from "vitest/config";

const project = (name: string, options: { timeout?: number } = {}) => ({
  test: {
    name,
    include: [`tests/${name}/**/*.test.ts`],
    testTimeout: options.timeout ?? 20_000,
    hookTimeout: options.timeout ?? 20_000,
  },
});

export default defineConfig({
  test: {
    projects: [
      project("unit"),
      project("contract"),
      project("infra", { timeout: 60_000 }),
      project("integration", { timeout: 60_000 }),
      project("deep", { timeout: 900_000 }),
    ],
  },
});
