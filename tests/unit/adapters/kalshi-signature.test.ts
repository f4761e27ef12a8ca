import { constants, generateKeyPairSync, verify } from "node:crypto";
import { describe, expect, it } from "vitest";
import { kalshiHeaders } from "../../../adapters/upstream/kalshi-signature.ts";

const now = 1_703_123_456_789;
const path = "/trade-api/ws/v2";
const message = Buffer.from(`${now}GET${path}`);
const pem = { type: "pkcs8", format: "pem" } as const;

describe("Kalshi's signature", () => {
  it("is RSA-PSS with a salt as long as the digest for an RSA key", () => {
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
    const headers = kalshiHeaders({ id: "key", privateKey: privateKey.export(pem).toString() }, "GET", path, now);
    expect(headers).toMatchObject({ "KALSHI-ACCESS-KEY": "key", "KALSHI-ACCESS-TIMESTAMP": String(now) });
    const key = { key: publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
    expect(verify("sha256", message, key, Buffer.from(headers["KALSHI-ACCESS-SIGNATURE"] ?? "", "base64"))).toBe(true);
  });

  it("is of the bytes themselves for an Ed25519 key", () => {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    const headers = kalshiHeaders({ id: "key", privateKey: privateKey.export(pem).toString() }, "GET", path, now);
    expect(verify(null, message, publicKey, Buffer.from(headers["KALSHI-ACCESS-SIGNATURE"] ?? "", "base64"))).toBe(
      true,
    );
  });

  it("says which keys it takes, and never shows one", () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const other = privateKey.export(pem).toString();
    expect(() => kalshiHeaders({ id: "key", privateKey: other }, "GET", path, now)).toThrow(/RSA and Ed25519/);
    expect(() => kalshiHeaders({ id: "key", privateKey: "hunter2" }, "GET", path, now)).toThrow(/^((?!hunter2).)*PEM/);
  });
});
