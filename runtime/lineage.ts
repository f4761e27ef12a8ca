/** The chain behind an alert, signal, prediction, grade or job, down to the raw objects, each hashed again. */
import { sha256 } from "../core/identity.ts";
import type { Lake, Sql } from "../core/ports.ts";
import type { Job, JobInput } from "../core/desk.ts";
import { inputsOf } from "../functions/jobs.ts";
import { readPart } from "../functions/parts.ts";
import { CommandError, UsageError } from "./command.ts";
import { objects } from "./report.ts";
import { jobOfPrediction, storedJob } from "./stored-job.ts";
import { messageOf } from "./message-of.ts";

/**
 * OK: the bytes are those that were named. DIFFERS: other bytes. MISSING: not there. UNHASHED: nothing says which bytes
 * they should be.
 */
export type Verdict = "OK" | "DIFFERS" | "MISSING" | "UNHASHED";

/** One step of the chain. */
export interface Link {
  kind:
    | "alert"
    | "arbitrage"
    | "signal"
    | "grade"
    | "prediction"
    | "resolution"
    | "report"
    | "job"
    | "part"
    | "raw"
    | "window";
  /** An id or a lake key. */
  name: string;
  detail: string;
  /** Set where bytes or a row were checked. */
  verdict?: Verdict;
  children: Link[];
}

type Row = Record<string, unknown>;

interface Source {
  lake: Lake;
  sql: Sql;
}

function text(row: Row, column: string): string {
  const value = row[column];
  if (value === null || value === undefined) return "–";
  return typeof value === "string" ? value : JSON.stringify(value);
}
const dayOf = (instant: unknown) => String(instant).slice(0, 10);
/** Seconds where there are any: jobs between the minutes. */
const minuteOf = (instant: unknown) => `${String(instant).slice(0, 19).replace(/:00$/, "")}Z`;
const missing = (kind: Link["kind"], name: string, detail: string): Link => ({
  kind,
  name,
  detail,
  verdict: "MISSING",
  children: [],
});

async function first(sql: Sql, query: string, ...parameters: string[]): Promise<Row | undefined> {
  return (await objects(sql, query, parameters))[0];
}

async function checkedBytes(
  lake: Lake,
  key: string,
  expected: string | undefined,
): Promise<{ verdict: Verdict; detail: string }> {
  const bytes = await lake.get(key);
  if (bytes === undefined) return { verdict: "MISSING", detail: "not in the lake" };
  const found = sha256(bytes);
  if (expected === undefined)
    return {
      verdict: "UNHASHED",
      detail: `sha256 ${found}, ${bytes.byteLength} bytes; no ledger entry names its hash`,
    };
  return found === expected
    ? { verdict: "OK", detail: `sha256 ${found}, ${bytes.byteLength} bytes` }
    : { verdict: "DIFFERS", detail: `sha256 ${found}, named as ${expected}` };
}

/** The hashes that the ledger names for raw objects. One question for all of them: the ledger is long. */
async function ledgerHashes({ sql }: Source, keys: readonly string[]): Promise<Map<string, string>> {
  const wanted = [...new Set(keys)].toSorted();
  if (wanted.length === 0) return new Map();
  const rows = await objects(
    sql,
    `SELECT DISTINCT raw_key, raw_sha256 FROM ingest_ledger WHERE raw_key IN (${wanted.map(() => "?").join(", ")})`,
    wanted,
  );
  const named = Map.groupBy(rows, (row) => String(row["raw_key"]));
  // Two hashes for one key cannot both be right.
  return new Map([...named].map(([key, found]) => [key, found.map((row) => String(row["raw_sha256"])).join(" and ")]));
}

/** Raw objects against the hash in the ledger. */
async function rawLinks(
  source: Source,
  keys: readonly string[],
  hashes?: ReadonlyMap<string, string>,
): Promise<Link[]> {
  const wanted = [...new Set(keys)].toSorted();
  const expected = hashes ?? (await ledgerHashes(source, wanted));
  const links: Link[] = [];
  for (const key of wanted) {
    links.push({ kind: "raw", name: key, ...(await checkedBytes(source.lake, key, expected.get(key))), children: [] });
  }
  return links;
}

