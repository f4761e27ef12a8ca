/**
 * The lake in an S3 bucket. Objects are written by single PutObject requests with `If-None-Match: *`, the only form of
 * write that the bucket's policy lets through.
 */
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  NotFound,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import type { Clock, Lake } from "../../core/ports.ts";
import { checkLakeKey, checkLakePrefix } from "../lake-key.ts";
import { connectionDefaults } from "./connection.ts";

interface LakeConfig {
  bucket: string;
  clock: Clock;
}

/**
 * Waits between the tries of a write that S3 answered with 409 ConditionalRequestConflict: another write or a delete of
 * the same key was under way, and S3 asks to send the request again (API reference of PutObject, `If-None-Match`).
 */
const conflictDelaysMs = [50, 150, 400, 1000] as const;

/** The lake with a client of its own; `connection` overrides what the environment says (region, endpoint, …). */
export function connectLake(config: LakeConfig, connection: S3ClientConfig = {}): Lake {
  return createLake(new S3Client({ ...connectionDefaults, ...connection }), config);
}

/**
 * @returns the lake. `putIfAbsent` answers `exists` also when the SDK had to repeat a request whose first answer was
 * lost: the bytes under the key are then this caller's own, which is the same to whoever computes keys from the work.
 * The role needs s3:ListBucket: without it S3 answers 403 for an absent key, which is an error here, not `undefined`.
 */
function createLake(client: S3Client, { bucket, clock }: LakeConfig): Lake {
  async function exists(key: string): Promise<boolean> {
    try {
      await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
      return true;
    } catch (error) {
      if (error instanceof NotFound) return false;
      throw error;
    }
  }

  return {
    async get(key) {
      checkLakeKey(key);
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
        if (Body === undefined) throw new Error(`s3://${bucket}/${key}: the answer has no body`);
        return await Body.transformToByteArray();
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined;
        throw error;
      }
    },

    async putIfAbsent(key, bytes) {
      checkLakeKey(key);
      for (let conflicts = 0; ; conflicts++) {
        try {
          await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: bytes, IfNoneMatch: "*" }));
          return "created";
        } catch (error) {
          if (!(error instanceof S3ServiceException)) throw error;
          if (error.name === "PreconditionFailed") return "exists";
          if (error.name !== "ConditionalRequestConflict") throw error;
          const delayMs = conflictDelaysMs[conflicts];
          if (delayMs === undefined) {
            if (await exists(key)) return "exists";
            throw error;
          }
          await clock.sleep(delayMs);
        }
      }
    },

    async list(prefix) {
      checkLakePrefix(prefix);
      const keys: string[] = [];
      let token: string | undefined;
      do {
        const page = await client.send(
          new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: token }),
        );
        for (const { Key } of page.Contents ?? []) if (Key !== undefined) keys.push(Key);
        token = page.NextContinuationToken;
      } while (token !== undefined);
      // S3 orders by UTF-8 bytes, which differs from code units beyond the basic plane.
      return keys.sort();
    },
  };
}
