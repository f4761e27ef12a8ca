import { column, defineTable, derivedColumns, nullable } from "./table.ts";

export const alerts = defineTable({
  name: "alerts",
  version: 1,
  doc: "What a rule found worth saying, and whether it was said.",
  columns: {
    alert_id: column("string", "alert-<hash> of rule, subject and instant."),
    rule: column("string", "The rule's id."),
    family: column("string", "signal, arbitrage or operations."),
    severity: column("string", "info, warning or critical."),
    scope: column("string", "What cooldown and cap are counted over: an event or a source."),
    subject: column("string", "What the alert is about."),
    raised_at: column("timestamp", "The instant of the facts."),
    decision: column("string", "sent, or why it was held back: cooldown or daily_cap."),
    title: column("string", "One line."),
    card: column("string", "The message as Telegram HTML."),
    evidence: column("json", "Array of ids and lake keys that the alert rests on."),
    job_id: nullable("string", "The job, for alerts raised by one; null otherwise."),
    ...derivedColumns,
  },
  key: ["alert_id"],
  dt: "raised_at",
});
