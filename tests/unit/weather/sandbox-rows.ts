/** Rows of the simulated world as the desk's own sources decode them. */
import type { Exchange, Source } from "../../../core/source.ts";
import type { Rows } from "../../../schemas/index.ts";
import type { World } from "../../../sandbox/world.ts";
import { ask } from "../sandbox/asking.ts";

/** One window of a source, all its rounds. */
export function windowOf(world: World, source: Source, at: number): Rows {
  const exchanges: Exchange[] = [];
  for (;;) {
    const requests = source.next({ at }, exchanges, new Set());
    if (requests.length === 0) break;
    for (const request of requests) {
      const { status, body } = ask(world, request, at);
      exchanges.push({ url: request.url, status, fetched_at: at, body });
    }
  }
  return source.decode(exchanges, { window_at: at, raw_key: `raw/${source.id}/${at}` }).rows;
}
