/** Time from the start of a Node process until a function's bundle is loaded, beside an empty handler in the same run. */
import { spawnSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundle } from "../../bin/bundle.ts";
import type { Figure } from "./figure.ts";

const repetitions = 7;

function loadMs(file: string): number {
  const script = "const t = performance.now(); await import(process.argv[1]); console.log(performance.now() - t)";
  const times: number[] = [];
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const run = spawnSync(process.execPath, ["--input-type=module", "--eval", script, file], {
      encoding: "utf8",
      env: { ...process.env, AWS_REGION: "us-east-1", POWERTOOLS_DEV: "false" },
    });
    if (run.status !== 0) throw new Error(`${file} does not load: ${run.stderr}`);
    times.push(Number(run.stdout));
  }
  return times.toSorted((a, b) => a - b)[Math.floor(repetitions / 2)] ?? Number.NaN;
}

export async function measure(folder: string): Promise<Figure[]> {
  const dist = join(folder, "dist");
  await bundle(dist);
  const empty = join(folder, "empty.mjs");
  writeFileSync(empty, "export const handler = async () => undefined;\n");
  const baseline = loadMs(empty);
  return readdirSync(join(dist, "functions")).map((name) => ({
    name: `load-${name}`,
    value: loadMs(join(dist, "functions", name, "index.mjs")),
    unit: "ms",
    baseline,
  }));
}
