import { DataFormatError } from "./errors.ts";
import type { FileFinder, FoundFile, Origin } from "./files/finder.ts";
import { gunzip, isGzip } from "./formats/gzip.ts";

/** Where the records of one dataset came from. Plain JSON. */
export interface Provenance {
  readonly dataset: string;
  readonly origin: Origin;
  /** For people: path, package, address, or the generator with its seed. */
  readonly from: string;
  readonly records: number;
  readonly note?: string;
}

/** The plain bytes of a found file, and the name that errors should give it. */
export interface OpenedFile {
  readonly bytes: Uint8Array;
  readonly file: FoundFile;
}

/**
 * An experiment's way to data: it finds files for the loaders and keeps the provenance of everything it served.
 *
 * ```ts
 * const digits = (await mnist(data)) ?? data.generated("mnist", strokeDigits({ count: 10_000, seed: 0 }), { … });
 * ```
 */
export class DataSource {
  private readonly finder: FileFinder;
  private readonly served = new Map<string, Provenance>();

  constructor(finder: FileFinder) {
    this.finder = finder;
  }

  /** One record a dataset, in the order of first use; a dataset loaded again replaces its record. */
  get provenance(): readonly Provenance[] {
    return [...this.served.values()];
  }

  /** True if a real file served this dataset. */
  has(dataset: string): boolean {
    const origin = this.served.get(dataset)?.origin;
    return origin !== undefined && origin !== "generated";
  }

  /** Notes what served a dataset. Loaders call it. */
  record(provenance: Provenance): void {
    this.served.set(provenance.dataset, provenance);
  }

  /**
   * Notes that a generator stood in for a dataset, and hands the generated data through.
   * @param from the generator with what it was given, for people: `strokeDigits, seed 0`
   */
  generated<T>(dataset: string, data: T, { from, records, note }: { from: string; records: number; note?: string }): T {
    this.record({ dataset, origin: "generated", from, records, ...(note === undefined ? {} : { note }) });
    return data;
  }

  /** The first of `candidates` that is there, inflated if it is gzip, or undefined. */
  async open(candidates: readonly string[]): Promise<OpenedFile | undefined> {
    const file = await this.finder.find(candidates);
    if (file === undefined) return undefined;
    const bytes = await file.bytes();
    return { bytes: isGzip(bytes) ? await gunzip(bytes, file.from) : bytes, file };
  }

  /**
   * `open` for a file that must be there because `companion` is: half a dataset is an error, not an absent one.
   * @throws DataFormatError if it is not
   */
  async openBeside(companion: FoundFile, candidates: readonly string[]): Promise<OpenedFile> {
    const opened = await this.open(candidates);
    if (opened !== undefined) return opened;
    throw new DataFormatError(companion.from, "its companion file is missing", candidates.join(" or "));
  }
}
