/** A file is not what its name says, or is cut short. The message names the file, what was found and what would be right. */
export class DataFormatError extends Error {
  override readonly name = "DataFormatError";
  readonly file: string;
  readonly found: string;
  readonly expected: string;

  /**
   * @param file     the file as the reader knows it
   * @param found    what stands there, with the value
   * @param expected what would be right
   */
  constructor(file: string, found: string, expected: string, options?: ErrorOptions) {
    super(`${file}: ${found}; expected ${expected}`, options);
    this.file = file;
    this.found = found;
    this.expected = expected;
  }
}

/** The data folder that the user named cannot be read: missing, not a folder, or no permission. */
export class DataFolderError extends Error {
  override readonly name = "DataFolderError";
  readonly folder: string;

  constructor(folder: string, reason: string, options?: ErrorOptions) {
    super(`data folder ${folder}: ${reason}; expected a readable folder`, options);
    this.folder = folder;
  }
}

/** An argument lies outside its domain. The message names it, its value and what would be right. */
export class DomainError extends Error {
  override readonly name = "DomainError";
  readonly argument: string;
  readonly value: unknown;
  readonly expected: string;

  constructor(argument: string, value: unknown, expected: string) {
    super(`${argument} is ${describe(value)}; expected ${expected}`);
    this.argument = argument;
    this.value = value;
    this.expected = expected;
  }
}

/** A download failed, or what arrived is not the published file. */
export class DownloadError extends Error {
  override readonly name = "DownloadError";
  readonly url: string;

  constructor(url: string, found: string, expected: string, options?: ErrorOptions) {
    super(`${url}: ${found}; expected ${expected}`, options);
    this.url = url;
  }
}

function describe(value: unknown): string {
  if (typeof value === "number" || typeof value === "bigint" || value === undefined) return String(value);
  return JSON.stringify(value) ?? String(value);
}
