import type { ClaimResult, RunResult } from "@paperworks/experiment";

/**
 * The order in which a run writes its result, which a jsonb column does not keep: so that a file that was exported
 * differs from the one before only in what was measured.
 */
const resultKeys: readonly (keyof RunResult)[] = [
  "format",
  "version",
  "slug",
  "title",
  "family",
  "mode",
  "status",
  "error",
  "seed",
  "seeds",
  "settings",
  "data",
  "claims",
  "metrics",
  "cost",
  "figures",
  "tables",
  "images",
  "models",
  "seconds",
  "machine",
  "times",
];

const claimKeys: readonly (keyof ClaimResult)[] = [
  "id",
  "paper",
  "measures",
  "bar",
  "values",
  "value",
  "spread",
  "interval",
  "verdict",
  "reason",
  "timing",
];

export function inWrittenOrder(result: RunResult): RunResult {
  return { ...inOrder(result, resultKeys), claims: result.claims.map((claim) => inOrder(claim, claimKeys)) };
}

/** The same properties, those of `keys` first and in their order. */
function inOrder<T extends object>(value: T, keys: readonly (keyof T)[]): T {
  const first = keys.filter((key) => Object.hasOwn(value, key)).map((key) => [key, value[key]]);
  return { ...(Object.fromEntries(first) as Partial<T>), ...value };
}
