/** The Glue table of a table's parts, as CfnTable takes its `tableInput`. */
import type { Column, ColumnType, Table } from "../table.ts";
import { DECIMALS } from "./parquet.ts";

const decimal = ({ precision, scale }: { precision: number; scale: number }): string =>
  `decimal(${precision},${scale})`;

const types: Record<ColumnType, string> = {
  string: "string",
  json: "string",
  int: "bigint",
  double: "double",
  boolean: "boolean",
  timestamp: "timestamp",
  date: "date",
  price: decimal(DECIMALS.price),
  count: decimal(DECIMALS.count),
  doubles: "array<double>",
};

/** The first day that Athena sees. A query without a predicate on dt lists every day from here on. */
export const FIRST_DT = "2025-01-01";

export interface GlueTable {
  name: string;
  description: string;
  tableType: "EXTERNAL_TABLE";
  parameters: Record<string, string>;
  partitionKeys: { name: string; type: string }[];
  storageDescriptor: {
    columns: { name: string; type: string; comment: string }[];
    location: string;
    inputFormat: string;
    outputFormat: string;
    serdeInfo: { serializationLibrary: string };
  };
}

function comment(column: Column): string {
  return column.unit === undefined ? column.doc : `${column.doc} [${column.unit}]`;
}

/**
 * `<table>_parts`: every row ever written. Its partitions are computed from the day (partition projection), so that
 * nothing has to register them.
 * @param lakeRoot where the lake begins, without a slash at the end: `s3://<bucket>`
 */
export function glueTable(table: Table, lakeRoot: string): GlueTable {
  const location = `${lakeRoot}/tables/${table.name}/`;
  return {
    name: `${table.name}_parts`,
    description: `${table.doc} Every row ever written; the view ${table.name} shows the newest of each key.`,
    tableType: "EXTERNAL_TABLE",
    parameters: {
      classification: "parquet",
      EXTERNAL: "TRUE",
      "projection.enabled": "true",
      "projection.dt.type": "date",
      "projection.dt.format": "yyyy-MM-dd",
      // Two days ahead: dt is the UTC day of the row's own instant, which for a closing time can lie in the future.
      "projection.dt.range": `${FIRST_DT},NOW+2DAYS`,
      "projection.dt.interval": "1",
      "projection.dt.interval.unit": "DAYS",
      "storage.location.template": `${location}dt=\${dt}`,
    },
    partitionKeys: [{ name: "dt", type: "string" }],
    storageDescriptor: {
      columns: Object.entries(table.columns).map(([name, column]) => ({
        name,
        type: types[column.type],
        comment: comment(column),
      })),
      location,
      inputFormat: "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
      outputFormat: "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
      serdeInfo: { serializationLibrary: "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe" },
    },
  };
}
