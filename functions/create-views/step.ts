/** Creates the lake's views in Athena, one after the other: a view may read those before it. */
import type { Log, Sql } from "../../core/ports.ts";
import type { View } from "../../schemas/views/view.ts";

/** @throws with the view's name at the first one that Athena does not finish; the port waits for each to succeed. */
export async function createViews(views: readonly View[], { sql, log }: { sql: Sql; log: Log }): Promise<void> {
  for (const { name, sql: select } of views) {
    try {
      await sql.query(`CREATE OR REPLACE VIEW "${name}" AS\n${select.trim()}`);
    } catch (error) {
      throw new Error(`view ${name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
    log.info("view created", { view: name });
  }
}
