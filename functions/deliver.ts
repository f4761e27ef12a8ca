/** From a received message to what becomes of it: the same in a Lambda and at home. */
import type { Delivery, QueueName, Services } from "../core/ports.ts";
import { messages, type Messages } from "../schemas/messages.ts";
import { Permanent } from "./permanent.ts";

/** What runs: one message in, effects through the services. Throws `Permanent` for work that can never succeed. */
export type Step<Q extends QueueName> = (message: Messages[Q], services: Services) => Promise<void>;

export type Disposition =
  | { outcome: "done" }
  | { outcome: "retry"; afterSeconds: number; error: string }
  | { outcome: "park"; reason: string };

/**
 * Waits before the 2nd, 3rd, … receipt. They end on half minutes, so that a retried window never meets a schedule,
 * and sum to 67.5 minutes: an upstream's bad hour passes within the five receipts a message has.
 */
export const retryDelaysSeconds = [270, 540, 1080, 2160] as const;

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

/**
 * Runs the step of `queue` on one delivery. A body that is not JSON or not the step's message, and work that can never
 * succeed (`Permanent`), is parked at once with its reason; any other failure is tried again later.
 */
export async function deliver<Q extends QueueName>(
  queue: Q,
  step: Step<Q>,
  delivery: Delivery,
  services: Services,
): Promise<Disposition> {
  let body: unknown;
  try {
    body = JSON.parse(delivery.body);
  } catch (error) {
    return { outcome: "park", reason: `not JSON: ${describe(error)}` };
  }
  const message = messages[queue].safeParse(body);
  if (!message.success) {
    const issue = message.error.issues[0];
    return {
      outcome: "park",
      reason: `not a ${queue} message: ${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}`,
    };
  }
  try {
    await step(message.data as Messages[Q], services);
    return { outcome: "done" };
  } catch (error) {
    if (error instanceof Permanent) return { outcome: "park", reason: describe(error) };
    services.log.warn("step failed, will be retried", {
      queue,
      message: delivery.id,
      receives: delivery.receives,
      error: describe(error),
    });
    const afterSeconds = retryDelaysSeconds[delivery.receives - 1] ?? retryDelaysSeconds.at(-1) ?? 0;
    return { outcome: "retry", afterSeconds, error: describe(error) };
  }
}
