import { expect, it } from "vitest";
import { newestRows } from "../../../core/newest-rows.ts";
import { prints } from "../crypto/listing.ts";

const second = 1_000;
const at = Date.UTC(2026, 10, 20, 14, 44, 9);
const [print] = prints(at, at + second, () => 84_000);
if (print === undefined) throw new Error("no print");

it("keeps of each key the row known last, of these the newest decoder's, of these the later one", () => {
  const later = { ...print, value: 1, ingested_at: print.ingested_at + 1 };
  const decoded = { ...later, value: 2, decoder_version: print.decoder_version + 1 };
  const repeated = { ...decoded, value: 3 };
  const other = { ...print, print_at: at + second };
  expect(newestRows("index_prints", [later, print, other])).toEqual([later, other]);
  expect(newestRows("index_prints", [decoded, later])).toEqual([decoded]);
  expect(newestRows("index_prints", [decoded, repeated])).toEqual([repeated]);
});

it("keeps apart what is told apart", () => {
  const ofTwo = { ...print, connection: "two/kalshi/1" };
  expect(newestRows("index_prints", [print, ofTwo])).toEqual([ofTwo]);
  expect(newestRows("index_prints", [print, ofTwo], ["connection"])).toEqual([print, ofTwo]);
});
