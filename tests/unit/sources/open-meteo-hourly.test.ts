import { describe, expect, it } from "vitest";
import { openMeteoHourly } from "../../../core/sources/open-meteo-hourly.ts";
import { stations } from "../../../core/weather/stations.ts";
import { capture, haveCaptures } from "../weather/captures.ts";
import { present } from "../weather/present.ts";
import { openMeteoAnswer } from "./fixtures/open-meteo-answer.ts";

const window = { at: Date.parse("2026-11-01T12:04:00Z") };
const provenance = { window_at: window.at, raw_key: "raw/open-meteo-hourly/x" };
const firstHour = Date.parse("2026-10-31T00:00:00Z") / 1000;
const models = { ncep_hrrr_conus: 1, ncep_nbm_conus: 1, ecmwf_ifs025: 1 };
const run = Date.parse("2026-11-01T06:00:00Z");
const metas = openMeteoHourly.next(window, [], new Set()).map(({ url }, index) => ({
  url,
  status: 200,
  fetched_at: window.at,
  body: JSON.stringify({ last_run_initialisation_time: run / 1000 + 3600 * index }),
}));
const [request] = openMeteoHourly.next(window, metas, new Set());
const answer = (given: Record<string, number> = models) =>
  openMeteoAnswer(stations, { models: given, firstHour, hours: 96 });
const exchange = (body: unknown, status = 200) => ({
  url: present(request).url,
  status,
  fetched_at: window.at + 500,
  body: typeof body === "string" ? body : JSON.stringify(body),
});

describe("request", () => {
  it("is made on a new run only: by the forecast host, with one that keeps the same runs behind it", () => {
    const { url, fallbackUrl, weight } = present(request);
    const asked = new URL(url);
    expect(asked.host + asked.pathname).toBe("api.open-meteo.com/v1/forecast");
    expect(asked.searchParams.get("models")).toBe("ncep_hrrr_conus,ncep_nbm_conus,ecmwf_ifs025");
    expect(asked.searchParams.get("timeformat")).toBe("unixtime");
    expect(fallbackUrl).toBe(url.replace("api.open-meteo.com", "previous-runs-api.open-meteo.com"));
    // Six places of one call each: three tenths, rounded up to the least that a place counts for.
    expect(weight).toBe(6);
    const { known } = openMeteoHourly.decode([...metas, exchange(answer())], provenance);
    expect(known).toHaveLength(3);
    expect(openMeteoHourly.next(window, metas, new Set(known))).toEqual([]);
  });
});

describe("decode", () => {
  it("gives one row a station and model, with the run that its meta.json named", () => {
    const { rows, refusals, notes } = openMeteoHourly.decode([...metas, exchange(answer())], provenance);
    expect([refusals, notes]).toEqual([[], []]);
    const paths = present(rows.hourly_forecasts);
    expect(paths).toHaveLength(18);
    expect(paths[1]).toMatchObject({
      station: "KMDW",
      model: "ncep_nbm_conus",
      run_at: run + 3_600_000,
      first_valid_at: firstHour * 1000,
      step_seconds: 3600,
      ingested_at: window.at + 500,
      window_at: window.at,
    });
    expect(Object.keys(present(paths[0]))).not.toContain("member");
  });

  it("keeps the row without a run where none was named, and says what is not in the answer", () => {
    const { rows, notes } = openMeteoHourly.decode(
      [exchange(answer({ ncep_hrrr_conus: 1, ecmwf_ifs025: 1 }))],
      provenance,
    );
    expect(present(rows.hourly_forecasts).map(({ run_at }) => run_at)).toEqual(Array(12).fill(null));
    expect(notes.map(({ message }) => message)).toEqual([
      "model ncep_nbm_conus was asked for and is not in the answer",
    ]);
  });

  it("takes no member for a model that has none", () => {
    const { rows, notes } = openMeteoHourly.decode([exchange(answer({ ...models, ecmwf_ifs025: 2 }))], provenance);
    expect(rows.hourly_forecasts).toHaveLength(18);
    expect(notes).toMatchObject([{ message: expect.stringContaining("temperature_2m_member01_ecmwf_ifs025") }]);
  });

  it("refuses a single model, whose name the answer leaves out", () => {
    const { rows, refusals } = openMeteoHourly.decode([exchange(answer({ ecmwf_ifs025: 1 }))], provenance);
    expect(rows).toEqual({});
    expect(refusals).toMatchObject([{ kind: "drift", message: expect.stringContaining("only one model answered") }]);
  });
});

describe.skipIf(!haveCaptures)("captures: real answers of these APIs, none of them to our question", () => {
  it.each([
    ["forecast_hourly_london_2026-01-19.json", "latitude"],
    ["forecast_current_nyc_2026-05-11.json", "latitude"],
    ["previous_runs_knyc_ecmwf.json", "latitude"],
    ["error_single_run_not_available.json", "reason"],
  ])("%s is refused by its %s", (name, path) => {
    const file = { ...exchange(capture(`weather/openmeteo/${name}`)), url: name };
    expect(openMeteoHourly.decode([file], provenance).refusals).toMatchObject([{ kind: "drift", path }]);
  });

  it("reads the real hours where place, zone and names are those that we ask for", () => {
    const real = JSON.parse(capture("weather/openmeteo/forecast_hourly_london_2026-01-19.json")) as {
      hourly: { time: string[]; temperature_2m: number[] };
      hourly_units: Record<string, string>;
    };
    const time = real.hourly.time.map((text) => Date.parse(`${text}Z`) / 1000);
    const values = real.hourly.temperature_2m;
    const own = {
      ...real,
      latitude: stations[0]?.latitude,
      longitude: stations[0]?.longitude,
      hourly_units: { time: "unixtime", temperature_2m_ecmwf_ifs025: "°F", temperature_2m_ncep_nbm_conus: "°F" },
      hourly: { time, temperature_2m_ecmwf_ifs025: values, temperature_2m_ncep_nbm_conus: values },
    };
    const { rows } = openMeteoHourly.decode([{ ...exchange(own), url: "file" }], provenance);
    expect(present(rows.hourly_forecasts).map(({ temperature_f }) => temperature_f)).toEqual([values, values]);
  });
});