/** An input part against the hash in the job, and the raw objects that its rows name: those of fitted parameters name none. */
async function partLink({ lake }: Source, input: JobInput): Promise<{ link: Link; rawKeys: string[] }> {
  const checked = await checkedBytes(lake, input.key, input.sha256);
  const link: Link = { kind: "part", name: input.key, ...checked, children: [] };
  if (checked.verdict === "MISSING") return { link, rawKeys: [] };
  try {
    const rows: readonly object[] = await readPart(lake, input.table, input.key);
    const heard = `source last heard ${new Date(input.fetched_at).toISOString()}`;
    link.detail = `${rows.length} row${rows.length === 1 ? "" : "s"} of ${input.source}, ${heard}; ${link.detail}`;
    return {
      link,
      rawKeys: rows.flatMap((row) => ("raw_key" in row && typeof row.raw_key === "string" ? [row.raw_key] : [])),
    };
  } catch (error) {
    // Damaged bytes: the hash has already said so, and what they were made of cannot be read out of them.
    link.detail += `; cannot be read: ${messageOf(error)}`;
    return { link, rawKeys: [] };
  }
}

async function jobLink(source: Source, job_id: string): Promise<Link> {
  const row = await first(source.sql, "SELECT planned_at FROM jobs WHERE job_id = ?", job_id);
  const job: Job | undefined =
    row === undefined ? undefined : await storedJob(source.lake, job_id, dayOf(row["planned_at"]));
  if (job === undefined) return missing("job", job_id, "no row in jobs");
  const parts: Awaited<ReturnType<typeof partLink>>[] = [];
  for (const input of inputsOf(job)) parts.push(await partLink(source, input));
  const hashes = await ledgerHashes(
    source,
    parts.flatMap(({ rawKeys }) => rawKeys),
  );
  const children: Link[] = [];
  for (const { link, rawKeys } of parts) children.push({ ...link, children: await rawLinks(source, rawKeys, hashes) });
  const refusal = job.refusal === null ? "" : `; refused: ${job.refusal}`;
  const detail = `${job.desk} desk, ${job.event_ticker}, planned ${new Date(job.planned_at).toISOString()}, ${job.model} v${job.model_version} (parameters ${job.parameters_version})${refusal}`;
  return { kind: "job", name: job_id, detail, children };
}

function momentsOf(row: Row): string {
  return row["mean_usd"] === null
    ? `mean ${Number(row["mean_f"]).toFixed(1)} °F, sd ${Number(row["sd_f"]).toFixed(1)} °F`
    : `mean $${Number(row["mean_usd"]).toFixed(2)}, sd $${Number(row["sd_usd"]).toFixed(2)}`;
}

async function predictionLink(source: Source, prediction_id: string): Promise<Link> {
  let row: Row | undefined;
  try {
    row = await first(source.sql, "SELECT * FROM predictions WHERE prediction_id = ?", prediction_id);
  } catch (error) {
    const found = await jobOfPrediction(source.sql, prediction_id);
    if (found === undefined) throw error;
    const detail = `its row cannot be read: ${messageOf(error).split("\n", 1)[0]}`;
    return {
      kind: "prediction",
      name: prediction_id,
      detail,
      verdict: "DIFFERS",
      children: [await jobLink(source, found.job_id)],
    };
  }
  if (row === undefined) return missing("prediction", prediction_id, "no row in predictions");
  return {
    kind: "prediction",
    name: prediction_id,
    detail: `${text(row, "model")} for ${text(row, "event_ticker")}, ${minuteOf(row["predicted_at"])}: ${momentsOf(row)} (brier replay ${prediction_id} runs it again)`,
    children: [await jobLink(source, String(row["job_id"]))],
  };
}

