import { column, defineTable, nullable, sourceColumns } from "./table.ts";

export const portalReports = defineTable({
  name: "portal_reports",
  version: 1,
  doc: "Climate reports as The Weather Company's settlement portal shows them: one row a station, climate day and window that asked. The portal is undocumented; nothing is priced or settled by it here, it is set beside the exchange's value.",
  columns: {
    station: column("string", "ICAO id, for example KMDW."),
    climate_date: column("date", "The climate day that was asked for."),
    status: column(
      "string",
      "official, preliminary, revised, pending, no_report, or another word as it came. The first that is neither preliminary nor empty settles.",
    ),
    max_f: nullable("int", "Maximum of the day; null when it states none.", "°F"),
    min_f: nullable("int", "Minimum of the day; null when it states none.", "°F"),
    issued_at: nullable("timestamp", "When the report was issued, as the portal says; null when it does not."),
    ...sourceColumns,
  },
  key: ["station", "climate_date", "window_at"],
  dt: "window_at",
});
