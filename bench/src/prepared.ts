/** A training step of one library, ready to be timed. Every case has a file for each peer that gives one. */
export interface Prepared {
  /** Trained values: all peers of a case must have as many. */
  parameters: number;
  /** Multiply-adds of a step, where they are counted. */
  macs?: number;
  /** What the reader of the table must know: which data this machine had. */
  note?: string;
  /** One whole step, waited for until its new weights exist. @returns the loss before the update */
  step(): Promise<number>;
}

export type Prepare = () => Promise<Prepared>;
