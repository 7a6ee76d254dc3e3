/** A run folder that cannot be used: not writable, holding other files, or a run of other settings. */
export class RunFolderError extends Error {
  override readonly name = "RunFolderError";
  readonly folder: string;

  constructor(folder: string, reason: string, options?: ErrorOptions) {
    super(`run folder ${folder}: ${reason}`, options);
    this.folder = folder;
  }
}

/** The engine cannot do what was asked of it: a device that is not there, a number of threads it does not take. */
export class EngineOptionError extends Error {
  override readonly name = "EngineOptionError";
}

/** A kept result that cannot be read: cut short, or of a later version. */
export class ResultFormatError extends Error {
  override readonly name = "ResultFormatError";
}
