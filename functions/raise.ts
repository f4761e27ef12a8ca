/** From facts to alerts: rules find hits, admission decides, the rows say both, what is admitted goes to Telegram. */
import { admit, type Admission, type Decision } from "../core/alerts/admit.ts";
import { card } from "../core/alerts/card.ts";
import { idOf } from "../core/identity.ts";
import type { Services } from "../core/ports.ts";
import type { Hit, Rule } from "../core/rule.ts";
import type { TableRow } from "../schemas/index.ts";
import { stateKeys, update } from "./facts.ts";
import { readPart, writeParts } from "./parts.ts";

const alertsVersion = 1;
const admissionsKeptFor = 3 * 86_400_000;

type Alert = TableRow<"alerts">;
type RaiseServices = Pick<Services, "lake" | "state" | "queue">;

/** Asks every rule and decides on its hits, scope by scope. A repeat at the same instant decides alike. */
export async function findAlerts<F>(
  rules: readonly Rule<F>[],
  facts: F,
  now: number,
  job_id: string | null,
  { state }: Pick<Services, "state">,
): Promise<Alert[]> {
  const alerts: Alert[] = [];
  for (const rule of rules) {
    for (const [scope, hits] of Map.groupBy(rule.when(facts), (hit) => hit.scope)) {
      let decisions: { hit: Hit; decision: Decision }[] = [];
      const key = stateKeys.alerts(rule.id, scope);
      await update<Admission[]>(
        state,
        key,
        (past = []) => {
          const admission = admit(rule, hits, past, now);
          decisions = admission.decisions;
          return admission.keep;
        },
        now + Math.max(admissionsKeptFor, rule.cooldownMinutes * 60_000),
      );
      for (const { hit, decision } of decisions) {
        const alert_id = idOf("alert", { rule: rule.id, subject: hit.subject, at: now });
        alerts.push({
          alert_id,
          rule: rule.id,
          family: rule.family,
          severity: rule.severity,
          scope,
          subject: hit.subject,
          raised_at: now,
          decision,
          title: hit.title,
          card: card(alert_id, rule.severity, hit),
          evidence: JSON.stringify(hit.evidence),
          job_id,
          ingested_at: now,
          decoder_version: alertsVersion,
        });
      }
    }
  }
  return alerts;
}

/** Stores the alerts under `stem` and hands those that are to be sent to notify. What is stored wins. */
export async function raise(
  alerts: readonly Alert[],
  stem: string,
  { lake, queue }: Omit<RaiseServices, "state">,
): Promise<void> {
  const { alerts: parts = [] } = await writeParts(lake, stem, alertsVersion, { alerts: [...alerts] });
  for (const { key } of parts) {
    const stored = await readPart(lake, "alerts", key);
    const send = stored.filter(({ decision }) => decision === "sent");
    if (send.length > 0)
      await queue.send(
        "notify",
        send.map((alert) => ({ id: `notify-${alert.alert_id}`, body: { alert } })),
      );
  }
}
