/** Opens feeds with what they need of the world: Kalshi's keys and its list of markets. */
import { kalshiHeaders, type KalshiKey } from "../../adapters/upstream/kalshi-signature.ts";
import { feedDefinition, kalshiFeed, kalshiStreamPath, kalshiStreamSeries } from "../../core/crypto/feeds.ts";
import type { Clock, Http, Secrets } from "../../core/ports.ts";
import { Feed } from "../../core/stream/feed.ts";
import { listMarkets } from "./listing.ts";
import { kalshiSecrets } from "./secrets.ts";

/** A feed that was asked for and cannot be held, with what is missing. */
export interface SkippedFeed {
  feed: string;
  reason: string;
}

export interface OpenFeeds {
  feeds: Feed[];
  skipped: SkippedFeed[];
  headers(feed: string): Promise<Record<string, string>>;
  refresh(): Promise<void>;
}

async function kalshiKey(secrets: Secrets): Promise<KalshiKey | undefined> {
  const id = await secrets.get(kalshiSecrets.id);
  const privateKey = await secrets.get(kalshiSecrets.privateKey);
  return id === undefined || privateKey === undefined ? undefined : { id, privateKey };
}

/**
 * @param ids of `feedIds`.
 * @param holder stands in the names of parts.
 * @param keyless whether Kalshi's feed takes us without a key, as a simulated one does.
 */
export async function openFeeds(
  ids: readonly string[],
  holder: string,
  { secrets, http, clock }: { secrets: Secrets; http: Http; clock: Clock },
  keyless = false,
): Promise<OpenFeeds> {
  const feeds: Feed[] = [];
  const skipped: OpenFeeds["skipped"] = [];
  let refresh = () => Promise.resolve();
  const key = ids.includes("kalshi") && !keyless ? await kalshiKey(secrets) : undefined;
  for (const id of ids) {
    if (id !== "kalshi") feeds.push(new Feed(feedDefinition(id), holder));
    else if (key === undefined && !keyless) {
      const reason = `it needs a key: store the secrets ${kalshiSecrets.id} and ${kalshiSecrets.privateKey}`;
      skipped.push({ feed: id, reason });
    } else {
      const definition = kalshiFeed();
      feeds.push(new Feed(definition, holder));
      refresh = async () => definition.session.list(await listMarkets(kalshiStreamSeries, http));
    }
  }
  return {
    feeds,
    skipped,
    refresh,
    headers: (feed) =>
      Promise.resolve(
        feed === "kalshi" && key !== undefined ? kalshiHeaders(key, "GET", kalshiStreamPath, clock.now()) : {},
      ),
  };
}
