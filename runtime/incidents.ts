/** What the desk did about each scripted incident, read from its own tables. */
import type { Sql } from "../core/ports.ts";
import type { Incident } from "../sandbox/incidents.ts";
import { objects, type Records } from "./report.ts";

export interface IncidentLine {
  id: string;
  description: string;
  /** What the desk did, with its numbers. */
  response: string;
  /** Whether the desk did what it is for; false is a fault of the desk. */
  handled: boolean;
}

const plural = (n: number, noun: string) => `${n} ${noun}${n === 1 ? "" : "s"}`;

async function count(sql: Sql, query: string, parameters: readonly (string | number)[]): Promise<number> {
  const [row] = await objects(sql, query, parameters);
  return Number(Object.values(row ?? {})[0] ?? 0);
}

function windows({ ledger }: Records, source: string, entry: string, from: number, until: number): number {
  return ledger.filter(
    (row) => row.source === source && row.entry === entry && row.windowAt >= from && row.windowAt < until,
  ).length;
}

function alertsSent({ alerts }: Records, rule: string, subject: RegExp): number {
  return alerts.filter((alert) => alert.sent && alert.rule === rule && subject.test(alert.subject)).length;
}

function gated({ gates }: Records, gate: string, event: RegExp, from = 0, until = Number.POSITIVE_INFINITY): number {
  return gates
    .filter((row) => row.gate === gate && event.test(row.event) && row.at >= from && row.at < until)
    .reduce((sum, { n }) => sum + n, 0);
}

/** How the resolution that holds stands beside the climate reports; undefined when there is none yet. */
async function agreementOf(sql: Sql, event: string): Promise<string | undefined> {
  const [row] = await objects(
    sql,
    "select agreement, expiration_value, report_max_f from latest_resolutions where event_ticker = ? order by market_ticker limit 1",
    [event],
  );
  if (row === undefined) return undefined;
  const { agreement, expiration_value, report_max_f } = row;
  const report = typeof report_max_f === "number" ? String(report_max_f) : "missing";
  return `${String(agreement)} (Kalshi "${String(expiration_value)}", first final report ${report})`;
}

/** How the roll-up of the settlement checks counts the event's texts. */
async function rolledUp(sql: Sql, event: string): Promise<{ counts: Record<string, number>; text: string }> {
  const rows = await objects(
    sql,
    "select verdict, count(*) as n from latest_settlement_checks where event_ticker = ? group by verdict order by verdict",
    [event],
  );
  const counts = Object.fromEntries(rows.map((row) => [String(row["verdict"]), Number(row["n"])]));
  const shown = Object.entries(counts).map(([verdict, n]) => `${n} ${verdict.replaceAll("_", " ")}`);
  return { counts, text: `settlement checks: ${shown.join(", ") || "none"}` };
}

const months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

/** The Kalshi event of a series on a climate day, which counts days since the epoch. */
function eventTicker(series: string, climateDay: number): string {
  const date = new Date(climateDay * 86_400_000);
  const yy = String(date.getUTCFullYear()).slice(2);
  return `${series}-${yy}${months[date.getUTCMonth()]}${String(date.getUTCDate()).padStart(2, "0")}`;
}

