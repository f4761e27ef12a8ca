/** The value itself, where a test makes no sense without it. */
export function present<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error("the test expected a value here and found none");
  return value;
}
