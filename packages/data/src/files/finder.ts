/** Where a dataset came from. */
export type Origin = "folder" | "package" | "cache" | "generated";

/** A file that a finder holds; its bytes are read when asked for. */
export interface FoundFile {
  bytes(): Promise<Uint8Array>;
  /** For people: the path, package or address. It names the file in error messages. */
  readonly from: string;
  readonly origin: Exclude<Origin, "generated">;
}

/** A place that may hold published data files. */
export interface FileFinder {
  /**
   * The first of `candidates` (relative names with "/") that this place holds, or undefined.
   * A place that cannot be read is an error, not an absence.
   */
  find(candidates: readonly string[]): Promise<FoundFile | undefined>;
}

/** Asks the finders in order; the first that has any of the candidates wins. */
export function firstOf(...finders: readonly FileFinder[]): FileFinder {
  return {
    async find(candidates) {
      for (const finder of finders) {
        const found = await finder.find(candidates);
        if (found !== undefined) return found;
      }
      return undefined;
    },
  };
}

/** Files in memory by name, for tests and for pages that carry their own data. */
export function memoryFinder(
  files: Readonly<Record<string, Uint8Array>>,
  { origin = "folder", label = "memory" }: { origin?: FoundFile["origin"]; label?: string } = {},
): FileFinder {
  return {
    async find(candidates) {
      const name = candidates.find((candidate) => Object.hasOwn(files, candidate));
      if (name === undefined) return undefined;
      return { bytes: async () => files[name], from: `${label}:${name}`, origin };
    },
  };
}