async function respond(
  incident: Incident,
  sql: Sql,
  records: Records,
): Promise<Omit<IncidentLine, "id" | "description">> {
  const { from, until } = incident;
  switch (incident.kind) {
    case "rate_limit": {
      const landed = windows(records, "kalshi-markets", "landed", from, until);
      const expected = windows(records, "kalshi-markets", "expected", from, until);
      return {
        response: `asked again with back-off; ${landed} of ${plural(expected, "window")} of that half-hour landed`,
        handled: expected > 0 && landed === expected,
      };
    }
    case "renamed_field": {
      const quarantined = windows(records, "kalshi-markets", "quarantined", from, until);
      const blocked = gated(records, "source_blocked", /./, from, until + 3_600_000);
      const alerts = alertsSent(records, "payload-drift", new RegExp(`${incident.field}$`));
      return {
        response: `${plural(quarantined, "window")} quarantined, ${plural(blocked, "candidate")} stopped at source_blocked, ${plural(alerts, "alert")} named ${incident.field}`,
        handled: quarantined > 0 && blocked > 0 && alerts > 0,
      };
    }
    case "corrected_report": {
      const event = eventTicker(incident.series, incident.climateDay);
      const agreement = await agreementOf(sql, event);
      const [pair] = await objects(
        sql,
        `select max(case when kind = 'first_final' then max_f end) as first_f, max(case when is_current then max_f end) as current_f
         from climate_report_versions where station = (select max(station) from grades where event_ticker = ?) and climate_date = (select max(climate_date) from grades where event_ticker = ?)`,
        [event, event],
      );
      const checked = await rolledUp(sql, event);
      const differ = pair !== undefined && pair["first_f"] !== pair["current_f"];
      return {
        response: `both versions kept (first final ${String(pair?.["first_f"])}, corrected ${String(pair?.["current_f"])}); the label stays Kalshi's: ${agreement ?? "not settled yet"}; ${checked.text}`,
        handled: differ && agreement?.startsWith("revised") === true && (checked.counts["revised"] ?? 0) > 0,
      };
    }
    case "wrong_station": {
      const alerts = alertsSent(records, "payload-drift", /^climate-reports /);
      const refused = records.ledger
        .filter(({ source, reasons }) => source === "climate-reports" && reasons.includes(incident.pil))
        .reduce((sum, row) => sum + row.refused, 0);
      const taken = await count(sql, "select count(*) as n from climate_reports where pil = ?", [incident.pil]);
      const checked = await rolledUp(sql, eventTicker(incident.series, incident.climateDay));
      return {
        response: `${plural(refused, "report")} set aside in quarantine, ${taken} taken, ${plural(alerts, "alert")}; ${checked.text}`,
        handled: refused > 0 && taken === 0 && alerts > 0 && (checked.counts["unparsable"] ?? 0) > 0,
      };
    }
    case "worded_value": {
      const event = eventTicker(incident.series, incident.climateDay);
      const agreement = await agreementOf(sql, event);
      const grades = await count(sql, "select count(*) as n from grades where event_ticker = ?", [event]);
      const checked = await rolledUp(sql, event);
      return {
        response: `graded by Kalshi's result, not by the word: ${agreement ?? "not settled yet"}, ${plural(grades, "grade")}; ${checked.text}`,
        handled: agreement?.startsWith("unparsable") === true && grades > 0 && (checked.counts["unparsable"] ?? 0) > 0,
      };
    }
    case "unknown_source": {
      const event = eventTicker(incident.series, incident.climateDay);
      const blocked = gated(records, "uncertified_settlement", new RegExp(`^${event}$`));
      const predicted = records.forecasts.filter((forecast) => forecast.event === event).length;
      const alerts = alertsSent(records, "unmapped-settlement", new RegExp(`^${event}$`));
      return {
        response: `${plural(blocked, "candidate")} of ${event} stopped at uncertified_settlement, ${plural(predicted, "prediction")}, ${plural(alerts, "alert")}`,
        handled: blocked > 0 && predicted === 0 && alerts > 0,
      };
    }
    case "outage": {
      const landed = windows(records, "open-meteo-ensemble", "landed", from, until);
      const stale = gated(records, "input_stale", /./, from, until + 7_200_000);
      const alerts =
        alertsSent(records, "source-stale", /^open-meteo/) + alertsSent(records, "ledger-gap", /^open-meteo/);
      return {
        response: `${plural(landed, "window")} of that hour landed late, ${plural(stale, "candidate")} stopped at input_stale, ${plural(alerts, "alert")}`,
        handled: landed > 0 && alerts > 0,
      };
    }
  }
}

export async function incidentLines(
  incidents: readonly Incident[],
  sql: Sql,
  records: Records,
): Promise<IncidentLine[]> {
  const lines: IncidentLine[] = [];
  for (const incident of incidents) {
    lines.push({ id: incident.id, description: incident.description, ...(await respond(incident, sql, records)) });
  }
  return lines;
}
