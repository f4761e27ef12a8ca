/** The embedded home's workers: they take messages from the queues and run the steps. */
import type { Delivery, Queue, QueueName, Services } from "../core/ports.ts";
import { deliver, type Disposition } from "../functions/deliver.ts";
import { queueNames, steps } from "../functions/steps.ts";
import type { EmbeddedQueue } from "../adapters/embedded/queue.ts";

/** How many messages one look into a queue takes. */
const batch = 10;

/** Runs the step on one delivery and settles the delivery accordingly. @returns what became of it. */
export async function work(
  name: QueueName,
  delivery: Delivery,
  queue: Queue,
  services: Services,
): Promise<Disposition> {
  const disposition = await deliver(name, steps[name] as never, delivery, services);
  switch (disposition.outcome) {
    case "done":
      await queue.delete(name, delivery);
      break;
    case "retry":
      await queue.retry(name, delivery, disposition.afterSeconds, disposition.error);
      break;
    case "park":
      services.log.error("message parked", { queue: name, message: delivery.id, reason: disposition.reason });
      await queue.park(name, delivery, disposition.reason);
      break;
  }
  return disposition;
}

/**
 * Works until nothing is visible any more, in the order of the steps: what is fetched at an instant is there before anything
 * is planned at it. @returns how many messages were handled.
 */
export async function drain(queue: EmbeddedQueue, services: Services): Promise<number> {
  let handled = 0;
  for (;;) {
    const waiting = queue.waiting();
    const name = queueNames.find((one) => waiting.includes(one));
    if (name === undefined) return handled;
    for (const delivery of await queue.receive(name, batch)) {
      await work(name, delivery, queue, services);
      handled += 1;
    }
  }
}
