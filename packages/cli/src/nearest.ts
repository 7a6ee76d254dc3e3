import { closest, distance } from "fastest-levenshtein";

/** The known name that a user may have meant, as `: did you mean "x"?`; empty when none is near. */
export function suggestion(known: readonly string[], asked: string): string {
  if (known.length === 0) return "";
  const lower = asked.toLowerCase();
  const nearest = closest(lower, [...known]);
  const isNear = distance(lower, nearest) <= Math.max(2, Math.floor(nearest.length / 3));
  const begins = known.find((candidate) => lower.length > 1 && candidate.startsWith(lower));
  const suggested = begins ?? (isNear ? nearest : undefined);
  return suggested === undefined ? "" : `: did you mean "${suggested}"?`;
}
