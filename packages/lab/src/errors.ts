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

/** A user's experiment file that cannot be run: missing, broken, or without a paper in it. */
export class PaperFileError extends Error {
  override readonly name = "PaperFileError";
  readonly file: string;

  constructor(file: string, reason: string, options?: ErrorOptions) {
    super(`experiment file ${file}: ${reason}`, options);
    this.file = file;
  }
}

/** The process of a run died: a crash in native code, or the system killed it for want of memory. */
export class ProcessCrashError extends Error {
  override readonly name = "ProcessCrashError";
  readonly signal: string | null;
  readonly exitCode: number | null;

  constructor({ signal, exitCode }: { signal: string | null; exitCode: number | null }) {
    const how =
      signal === "SIGKILL"
        ? "was killed (SIGKILL), as the system does when memory runs out"
        : signal !== null
          ? `crashed (${signal})`
          : `ended with exit code ${exitCode} before its run did`;
    super(`the process of the run ${how}`);
    this.signal = signal;
    this.exitCode = exitCode;
  }
}

/** A run took more memory than it was given. */
export class MemoryBudgetError extends Error {
  override readonly name = "MemoryBudgetError";

  constructor(bytes: number, budget: number) {
    const megabytes = (size: number) => `${Math.round(size / 2 ** 20)} MB`;
    super(`the run took ${megabytes(bytes)} of memory, more than its budget of ${megabytes(budget)}, and was ended`);
  }
}

/** A run took more time than it was given. */
export class TimeBudgetError extends Error {
  override readonly name = "TimeBudgetError";

  constructor(seconds: number) {
    super(`the run was not done within its budget of ${seconds} s and was ended`);
  }
}
