/** What `brier up` says of a message that was worked on. */
import type { Delivery, QueueName } from "../core/ports.ts";
import { type Disposition, retryDelaysSeconds } from "../functions/deliver.ts";

/** Jobs and alerts come by the dozen: of these only what did not work is shown. */
const quiet: readonly QueueName[] = ["predict", "enrich", "notify"];

const minutes = (seconds: number) => `${Math.round(seconds / 6) / 10} min`;

/**
 * @param at epoch ms, when the work was over
 * @returns a line, or undefined when there is nothing to say.
 */
export function workedLine(
  queue: QueueName,
  { id, receives }: Pick<Delivery, "id" | "receives">,
  disposition: Disposition,
  at: number,
): string | undefined {
  const line = `${new Date(at).toISOString().slice(11, 19)}  ${queue.padEnd(11)} ${id}`;
  switch (disposition.outcome) {
    case "done":
      return quiet.includes(queue) ? undefined : line;
    case "retry": {
      const next =
        receives > retryDelaysSeconds.length
          ? `failed ${receives} times and is given up`
          : `failed, tried again in ${minutes(disposition.afterSeconds)}`;
      return `${line}  ${next}: ${disposition.error}`;
    }
    case "park":
      return `${line}  is given up: ${disposition.reason}`;
  }
}
