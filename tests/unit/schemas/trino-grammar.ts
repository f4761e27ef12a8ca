/** Trino's grammar as a judge of SQL text. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

interface Parser {
  validate(sql: string): { message: string; startLine: number }[];
}

/**
 * @returns a function from SQL to what the grammar has against it; nothing when it accepts.
 * The package imports folders, which Node cannot do; so it is bundled once.
 */
export async function trinoGrammar(): Promise<(sql: string) => string[]> {
  const folder = mkdtempSync(join(tmpdir(), "brier-trino-"));
  try {
    const outfile = join(folder, "trino.mjs");
    await build({
      stdin: {
        contents: `export { TrinoSQL } from "dt-sql-parser/dist/parser/trino/index.js";`,
        resolveDir: process.cwd(),
      },
      outfile,
      bundle: true,
      format: "esm",
      platform: "node",
      logLevel: "error",
    });
    const { TrinoSQL } = (await import(pathToFileURL(outfile).href)) as { TrinoSQL: new () => Parser };
    const parser = new TrinoSQL();
    return (sql) => parser.validate(sql).map(({ startLine, message }) => `line ${startLine}: ${message}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
