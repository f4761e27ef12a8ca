import type { View } from "./view.ts";

export const climateReportVersions: View = {
  name: "climate_report_versions",
  doc: "Every version of the report of a climate day in the order of issue. kind: intermediate, first_final (the first that is not intermediate) or corrected (any later one, whatever it calls itself; stated_kind is its own word). is_current marks the last one that is not intermediate; a day without a final report has none.",
  sql: `
SELECT
  pil,
  section,
  climate_date,
  row_number() OVER (PARTITION BY pil, section, climate_date ORDER BY issued_at, product_id) AS version,
  CASE
    WHEN stage = 0 THEN 'intermediate'
    WHEN row_number() OVER (PARTITION BY pil, section, climate_date, stage ORDER BY issued_at, product_id) = 1
      THEN 'first_final'
    ELSE 'corrected'
  END AS kind,
  kind AS stated_kind,
  stage = 1
    AND row_number() OVER (PARTITION BY pil, section, climate_date, stage ORDER BY issued_at DESC, product_id DESC) = 1
    AS is_current,
  product_id,
  station,
  issuing_office,
  bbb,
  site_name,
  issued_at,
  as_of,
  max_f,
  max_time,
  min_f,
  min_time,
  ingested_at,
  raw_key,
  dt
FROM (
  SELECT *, CASE WHEN kind = 'intermediate' THEN 0 ELSE 1 END AS stage
  FROM climate_reports
)
`,
};