async function signalLink(source: Source, signal_id: string): Promise<Link> {
  const row = await first(source.sql, "SELECT * FROM signals WHERE signal_id = ?", signal_id);
  if (row === undefined) return missing("signal", signal_id, "no row in signals");
  return {
    kind: "signal",
    name: signal_id,
    detail: `buy ${text(row, "side")} of ${text(row, "market_ticker")} at $${Number(row["price"]).toFixed(2)}, edge ${(Number(row["edge"]) * 100).toFixed(1)}¢, decided ${minuteOf(row["decided_at"])}`,
    children: [await predictionLink(source, String(row["prediction_id"]))],
  };
}

async function arbitrageLink(source: Source, arbitrage_id: string): Promise<Link> {
  const row = await first(source.sql, "SELECT * FROM arbitrages WHERE arbitrage_id = ?", arbitrage_id);
  if (row === undefined) return missing("arbitrage", arbitrage_id, "no row in arbitrages");
  return {
    kind: "arbitrage",
    name: arbitrage_id,
    detail: `${text(row, "form")} of ${Number(row["size"]).toFixed(2)} each of ${text(row, "contracts")}: costs $${Number(row["cost"]).toFixed(2)}, pays $${Number(row["payout"]).toFixed(2)}${row["assumes"] === null ? "" : ` if ${text(row, "assumes")}`}, found ${minuteOf(row["found_at"])}`,
    children: [await jobLink(source, String(row["job_id"]))],
  };
}

async function reportLink(source: Source, product_id: string): Promise<Link> {
  const row = await first(source.sql, "SELECT * FROM climate_reports WHERE product_id = ?", product_id);
  if (row === undefined) return missing("report", product_id, "no row in climate_reports");
  return {
    kind: "report",
    name: product_id,
    detail: `${text(row, "site_name")}, ${text(row, "climate_date")}: maximum ${text(row, "max_f")} °F (${text(row, "kind")}), issued ${minuteOf(row["issued_at"])}`,
    children: await rawLinks(source, [String(row["raw_key"])]),
  };
}

async function resolutionLink(source: Source, market: string, version: string): Promise<Link> {
  const name = `${market} v${version}`;
  const row = await first(
    source.sql,
    "SELECT * FROM resolutions WHERE market_ticker = ? AND version = CAST(? AS bigint)",
    market,
    version,
  );
  if (row === undefined) return missing("resolution", name, "no row in resolutions");
  const report = row["report_product_id"];
  return {
    kind: "resolution",
    name,
    detail: `${text(row, "result")}, value "${text(row, "expiration_value")}", ${text(row, "agreement")}${row["official_usd"] === null ? " with the climate report" : " with the index prints"}, seen ${minuteOf(row["resolved_at"])}`,
    children: [
      ...(await rawLinks(source, [String(row["raw_key"])])),
      ...(typeof report === "string" ? [await reportLink(source, report)] : []),
    ],
  };
}

async function gradeLink(source: Source, grade_id: string): Promise<Link> {
  const row = await first(source.sql, "SELECT * FROM grades WHERE grade_id = ?", grade_id);
  if (row === undefined) return missing("grade", grade_id, "no row in grades");
  const market = row["brier_market"] === null ? "no quotes" : `market ${Number(row["brier_market"]).toFixed(4)}`;
  return {
    kind: "grade",
    name: grade_id,
    detail: `${text(row, "market_ticker")}: paid ${Number(row["outcome"])}, Brier of the model ${Number(row["brier_model"]).toFixed(4)}, ${market}`,
    children: [
      await predictionLink(source, String(row["prediction_id"])),
      await resolutionLink(source, String(row["market_ticker"]), String(row["resolution_version"])),
    ],
  };
}

/** What an operations alert rests on: the newest window of the source that was booked by then. */
async function windowLink(source: Source, sourceId: string, raised_at: string): Promise<Link> {
  const row = await first(
    source.sql,
    `SELECT * FROM ingest_ledger WHERE source = ? AND entry <> 'expected' AND ingested_at <= CAST(? AS timestamp)
     ORDER BY window_at DESC, entry DESC LIMIT 1`,
    sourceId,
    raised_at.replace("T", " ").replace("Z", ""),
  );
  // A source that has never brought anything has no bytes to show.
  if (row === undefined)
    return { kind: "window", name: sourceId, detail: "no window had been booked by then", children: [] };
  return {
    kind: "window",
    name: `${sourceId} ${minuteOf(row["window_at"])}`,
    detail: `${text(row, "entry")}, ${text(row, "rows")} rows, ${text(row, "refused")} refused${row["reasons"] === null ? "" : `: ${text(row, "reasons")}`}`,
    children: await rawLinks(source, [String(row["raw_key"])]),
  };
}

