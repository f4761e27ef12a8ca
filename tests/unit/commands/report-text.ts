/** A climate report of this project's own writing, in the layout of weather.md §3.4. */
export function climateReportText(
  pil = "CLIMDW",
  heading = "CDUS43 KLOT 200634",
  maximum = "  MAXIMUM         41   2:56 PM  66",
): string {
  return [
    "000",
    heading,
    pil,
    "",
    "CLIMATE REPORT",
    "NATIONAL WEATHER SERVICE SOMEWHERE",
    "1234 AM CST FRI NOV 20 2026",
    "",
    "...THE CHICAGO-MIDWAY CLIMATE SUMMARY FOR NOVEMBER 19 2026...",
    "",
    "WEATHER ITEM   OBSERVED TIME   RECORD YEAR NORMAL DEPARTURE LAST",
    "TEMPERATURE (F)",
    " YESTERDAY",
    maximum,
    "  MINIMUM         30   4:31 AM   9",
    "",
    "$$",
  ].join("\n");
}
