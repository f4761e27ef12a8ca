/**
 * Headers that sign a request to Kalshi (docs.kalshi.com, authenticated requests): timestamp + method + path without its
 * query, by RSA-PSS with SHA-256 or by Ed25519, as the key is.
 */
import { constants, createPrivateKey, sign, type KeyObject } from "node:crypto";

export interface KalshiKey {
  id: string;
  /** PEM. */
  privateKey: string;
}

function keyOf(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    // The parser's own message may quote the key.
    throw new Error("kalshi-private-key is not a private key in PEM; store the whole text that Kalshi showed");
  }
}

/** @param now epoch ms; a clock that is off gives 401. @throws when the key is neither RSA nor Ed25519. */
export function kalshiHeaders(
  { id, privateKey }: KalshiKey,
  method: "GET" | "POST" | "DELETE",
  path: string,
  now: number,
): Record<string, string> {
  const key = keyOf(privateKey);
  const message = Buffer.from(`${now}${method}${path}`);
  const signature = (() => {
    switch (key.asymmetricKeyType) {
      case "rsa":
        return sign("sha256", message, {
          key,
          padding: constants.RSA_PKCS1_PSS_PADDING,
          saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
        });
      case "ed25519":
        return sign(null, message, key);
      default:
        throw new Error(`kalshi-private-key is of the kind ${key.asymmetricKeyType}; Kalshi takes RSA and Ed25519`);
    }
  })();
  return {
    "KALSHI-ACCESS-KEY": id,
    "KALSHI-ACCESS-TIMESTAMP": String(now),
    "KALSHI-ACCESS-SIGNATURE": signature.toString("base64"),
  };
}
