/** Names of the secrets that Kalshi's stream needs: the key's id, and the key as PEM. */
export const kalshiSecrets = { id: "kalshi-key-id", privateKey: "kalshi-private-key" } as const;
