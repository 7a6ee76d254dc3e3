/** The database cannot be used: not reachable, in use by another process, of a later version. */
export class DatabaseError extends Error {
  override readonly name = "DatabaseError";
}

/** A job that is not there, or is in no state for what was asked of it. */
export class JobError extends Error {
  override readonly name = "JobError";
}

/** Another worker has the job by now, or it was cancelled: whatever this one found must not be kept. */
export class ClaimLostError extends Error {
  override readonly name = "ClaimLostError";

  constructor(run: string, attempt: number) {
    super(`attempt ${attempt} of job ${run} is no longer this worker's`);
  }
}
