/** What every `Secrets` does. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Secrets } from "../../../core/ports.ts";

export interface SecretsUnderTest {
  secrets: Secrets;
  /** Stores a secret, as its owner would. Called before the first `get` of the name. */
  store(name: string, value: string): Promise<void>;
  close(): Promise<void>;
}

export function describeSecretsContract(name: string, make: () => Promise<SecretsUnderTest>): void {
  describe(`Secrets contract: ${name}`, () => {
    let under: SecretsUnderTest;
    beforeEach(async () => {
      under = await make();
    });
    afterEach(async () => {
      await under.close();
    });

    test("a secret that is not stored is undefined", async () => {
      expect(await under.secrets.get("telegram-token")).toBeUndefined();
      await under.store("other", "x");
      expect(await under.secrets.get("telegram-token")).toBeUndefined();
      expect(await under.secrets.get("toString")).toBeUndefined();
    });

    test("a stored secret comes back as it is", async () => {
      const pem = "-----BEGIN KEY-----\nab+/=\n-----END KEY-----\n";
      await under.store("telegram-token", "123:AbC-_d");
      await under.store("kalshi-key", pem);
      expect(await under.secrets.get("telegram-token")).toBe("123:AbC-_d");
      expect(await under.secrets.get("kalshi-key")).toBe(pem);
      expect(await under.secrets.get("kalshi-key")).toBe(pem);
    });
  });
}
