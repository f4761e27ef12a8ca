/** A view over the tables: portable SQL, what Athena (Trino) and DuckDB both run with the same result. */
export interface View {
  name: string;
  doc: string;
  /** One SELECT. It may read tables' views and views that stand before it in the list. */
  sql: string;
}
