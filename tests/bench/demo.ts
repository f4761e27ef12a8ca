/** Days of the demo's world played a second, everything but the report. */
import { demoStart } from "../../sandbox/incidents.ts";
import { openHome } from "../../runtime/home.ts";
import { play } from "../../runtime/play.ts";
import type { Figure } from "./figure.ts";

const days = 2;

export async function measure(folder: string): Promise<Figure[]> {
  const home = openHome({
    folder: `${folder}/demo`,
    surroundings: { kind: "sandbox", seed: "bench", start: demoStart, days: 7, incidents: "demo", clock: "virtual" },
    log: { write: () => undefined },
  });
  const begun = performance.now();
  await play(home, { until: demoStart + days * 86_400_000 });
  const seconds = (performance.now() - begun) / 1000;
  home.close();
  return [{ name: "demo", value: days / seconds, unit: "days/s", baseline: null }];
}
