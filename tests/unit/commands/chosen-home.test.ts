import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { chooseHome, homesIn } from "../../../runtime/chosen-home.ts";

let root: string;
const notes: string[] = [];
const terminal = { note: (text: string) => void notes.push(text) };

function home(name: string, usedAt: number): string {
  const folder = join(root, name);
  mkdirSync(join(folder, "lake"), { recursive: true });
  utimesSync(folder, usedAt, usedAt);
  return folder;
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "brier-homes-"));
  notes.length = 0;
});
afterEach(() => rmSync(root, { recursive: true }));

describe("the home that a command works on", () => {
  it("is the one used last, and the command says which", () => {
    home("demo", 1_000);
    const live = home("live", 2_000);
    expect(chooseHome({ values: {}, positionals: [] }, terminal, root)).toBe(live);
    expect(notes).toEqual([`home ${live}`]);
  });

  it("is the one that is named", () => {
    const demo = home("demo", 1_000);
    home("live", 2_000);
    expect(chooseHome({ values: { home: demo }, positionals: [] }, terminal, root)).toBe(demo);
  });

  it("must exist, and the error says what makes one", () => {
    expect(() => chooseHome({ values: {}, positionals: [] }, terminal, join(root, "none"))).toThrow(/npm start/);
    expect(() => chooseHome({ values: { home: root }, positionals: [] }, terminal, root)).toThrow(/is not a home/);
  });

  it("is no folder without a lake, and the folder itself may be one", () => {
    mkdirSync(join(root, "notes"));
    writeFileSync(join(root, "home.sqlite"), "");
    expect(homesIn(root)).toEqual([root]);
  });
});
