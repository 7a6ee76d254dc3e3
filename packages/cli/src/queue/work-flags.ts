import type { Device } from "@paperworks/lab";

/** Where and how a command that works on jobs runs them. */
export interface WorkFlags {
  readonly runs: string;
  readonly data?: string;
  readonly device?: Device;
  readonly threads?: number;
  /** Seconds. */
  readonly timeout?: number;
  /** Bytes. */
  readonly memory?: number;
  /** Jobs at a time. */
  readonly jobs: number;
}
