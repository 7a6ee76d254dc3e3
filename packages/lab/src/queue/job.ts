import type { RunMode, RunStatus, SettingValue } from "@paperworks/experiment";

/** What a job is to run. */
export interface JobRequest {
  readonly slug: string;
  readonly mode: RunMode;
  readonly seed: number;
  readonly seeds: number | null;
  /** Every setting of the paper. */
  readonly settings: Readonly<Record<string, SettingValue>>;
  /** Higher ones are taken first; 0 if not said. */
  readonly priority?: number;
  /** The point of a sweep that it is. */
  readonly sweep?: { readonly id: string; readonly point: number };
}

/** "waiting" for a worker, "running" on one, or at its end. */
export type JobState = "waiting" | "running" | "finished" | "failed" | "cancelled";

/** A job as it stands. */
export interface Job extends Required<Omit<JobRequest, "sweep">> {
  readonly id: string;
  readonly state: JobState;
  readonly sweep: string | null;
  readonly point: number | null;
  /** The job that this one does again. */
  readonly retryOf: string | null;
  /** How many workers have had it. */
  readonly attempts: number;
  readonly worker: string | null;
  readonly created: Date;
  readonly started: Date | null;
  readonly ended: Date | null;
  /** Why it failed. */
  readonly error: string | null;
}

/** A worker's hold on a job; only the attempt that holds it can put a result. */
export interface Claim {
  readonly id: string;
  readonly attempt: number;
  readonly request: JobRequest;
  /** How often a worker was lost with this job. */
  readonly losses: number;
  readonly heartbeatSeconds: number;
}

export type SettledStatus = Exclude<RunStatus, "interrupted">;