async function evidenceLink(source: Source, evidence: string, raised_at: string): Promise<Link | undefined> {
  if (isTraceable(evidence)) return follow(source, evidence);
  if (evidence.startsWith("raw/")) return (await rawLinks(source, [evidence]))[0];
  const ofSource = /^(?:pointer|health|ledger)\/(.+)$/.exec(evidence)?.[1];
  if (ofSource !== undefined) return windowLink(source, ofSource, raised_at);
  if (/^\d{12}-/.test(evidence)) return reportLink(source, evidence);
  return missing("raw", evidence, "evidence of a kind that cannot be followed");
}

async function alertLink(source: Source, alert_id: string): Promise<Link> {
  const row = await first(source.sql, "SELECT * FROM alerts WHERE alert_id = ?", alert_id);
  if (row === undefined) return missing("alert", alert_id, "no row in alerts");
  const children: Link[] = [];
  const evidence: string[] = JSON.parse(text(row, "evidence"));
  // A signal leads to its prediction and job by itself.
  const followed = evidence.some((id) => id.startsWith("signal-"))
    ? evidence.filter((id) => !id.startsWith("prediction-"))
    : evidence;
  for (const item of followed) {
    const found = await evidenceLink(source, item, String(row["raised_at"]));
    if (found !== undefined) children.push(found);
  }
  const job = row["job_id"];
  const names = new Set(children.flatMap(allNames));
  if (typeof job === "string" && !names.has(job)) children.push(await jobLink(source, job));
  return {
    kind: "alert",
    name: alert_id,
    detail: `${text(row, "rule")}, ${minuteOf(row["raised_at"])}, ${text(row, "decision")}: ${text(row, "title")}`,
    children,
  };
}

function allNames(link: Link): string[] {
  return [link.name, ...link.children.flatMap(allNames)];
}

const followers = new Map<string, (source: Source, id: string) => Promise<Link>>([
  ["alert", alertLink],
  ["arbitrage", arbitrageLink],
  ["signal", signalLink],
  ["prediction", predictionLink],
  ["grade", gradeLink],
  ["job", jobLink],
]);

const traceable = new RegExp(`^(${[...followers.keys()].join("|")})-[0-9a-f]{20}$`);

function isTraceable(id: string): boolean {
  return traceable.test(id);
}

function follow(source: Source, id: string): Promise<Link> {
  const kind = traceable.exec(id)?.[1];
  const follower = kind === undefined ? undefined : followers.get(kind);
  if (follower === undefined) throw new Error(`${id} is of no kind that can be followed`);
  return follower(source, id);
}

/**
 * @throws UsageError when the id is of no kind that can be followed; CommandError when the lake does not know it.
 */
export async function trace(source: Source, id: string): Promise<Link> {
  if (!isTraceable(id)) {
    throw new UsageError(
      `"${id}" is not an id; give ${[...followers.keys()].join("-, ")}- and 20 hex digits, as a card or a row shows it`,
    );
  }
  const root = await follow(source, id);
  if (root.verdict === "MISSING") {
    throw new CommandError(
      `${id} is not in this lake (${root.detail}). Is it of another home or of a stack? See --home and --stack.`,
    );
  }
  return root;
}

export function verdicts(root: Link): Record<Verdict, number> {
  const counts: Record<Verdict, number> = { OK: 0, DIFFERS: 0, MISSING: 0, UNHASHED: 0 };
  const seen = new Set<string>();
  const count = (item: Link): void => {
    // Several parts of one window rest on one raw object: it is counted once.
    if (item.verdict !== undefined && !seen.has(item.name)) counts[item.verdict] += 1;
    seen.add(item.name);
    item.children.forEach(count);
  };
  count(root);
  return counts;
}
