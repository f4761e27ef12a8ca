/** Rows of weather_parameters as a fit writes them, with the prior's numbers. */
import { priorParameters } from "../../../core/weather/parameters.ts";
import type { TableRow } from "../../../schemas/index.ts";

type Row = TableRow<"weather_parameters">;

export function fittedRows(
  change: Partial<Pick<Row, "as_of" | "trained_until" | "parameters_version">> & { fusion?: object },
): Row[] {
  const { fusion, ...columns } = change;
  const row = (station: string, part: string, values: object): Row => ({
    parameters_version: "fit-1",
    station,
    part,
    as_of: 0,
    trained_from: "2026-09-01",
    trained_until: "2026-10-31",
    n: 40,
    values: JSON.stringify(values),
    ingested_at: 0,
    decoder_version: 1,
    ...columns,
  });
  return [
    ...Object.entries(priorParameters.stations).flatMap(([icao, { dayAhead, intraday }]) => [
      row(icao, "day_ahead", dayAhead),
      row(icao, "intraday", intraday),
    ]),
    row("*", "fusion", fusion ?? priorParameters.fusion),
  ];
}
