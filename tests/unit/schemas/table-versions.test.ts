import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { tables } from "../../../schemas/index.ts";
import { column, nullable } from "../../../schemas/table.ts";
import type { Columns, Table } from "../../../schemas/table.ts";
import { objection, recorded } from "./table-versions.ts";
import type { Recorded } from "./table-versions.ts";

const FILE = "tests/unit/schemas/table-versions.json";
const onRecord: Record<string, Recorded> = existsSync(FILE)
  ? (JSON.parse(readFileSync(FILE, "utf8")) as Record<string, Recorded>)
  : {};
const current = Object.fromEntries((Object.values(tables) as Table[]).map((table) => [table.name, recorded(table)]));

const names = Object.keys({ ...onRecord, ...current });

describe("the tables on record", () => {
  it.each(names)("%s changed only as a table may", (name) => {
    expect(objection(name, onRecord[name], current[name])).toBeUndefined();
  });

  it("are the tables there are (after an allowed change: RECORD_TABLE_VERSIONS=1 npm test)", () => {
    const allowed = names.every((name) => objection(name, onRecord[name], current[name]) === undefined);
    if (process.env.RECORD_TABLE_VERSIONS === "1" && allowed) {
      writeFileSync(FILE, `${JSON.stringify(current, null, 2)}\n`);
      return;
    }
    expect(onRecord).toEqual(current);
  });
});

describe("objection", () => {
  const columns = {
    at: column("timestamp", "When."),
    price: nullable("price", "How much."),
    size: column("int", "How big.", "m"),
  };
  const table = (version: number, more: Columns = {}, key: readonly string[] = ["at"]): Recorded =>
    recorded({ name: "things", version, doc: "", columns: { ...columns, ...more }, key, dt: "at" });
  const before = table(4);
  const without = (name: keyof typeof columns): Recorded => {
    const { [name]: _, ...columnsLeft } = before.columns;
    return { ...table(5), columns: columnsLeft };
  };

  it.each<[string, Recorded]>([
    ["nothing changed", table(4)],
    ["only the doc changed", table(4, { size: column("int", "How large.", "m") })],
    ["a nullable column and the next version", table(5, { extra: nullable("string", "") })],
    ["nullable instead of required, and the next version", table(5, { size: nullable("int", "", "m") })],
  ])("allows %s", (_, now) => {
    expect(objection("things", before, now)).toBeUndefined();
  });

  it.each<[string, Recorded | undefined, RegExp]>([
    [
      "a nullable column and the same version",
      table(4, { extra: nullable("string", "") }),
      /raise its version from 4 to 5/,
    ],
    ["a nullable column and a version too far", table(6, { extra: nullable("string", "") }), /from 4 to 5/],
    ["another version for nothing", table(5), /set it back/],
    [
      "a required column",
      table(5, { extra: column("string", "") }),
      /extra is required.*only nullable columns may be added/,
    ],
    ["a removed column", without("size"), /size was removed/],
    ["another type", table(5, { size: column("double", "", "m") }), /size changed from int m to double m/],
    ["another unit", table(5, { size: column("int", "", "cm") }), /size changed/],
    ["required instead of nullable", table(5, { price: column("price", "") }), /price became required/],
    [
      "nullable instead of required and the same version",
      table(4, { size: nullable("int", "", "m") }),
      /raise its version from 4 to 5/,
    ],
    ["another key", table(5, {}, ["at", "size"]), /key or dt changed/],
    ["a table that is gone", undefined, /gone from schemas/],
  ])("refuses %s", (_, now, message) => {
    expect(objection("things", before, now)).toMatch(message);
  });

  it("wants new tables to begin with version 1", () => {
    expect(objection("things", undefined, table(1))).toBeUndefined();
    expect(objection("things", undefined, table(2))).toMatch(/must be 1/);
  });
});
