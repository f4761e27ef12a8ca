/** One hash over everything a lake holds. */
import { createHash } from "node:crypto";
import { sha256 } from "../core/identity.ts";
import type { Lake } from "../core/ports.ts";

export interface LakeContents {
  /** sha256 over the lines `<key> <sha256 of the object>`, in the order of keys. */
  hash: string;
  objects: number;
  bytes: number;
}

export async function hashLake(lake: Lake): Promise<LakeContents> {
  const all = createHash("sha256");
  const keys = await lake.list("");
  let bytes = 0;
  for (const key of keys) {
    const object = await lake.get(key);
    if (object === undefined) throw new Error(`${key} was listed but cannot be read`);
    bytes += object.byteLength;
    all.update(`${key} ${sha256(object)}\n`);
  }
  return { hash: all.digest("hex"), objects: keys.length, bytes };
}
