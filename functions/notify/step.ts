/** Sends one alert to Telegram, once: a send in doubt after a crash is repeated, marked as possibly repeated. */
import { TelegramRefused } from "../../core/ports.ts";
import type { Step } from "../deliver.ts";
import { stateKeys } from "../facts.ts";

interface Sending {
  /** unsent: refused by Telegram, certainly not delivered. */
  status: "sending" | "sent" | "unsent";
  message_id?: number;
}

const kept = 30 * 86_400_000;

export const notify: Step<"notify"> = async ({ alert }, services) => {
  const { state, telegram } = services;
  const key = stateKeys.sent(alert.alert_id);
  const claim = await state.get<Sending>(key);
  if (claim?.value.status === "sent") return;
  const expiresAt = alert.raised_at + kept;
  const sending: Sending = { status: "sending" };
  if (!(await state.put(key, sending, claim?.version ?? 0, { expiresAt }))) {
    throw new Error(`alert ${alert.alert_id} is being sent by another worker`);
  }
  // Somebody had begun to send and did not live to say whether it went out.
  const html = claim?.value.status === "sending" ? `${alert.card}\n<i>possibly repeated</i>` : alert.card;
  let messageId: number;
  try {
    ({ messageId } = await telegram.send({ html, silent: alert.severity === "info" }));
  } catch (error) {
    const unsent: Sending = { status: "unsent" };
    if (error instanceof TelegramRefused) await state.put(key, unsent, (claim?.version ?? 0) + 1, { expiresAt });
    throw error;
  }
  const sent: Sending = { status: "sent", message_id: messageId };
  if (!(await state.put(key, sent, (claim?.version ?? 0) + 1, { expiresAt }))) {
    throw new Error(`alert ${alert.alert_id} was sent, but another worker claimed it meanwhile`);
  }
};
