import { parseJson, stringifyJson } from "@paperworks/experiment";

/**
 * A value as JSON text for a jsonb column, which has no NUL and no half of a surrogate pair: both become U+FFFD.
 * NaN and the infinities are kept.
 */
export function jsonbText(value: unknown): string {
  return JSON.stringify(JSON.parse(stringifyJson(value)), (_key, part: unknown) =>
    typeof part === "string" ? part.toWellFormed().replaceAll("\0", "\ufffd") : part,
  );
}

/** The value that went into a jsonb column, from what the column gives. */
export function fromJsonb(column: unknown): unknown {
  return parseJson(JSON.stringify(column));
}
