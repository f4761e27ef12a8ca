/**
 * Prints what a month costs at the default cadence: `npm run cost`; `-- --desks weather` for those desks only. With `--write`
 * it renews docs/cost.md.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { chosenDesks, desks } from "../core/desks.ts";
import { costPage } from "../lib/cost.ts";

const { values } = parseArgs({ options: { write: { type: "boolean" }, desks: { type: "string" } } });
if (values.write === true && values.desks !== undefined) {
  throw new Error("docs/cost.md has all desks: give --write or --desks, not both");
}
const page = costPage(values.desks === undefined ? desks : chosenDesks(values.desks));
if (values.write === true) writeFileSync("docs/cost.md", page);
else console.log(page);
