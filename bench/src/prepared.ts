import type { Cost } from "@paperworks/tensor";

/** A training step of one library, ready to be timed. Every case has a file for each peer that gives one. */
export interface Prepared {
  /** Trained values: all peers of a case must have as many. */
  parameters: number;
  /** What a step of ours costs. */
  cost?: Cost;
  /** What the reader of the table must know: which data this machine had. */
  note?: string;
  /** Training steps that one call of `step` takes; 1 when absent. Times are told for one of them. */
  stepsACall?: number;
  /** Waited for until the new weights exist. @returns the loss before the (last) update */
  step(): Promise<number>;
}

export type Prepare = () => Promise<Prepared>;
