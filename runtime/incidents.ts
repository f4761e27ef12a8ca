/** What the desk did about each scripted incident, read from its own tables. */
import type { Sql } from "../core/ports.ts";
import type { Incident } from "../sandbox/incidents.ts";
import { objects } from "./report.ts";

export interface IncidentLine {
  id: string;
  description: string;
  /** What the desk did, with its numbers. */
  response: string;
  /** Whether the desk did what it is for; false is a fault of the desk. */
  handled: boolean;
}

const iso = (at: number) => new Date(at).toISOString();
const plural = (n: number, noun: string) => `${n} ${noun}${n === 1 ? "" : "s"}`;

async function count(sql: Sql, query: string, parameters: readonly (string | number)[]): Promise<number> {
  const [row] = await objects(sql, query, parameters);
  return Number(Object.values(row ?? {})[0] ?? 0);
}

async function windows(sql: Sql, source: string, entry: string, from: number, until: number): Promise<number> {
  return count(
    sql,
    "select count(*) as n from ingest_ledger where source = ? and entry = ? and window_at >= from_iso8601_timestamp(?) and window_at < from_iso8601_timestamp(?)",
    [source, entry, iso(from), iso(until)],
  );
}

async function alertsSent(sql: Sql, rule: string, subject: string): Promise<number> {
  return count(sql, "select count(*) as n from alerts where rule = ? and subject like ? and decision = 'sent'", [rule, subject]);
}

async function gated(sql: Sql, gate: string, event: string, from: number, until: number): Promise<number> {
  return count(
    sql,
    "select count(*) as n from gate_outcomes where gate = ? and event_ticker like ? and decided_at >= from_iso8601_timestamp(?) and decided_at < from_iso8601_timestamp(?)",
    [gate, event, iso(from), iso(until)],
  );
}

/** The Kalshi event of a series on the climate day that holds the instant. */
async function agreementOf(sql: Sql, event: string): Promise<string | undefined> {
  const [row] = await objects(sql, "select agreement, expiration_value, report_max_f from latest_resolutions where event_ticker = ? limit 1", [event]);
  return row === undefined
    ? undefined
    : `${String(row["agreement"])} (Kalshi "${String(row["expiration_value"])}", first final report ${String(row["report_max_f"] ?? "none")})`;
}

const months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

/** `climateDay` counts days since the epoch. */
function eventTicker(series: string, climateDay: number): string {
  const date = new Date(climateDay * 86_400_000);
  const yy = String(date.getUTCFullYear()).slice(2);
  return `${series}-${yy}${months[date.getUTCMonth()]}${String(date.getUTCDate()).padStart(2, "0")}`;
}

async function respond(incident: Incident, sql: Sql): Promise<Omit<IncidentLine, "id" | "description">> {
  const { from, until } = incident;
  switch (incident.kind) {
    case "rate_limit": {
      const landed = await windows(sql, "kalshi-markets", "landed", from, until);
      return { response: `asked again with back-off; ${plural(landed, "window")} of that half-hour landed`, handled: landed > 0 };
    }
    case "renamed_field": {
      const quarantined = await windows(sql, "kalshi-markets", "quarantined", from, until);
      const blocked = await gated(sql, "source_blocked", "%", from, until + 3_600_000);
      const alerts = await alertsSent(sql, "payload-drift", `%${incident.field}`);
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
      const differ = pair !== undefined && pair["first_f"] !== pair["current_f"];
      return {
        response: `both versions kept (first final ${String(pair?.["first_f"])}, corrected ${String(pair?.["current_f"])}); the label stays Kalshi's: ${agreement ?? "not settled yet"}`,
        handled: differ && agreement !== undefined,
      };
    }
    case "wrong_station": {
      const alerts = await alertsSent(sql, "payload-drift", "climate-reports %");
      const refused = await count(
        sql,
        "select coalesce(sum(refused), 0) as n from ingest_ledger where source = 'climate-reports' and reasons like ?",
        [`%${incident.pil}%`],
      );
      const taken = await count(sql, "select count(*) as n from climate_reports where pil = ?", [incident.pil]);
      return {
        response: `${plural(refused, "report")} set aside in quarantine, ${taken} taken, ${plural(alerts, "alert")}`,
        handled: refused > 0 && taken === 0 && alerts > 0,
      };
    }
    case "worded_value": {
      const event = eventTicker(incident.series, incident.climateDay);
      const agreement = await agreementOf(sql, event);
      const grades = await count(sql, "select count(*) as n from grades where event_ticker = ?", [event]);
      return {
        response: `graded by Kalshi's result, not by the word: ${agreement ?? "not settled yet"}, ${plural(grades, "grade")}`,
        handled: agreement?.startsWith("unparsable") === true && grades > 0,
      };
    }
    case "unknown_source": {
      const event = eventTicker(incident.series, incident.climateDay);
      const blocked = await gated(sql, "uncertified_settlement", event, 0, Date.UTC(2100, 0, 1));
      const predicted = await count(sql, "select count(*) as n from predictions where event_ticker = ?", [event]);
      const alerts = await alertsSent(sql, "unmapped-settlement", event);
      return {
        response: `${plural(blocked, "candidate")} of ${event} stopped at uncertified_settlement, ${plural(predicted, "prediction")}, ${plural(alerts, "alert")}`,
        handled: blocked > 0 && predicted === 0 && alerts > 0,
      };
    }
    case "outage": {
      const landed = await windows(sql, "open-meteo-ensemble", "landed", from, until);
      const stale = await gated(sql, "input_stale", "%", from, until + 7_200_000);
      const alerts = (await alertsSent(sql, "source-stale", "open-meteo-ensemble")) + (await alertsSent(sql, "ledger-gap", "open-meteo-ensemble"));
      return {
        response: `${plural(landed, "window")} of that hour landed late, ${plural(stale, "candidate")} stopped at input_stale, ${plural(alerts, "alert")}`,
        handled: landed > 0 && alerts > 0,
      };
    }
  }
}

export async function incidentLines(incidents: readonly Incident[], sql: Sql): Promise<IncidentLine[]> {
  const lines: IncidentLine[] = [];
  for (const incident of incidents) {
    lines.push({ id: incident.id, description: incident.description, ...(await respond(incident, sql)) });
  }
  return lines;
}
