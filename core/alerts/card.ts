/** The message of an alert, as Telegram HTML. */
import type { Hit, Severity } from "../rule.ts";

const marks: Record<Severity, string> = { info: "·", warning: "!", critical: "‼" };

/** Telegram's HTML knows these three entities. */
function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** The last line names the alert, so that `brier trace` finds its way from the chat to the bytes. */
export function card(alertId: string, severity: Severity, hit: Hit): string {
  const lines = hit.lines.map(escapeHtml);
  return [`${marks[severity]} <b>${escapeHtml(hit.title)}</b>`, ...lines, `<code>${alertId}</code>`].join("\n");
}
