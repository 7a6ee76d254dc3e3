/** Bytes that are not a safetensors file, with the value that is wrong and where it stands. */
export class SafetensorsError extends Error {
  override name = "SafetensorsError";
}

export interface StateMismatch {
  /** Wanted by the model, not in the file. */
  missing: string[];
  /** In the file, not in the model. */
  unexpected: string[];
  /** In both, but of another shape or kind of number. */
  unfit: string[];
}

/** A file whose names, shapes or dtypes are not those of the model it is loaded into; nothing was loaded. */
export class StateMismatchError extends Error implements StateMismatch {
  override name = "StateMismatchError";
  readonly missing: string[];
  readonly unexpected: string[];
  readonly unfit: string[];

  constructor({ missing, unexpected, unfit }: StateMismatch) {
    const list = (what: string, names: readonly string[]): string[] =>
      names.length === 0
        ? []
        : [`${what} ${names.slice(0, 20).join(", ")}${names.length > 20 ? ` and ${names.length - 20} more` : ""}`];
    super(
      `the file does not fit the model: ${[
        ...list("missing in the file:", missing),
        ...list("left over in the file:", unexpected),
        ...list("of another shape or dtype:", unfit),
      ].join("; ")}`,
    );
    this.missing = missing;
    this.unexpected = unexpected;
    this.unfit = unfit;
  }
}
