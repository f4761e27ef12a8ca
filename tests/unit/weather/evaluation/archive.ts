/** An archive of forecasts of this project's own making, in the columns of the real one. */
import { seededUniform } from "../../../../core/stats/prng.ts";

export const header =
  "date,city,state,forecast_hi_2_prev_PM,forecast_lo_prev_AM,forecast_hi_prev_AM,forecast_lo_prev_PM,forecast_hi_prev_PM,forecast_lo_current_AM,forecast_hi_current_AM,forecast_lo_current_PM,actual_lo_current_PM,actual_hi_current_PM,actual_lo_next_AM,actual_hi_next_AM";

/** Day `index` of 2021 as `YYYY-MM-DD`; 0 is 1 January. */
const dayOf = (index: number) => new Date(Date.UTC(2021, 0, 1 + index)).toISOString().slice(0, 10);

/** `days` days from 1 February 2021: a warming season, weather on top, forecasts that know most of it. */
export function archiveCsv(cities: readonly string[], days: number, seed = 1): string {
  const uniform = seededUniform(seed);
  const noise = (sd: number) => sd * (uniform() + uniform() + uniform() + uniform() - 2) * Math.sqrt(3);
  const rows = cities.flatMap((city) =>
    Array.from({ length: days }, (_, day) => {
      const high = Math.round(45 + day / 4 + noise(9));
      const [first, second, third, last] = [3, 2.6, 2.2, 1.8].map((sd) => Math.round(high + noise(sd)));
      return `${dayOf(31 + day)},${city},XX,${first},1,${second},1,${third},1,${last},1,1,${high - (uniform() < 0.1 ? 1 : 0)},1,${high}`;
    }),
  );
  return `${[header, ...rows].join("\n")}\n`;
}
