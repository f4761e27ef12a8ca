/** `npm run bench`: every benchmark once, as a table or, with --json, as one object. */
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import * as bundleLoad from "../tests/bench/bundle-load.ts";
import * as crypto from "../tests/bench/crypto.ts";
import * as demo from "../tests/bench/demo.ts";
import * as ensembleDecode from "../tests/bench/ensemble-decode.ts";
import type { Figure } from "../tests/bench/figure.ts";
import * as hazard from "../tests/bench/hazard.ts";
import * as kalshiToParquet from "../tests/bench/kalshi-to-parquet.ts";
import * as orderBook from "../tests/bench/order-book.ts";
import * as panel from "../tests/bench/panel.ts";
import * as predictQueue from "../tests/bench/predict-queue.ts";

const benchmarks = [kalshiToParquet, ensembleDecode, orderBook, predictQueue, hazard, panel, crypto, demo, bundleLoad];
const json = process.argv.includes("--json");
const folder = mkdtempSync(join(tmpdir(), "brier-bench-"));
const figures: Figure[] = [];
try {
  for (const [index, { measure }] of benchmarks.entries()) {
    if (!json) console.error(`benchmark ${index + 1} of ${benchmarks.length} …`);
    figures.push(...(await measure(folder)));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** How often the baseline fits into the value, or the value into the baseline for times: always value / baseline. */
const ratioOf = ({ value, baseline }: Figure) => (baseline === null ? null : value / baseline);
const rounded = (x: number) => (x >= 100 ? x.toFixed(0) : x.toPrecision(3));

if (json) {
  const entries = figures.map((figure) => [
    figure.name,
    { value: figure.value, unit: figure.unit, baseline: figure.baseline, ratio: ratioOf(figure) },
  ]);
  console.log(JSON.stringify(Object.fromEntries(entries)));
} else {
  console.log(
    `${cpus().length} x ${cpus()[0]?.model.trim()}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Node ${process.version}\n`,
  );
  console.log(
    `${"benchmark".padEnd(26)}${"value".padStart(10)} ${"unit".padEnd(8)}${"baseline".padStart(10)}${"ratio".padStart(8)}`,
  );
  for (const figure of figures) {
    const ratio = ratioOf(figure);
    const baseline = figure.baseline === null ? "-" : rounded(figure.baseline);
    console.log(
      `${figure.name.padEnd(26)}${rounded(figure.value).padStart(10)} ${figure.unit.padEnd(8)}${baseline.padStart(10)}${(ratio === null ? "-" : rounded(ratio)).padStart(8)}`,
    );
  }
}
