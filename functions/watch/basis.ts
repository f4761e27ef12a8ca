/** Reads what the settlement index and the venues said lately, to be set beside each other. */
import { type IndexBasis, measureIndexBasis } from "../../core/crypto/index-basis.ts";
import { pointersTo } from "../../core/crypto/job-inputs.ts";
import { basisParameters } from "../../core/crypto/parameters.ts";
import type { TableName, TableRow } from "../../schemas/index.ts";
import { type LakeAndState, pointedRows } from "./pointed.ts";

const minuteMs = 60_000;

/** Undefined where nobody hears the index. */
export async function readIndexBasis(now: number, services: LakeAndState): Promise<IndexBasis | undefined> {
  // A part is named by the begin of its minute.
  const span = { after: now - basisParameters.windowSeconds * 1000 - minuteMs, until: now };
  const rows = async <N extends TableName>(table: N): Promise<TableRow<N>[]> =>
    (await Promise.all(pointersTo(table).map((source) => pointedRows(source, table, span, services)))).flat();
  const prints = await rows("index_prints");
  return prints.length === 0 ? undefined : measureIndexBasis({ prints, quotes: await rows("venue_quotes") }, now);
}

/** The row of a measurement. @param version of the code that made it. */
export function basisRows(basis: IndexBasis | undefined, now: number, version: number): TableRow<"index_basis">[] {
  if (basis === undefined) return [];
  const { index, print, proxy, report, noiseBps, venues } = basis;
  const worst = venues.find((one) => one.report.meanBps !== null);
  return [
    {
      index_id: index,
      checked_at: now,
      state: report.state,
      reason: report.reason,
      pairs: report.pairs,
      mean_bps: report.meanBps,
      spread_bps: report.spreadBps,
      noise_bps: noiseBps,
      index_at: print.at,
      index_value: print.value,
      proxy_at: proxy?.at ?? null,
      proxy_value: proxy?.value ?? null,
      worst_venue: worst?.venue ?? null,
      worst_mean_bps: worst?.report.meanBps ?? null,
      venues_off: venues.filter((one) => one.report.state === "alarm").length,
      venues: JSON.stringify(
        venues.map(({ venue, report: { state, pairs, meanBps, spreadBps } }) => ({
          venue,
          state,
          pairs,
          mean_bps: meanBps,
          spread_bps: spreadBps,
        })),
      ),
      ingested_at: now,
      decoder_version: version,
    },
  ];
}
