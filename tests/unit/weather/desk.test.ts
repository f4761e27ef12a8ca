/** Which jobs are planned, and what each of them names. */
import { describe, expect, it } from "vitest";
import type { PlannedJob, PlanFacts } from "../../../core/desk.ts";
import { weatherDesk } from "../../../core/weather/desk.ts";
import { priorParameters } from "../../../core/weather/parameters.ts";
import { inputsIn, planFacts, pointerOf } from "./listing.ts";
import { fittedRows } from "./fitted-rows.ts";
import { present } from "./present.ts";

const hour = 3_600_000;
/** Chicago's climate day of 2 November begins at 06Z. */
const begin = Date.parse("2026-11-02T06:00:00Z");
const now = begin + 9 * hour + 5 * 60_000;

function jobs(facts: PlanFacts): { running: PlannedJob; coming: PlannedJob } {
  const [running, coming, ...others] = weatherDesk.plan(facts);
  expect(others).toEqual([]);
  return { running: present(running), coming: present(coming) };
}

const windowsOf = (job: PlannedJob, source: string) =>
  inputsIn(job)
    .filter((input) => input.source === source)
    .map(({ window_at }) => window_at);

describe("the inputs of a job", () => {
  it("of a running day name every window of observations since local standard midnight", () => {
    const { running } = jobs(planFacts(now, [2, 3]));
    expect(running).toMatchObject({ certified: true, refusal: null, climate_date: "2026-11-02" });
    const hours = Array.from({ length: 9 }, (_, index) => begin + (index + 1) * hour);
    expect(windowsOf(running, "iem-observations")).toEqual(hours);
    expect(windowsOf(running, "iem-daily-summaries")).toEqual(hours.slice(0, -2));
    expect(windowsOf(running, "climate-reports")).toEqual(hours.slice(0, -3));
  });

  it("of a day that has not begun name nothing that was observed", () => {
    const { coming } = jobs(planFacts(now, [2, 3]));
    expect(coming.climate_date).toBe("2026-11-03");
    expect(new Set(inputsIn(coming).map(({ source }) => source))).toEqual(
      new Set(["kalshi-markets", "open-meteo-ensemble", "iem-nbm"]),
    );
  });

  it("name the window before midnight when the day has none yet: it says when the station was last heard", () => {
    const first = begin + 5 * 60_000;
    const facts = planFacts(first, [2, 3]);
    const windows = [begin - 2 * hour, begin - hour];
    const pointers = {
      ...facts.pointers,
      "iem-observations": pointerOf("iem-observations", "weather_observations", windows),
    };
    const { running } = jobs({ ...facts, pointers });
    expect(windowsOf(running, "iem-observations")).toEqual([begin - hour]);
    expect(windowsOf(running, "iem-daily-summaries")).toEqual([]);
  });

  it("name the blend's runs of today and yesterday alone", () => {
    const { running } = jobs(planFacts(now, [2, 3]));
    expect(windowsOf(running, "iem-nbm")).toEqual([now - 9 * hour, now - 3 * hour]);
  });

  it("leave out what a source said that drifted, unless the job cannot do without it: then a gate stops it", () => {
    const drifted = { kind: "drift" as const, exchange: 0, path: "txn", message: "missing" };
    const blocked = { status: "blocked" as const, window_at: now, refusals: [drifted] };
    const health = { "iem-nbm": blocked, "iem-observations": blocked };
    const { running, coming } = jobs(planFacts(now, [2, 3], { health }));
    for (const job of [running, coming]) {
      expect(windowsOf(job, "iem-nbm")).toEqual([]);
      expect(JSON.parse(job.blocked_sources)).toEqual([
        { source: "iem-nbm", reason: "txn: missing" },
        { source: "iem-observations", reason: "txn: missing" },
      ]);
    }
    expect(windowsOf(running, "iem-observations")).not.toEqual([]);
    expect(weatherDesk.needs(running)).toEqual(["kalshi-markets", "open-meteo-ensemble", "iem-observations"]);
    expect(weatherDesk.needs(coming)).toEqual(["kalshi-markets", "open-meteo-ensemble"]);
  });

  it("stay small: a day's end names no more than the day", () => {
    const { running } = jobs(planFacts(begin + 23 * hour + 5 * 60_000, [2, 3]));
    expect(running.inputs.length).toBeLessThan(24_000);
  });
});

describe("the parameters of a job", () => {
  const withFit = (change: Parameters<typeof fittedRows>[0]) => {
    const facts = planFacts(now, [2, 3]);
    const asOf = change.as_of ?? begin;
    const pointer = pointerOf("weather-parameters", "weather_parameters", [asOf]);
    return jobs({
      ...facts,
      pointers: { ...facts.pointers, "weather-parameters": pointer },
      parameters: { weather_parameters: fittedRows(change) },
    });
  };

  it("are the prior before the first fit", () => {
    const { running } = jobs(planFacts(now, [2, 3]));
    expect(running.parameters_version).toBe(priorParameters.version);
    expect(windowsOf(running, "weather-parameters")).toEqual([]);
  });

  it("are the fitted ones, named as an input by key and hash, on days after those of the fit", () => {
    const { running } = withFit({ trained_until: "2026-11-01" });
    expect(running.parameters_version).toBe("fit-1");
    expect(windowsOf(running, "weather-parameters")).toEqual([begin]);
  });

  it("are the prior on a day that the fit has seen, the fitted ones on the day after it", () => {
    const { running, coming } = withFit({ trained_until: "2026-11-02" });
    expect(running.parameters_version).toBe(priorParameters.version);
    expect(windowsOf(running, "weather-parameters")).toEqual([]);
    expect(coming.parameters_version).toBe("fit-1");
  });

  it("are the prior where the fit knows what is not known yet", () => {
    const { running } = withFit({ as_of: now + 1, trained_until: "2026-11-01" });
    expect(running.parameters_version).toBe(priorParameters.version);
  });

  it("that cannot be read make a job that says so, not one that uses others", () => {
    const { running } = withFit({ trained_until: "2026-11-01", fusion: { scheme: "guess" } });
    expect(running.certified).toBe(true);
    expect(running.refusal).toMatch(/fusion: scheme is "guess"/);
    expect(weatherDesk.predict(running, {})).toEqual({ refusal: running.refusal });
  });
});
