import { column, defineTable, nullable, sourceColumns } from "./table.ts";

export const weatherObservations = defineTable({
  name: "weather_observations",
  version: 1,
  doc: "Surface observations (METAR) at the stations, one row a report. A whole degree Celsius is no single °F: the temperature is kept as the interval of whole °F that it can stand for.",
  columns: {
    station: column("string", "ICAO id, for example KMDW."),
    valid_at: column("timestamp", "When the observation was made, as the archive dates it."),
    report_type: column("string", "five_minute, routine or special: what the archive was asked for."),
    temperature_tenths_c: nullable("int", "Air temperature; null when missing: then it is no observation.", "0.1 °C"),
    whole_celsius: nullable("boolean", "Whether only the whole degree Celsius is known; null without a temperature."),
    low_f: nullable("int", "Lowest whole °F that the temperature can stand for; null when missing.", "°F"),
    high_f: nullable("int", "Highest whole °F that the temperature can stand for; null when missing.", "°F"),
    max6h_tenths_c: nullable(
      "int",
      "Maximum of the six hours before, from the group 1snTTT; null without one.",
      "0.1 °C",
    ),
    max6h_low_f: nullable("int", "Lowest whole °F that this maximum can stand for; null without one.", "°F"),
    max6h_high_f: nullable("int", "Highest whole °F that this maximum can stand for; null without one.", "°F"),
    max6h_from: nullable(
      "timestamp",
      "Begin of the span of this maximum. It bounds a day's high only if the span is inside.",
    ),
    max6h_until: nullable("timestamp", "End of the span of this maximum, exclusive."),
    metar: nullable("string", "The report as it came; null when the archive gives none."),
    ...sourceColumns,
  },
  key: ["station", "valid_at", "report_type"],
  dt: "valid_at",
});
