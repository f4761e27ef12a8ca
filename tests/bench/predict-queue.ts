/** Jobs a second through the embedded predict queue: receive, read inputs, model, write, send on, delete. */
import { mkdirSync } from "node:fs";
import { demoStart } from "../../sandbox/incidents.ts";
import { openHome } from "../../runtime/home.ts";
import { ticks } from "../../core/ticks.ts";
import { queueNames } from "../../functions/steps.ts";
import { play } from "../../runtime/play.ts";
import { work } from "../../runtime/workers.ts";
import type { Figure } from "./figure.ts";

const hour = 3_600_000;

export async function measure(folder: string): Promise<Figure[]> {
  mkdirSync(folder, { recursive: true });
  const start = demoStart + 14 * hour;
  const home = openHome({
    folder: `${folder}/predict`,
    surroundings: { kind: "sandbox", seed: "bench", start, days: 3, incidents: "none", clock: "virtual" },
    log: { write: () => undefined },
  });
  let jobs = 0;
  let ms = 0;
  await play(home, {
    until: start + 12 * hour,
    ticks: ticks.filter(({ queue }) => queue === "ingest" || queue === "coordinate"),
    async drain({ queue, services }) {
      for (let more = true; more;) {
        more = false;
        for (const name of queueNames) {
          const begun = performance.now();
          const deliveries = await queue.receive(name, 10);
          for (const delivery of deliveries) await work(name, delivery, queue, services);
          if (deliveries.length > 0) more = true;
          if (name !== "predict") continue;
          ms += performance.now() - begun;
          jobs += deliveries.length;
        }
      }
    },
  });
  home.close();
  return [{ name: "predict-queue", value: jobs / (ms / 1000), unit: "jobs/s", baseline: null }];
}
