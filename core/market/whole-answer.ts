/** One stored answer of the market data API, read whole or refused. */
import { bodyOf } from "../exchange-body.ts";
import type { Exchange, Note, Refusal } from "../source.ts";
import { describeFailure } from "./errors.ts";
import { refusalsOf, type Findings } from "./findings.ts";

/**
 * What `decode` makes of the body, or undefined with the reasons added to `refusals`. An answer 404 concerns what was asked
 * for alone; every other failure says that the upstream is not as we know it.
 */
export function wholeAnswer<T>(
  exchange: Exchange,
  index: number,
  refusals: Refusal[],
  notes: Note[],
  decode: (value: unknown, findings: Findings) => T,
): T | undefined {
  if (exchange.status !== 200) {
    const kind = exchange.status === 404 ? "content" : "drift";
    refusals.push({ kind, exchange: index, path: "status", message: describeFailure(exchange.status, exchange.body) });
    return undefined;
  }
  const body = bodyOf(exchange);
  if ("fault" in body) {
    refusals.push({ kind: "drift", exchange: index, path: "body", message: `not JSON: ${body.fault}` });
    return undefined;
  }
  const findings: Findings = { faults: [], notes };
  const decoded = decode(body.value, findings);
  if (findings.faults.length === 0) return decoded;
  refusals.push(...refusalsOf(findings.faults, index));
  return undefined;
}
