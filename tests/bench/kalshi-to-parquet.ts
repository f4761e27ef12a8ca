/** Rows a second from Kalshi's JSON to Parquet (decode and write), beside a bare JSON.parse of the same bytes. */
import { encodePart } from "../../adapters/parquet.ts";
import { kalshiMarkets } from "../../core/sources/kalshi-markets.ts";
import type { Exchange } from "../../core/source.ts";
import { weatherDesk } from "../../core/weather/desk.ts";
import { openSentLog } from "../../sandbox/sent.ts";
import { demoStart } from "../../sandbox/incidents.ts";
import { createWorld, sandboxHttp } from "../../sandbox/world.ts";
import { tables, type TableName } from "../../schemas/index.ts";
import { type Figure, medianMs } from "./figure.ts";

/** One window's answers, as the sandbox gives them: the shapes and sizes of the real ones. */
async function window(folder: string): Promise<Exchange[]> {
  const now = demoStart + 2 * 86_400_000;
  const world = createWorld({ seed: "bench", start: demoStart, days: 7, incidents: "none" });
  const sent = openSentLog(`${folder}/sent.ndjson`);
  const http = sandboxHttp(world, { now: () => now, sleep: () => Promise.resolve() }, sent);
  const exchanges: Exchange[] = [];
  for (const { url } of kalshiMarkets(weatherDesk.series).next({ at: now }, [], new Set())) {
    const { status, body } = await http.request({ url });
    exchanges.push({ url, status, fetched_at: now, body });
  }
  sent.close();
  return exchanges;
}

export async function measure(folder: string): Promise<Figure[]> {
  const source = kalshiMarkets(weatherDesk.series);
  const exchanges = await window(folder);
  let rows = 0;
  const whole = await medianMs(60, () => {
    rows = 0;
    // Fresh objects, as they come from the network: nothing parsed before is there to be used again.
    const fresh = exchanges.map((exchange) => ({ ...exchange }));
    const decoded = source.decode(fresh, { window_at: 0, raw_key: "raw/bench" });
    for (const name of Object.keys(decoded.rows) as TableName[]) {
      encodePart(tables[name] as never, (decoded.rows[name] ?? []) as never);
      rows += decoded.rows[name]?.length ?? 0;
    }
  });
  const parse = await medianMs(60, () => {
    for (const { body } of exchanges) JSON.parse(body);
  });
  return [
    { name: "kalshi-json-to-parquet", value: rows / (whole / 1000), unit: "rows/s", baseline: rows / (parse / 1000) },
  ];
}
