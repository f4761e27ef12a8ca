/** Prints what a month costs at the default cadence: `npm run cost`. With `--write` it renews docs/cost.md. */
import { writeFileSync } from "node:fs";
import { desks } from "../core/desks.ts";
import { sources } from "../core/sources.ts";
import { ticks } from "../core/ticks.ts";
import { costPage } from "../lib/cost.ts";

const page = costPage({ sources, desks, ticks });
if (process.argv.includes("--write")) writeFileSync("docs/cost.md", page);
else console.log(page);
