/** What an alert rule is. `core/rules.ts` lists them all. */

export type Severity = "info" | "warning" | "critical";

/** One thing that a rule found. */
export interface Hit {
  /** What the alert is about: with the rule and the instant it makes the alert's id. */
  subject: string;
  /** What cooldown and cap are counted over: the event of a job, or a source. */
  scope: string;
  title: string;
  /** Lines of the card, plain text; the card escapes them. */
  lines: string[];
  /** Ids and lake keys that the hit rests on. */
  evidence: string[];
  /** Dollars that it is worth: under a cap the largest of one instant is told first. Absent where hits are alike. */
  worth?: number;
}

/** A rule over facts of type F. */
export interface Rule<F> {
  id: string;
  doc: string;
  family: "signal" | "arbitrage" | "operations";
  severity: Severity;
  /** For this long after an alert, the same rule stays silent on the same subject. */
  cooldownMinutes: number;
  /** At most so many alerts of the rule in one scope and UTC day. */
  dailyCap: number;
  /** Pure. */
  when(facts: F): Hit[];
}
