import { column, defineTable, nullable, sourceColumns } from "./table.ts";

export const climateReports = defineTable({
  name: "climate_reports",
  version: 1,
  doc: "Every version of every Daily Climate Report (CLI), one row a station section. Which final came first is told by the view climate_report_versions: a correction need not call itself one.",
  columns: {
    product_id: column("string", "IEM's product id, YYYYMMDDHHMM-CCCC-TTAAII-PIL[-BBB]."),
    section: column("int", "Number of the station section within the product, from 0."),
    pil: column("string", "AFOS product id, for example CLIMDW: the station it speaks of."),
    station: nullable("string", "ICAO id where the product is of one of our stations; null otherwise."),
    issuing_office: column("string", "Office that issued it (CCCC), for example KLOT."),
    bbb: nullable("string", "WMO amendment group such as CCA; null when there is none."),
    site_name: column("string", "The station's name as the headline gives it."),
    climate_date: column("date", "The climate day that it reports: midnight to midnight local standard time."),
    issued_at: column("timestamp", "When it was issued. It is known from then on, not from its as-of time."),
    kind: column(
      "string",
      "What the text says of itself: intermediate, final or corrected. Issued before its day was over it is intermediate.",
    ),
    as_of: nullable("string", "As-of time of an intermediate report as printed; null in a final one."),
    max_f: nullable("int", "Maximum temperature; null when missing (MM): then it is no label.", "°F"),
    max_time: nullable("string", "Time of the maximum as printed; null when not given."),
    max_record: column("boolean", "Whether the maximum is marked as a record."),
    max_estimated: column("boolean", "Whether the maximum is marked as estimated."),
    min_f: nullable("int", "Minimum temperature; null when missing.", "°F"),
    min_time: nullable("string", "Time of the minimum as printed; null when not given."),
    ...sourceColumns,
  },
  key: ["product_id", "section"],
  dt: "issued_at",
});
