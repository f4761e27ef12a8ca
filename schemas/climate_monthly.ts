import { column, defineTable, nullable, sourceColumns } from "./table.ts";

export const climateMonthly = defineTable({
  name: "climate_monthly",
  version: 1,
  doc: "Days of the monthly climate data (CF6), every version: each product repeats the days of its month that are over. For gaps of history; nothing settles by it.",
  columns: {
    product_id: column("string", "YYYYMMDDHHMM-CCCC-TTAAII-PIL[-BBB], made from the text's heading."),
    climate_date: column("date", "The climate day: midnight to midnight local standard time."),
    pil: column("string", "AFOS product id, for example CF6MDW: the station it speaks of."),
    station: nullable("string", "ICAO id where the product is of one of our stations; null otherwise."),
    issued_at: column("timestamp", "When it was issued, by the WMO heading."),
    max_f: nullable("int", "Maximum temperature; null when missing (M): then it is no label.", "°F"),
    min_f: nullable("int", "Minimum temperature; null when missing.", "°F"),
    ...sourceColumns,
  },
  key: ["product_id", "climate_date"],
  dt: "issued_at",
});
