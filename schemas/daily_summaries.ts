import { column, defineTable, nullable, sourceColumns } from "./table.ts";

export const dailySummaries = defineTable({
  name: "daily_summaries",
  version: 1,
  doc: "Daily summary messages (DSM) that the station itself sends, every version: whole °F, before the climate report. One row a message.",
  columns: {
    product_id: column("string", "YYYYMMDDHHMM-CCCC-TTAAII[-PIL][-BBB], made from the text's heading."),
    station: column("string", "ICAO id that the message names, for example KMDW."),
    climate_date: column("date", "The climate day: midnight to midnight local standard time."),
    issued_at: column("timestamp", "When it was issued, by the WMO heading."),
    kind: column("string", "intermediate (the day is not over), final or corrected."),
    as_of: nullable(
      "string",
      "Time up to which an intermediate message reaches, hhmm local standard time; null when not given.",
    ),
    max_f: nullable("int", "Maximum temperature; null when missing (M): then it is no label.", "°F"),
    max_time: nullable("string", "Time of the maximum, hhmm local standard time; null when missing."),
    min_f: nullable("int", "Minimum temperature; null when missing.", "°F"),
    min_time: nullable("string", "Time of the minimum, hhmm local standard time; null when missing."),
    ...sourceColumns,
  },
  key: ["product_id", "station"],
  dt: "issued_at",
});
