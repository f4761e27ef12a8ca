/** The lowest and highest °F that a temperature near the ground can have: the records of the world, rounded outward. */
export const plausibleF = { low: -140, high: 140 } as const;
