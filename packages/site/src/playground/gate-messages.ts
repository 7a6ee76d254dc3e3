import type { TextGates } from "@paperworks/papers/attention/gla/gates-of-text";

/** The most characters of a text whose gates are drawn. */
export const mostCharacters = 96;
/** Steps of a training, after which another may follow. */
export const trainingSteps = 200;

export type ToGateWorker =
  | { readonly type: "text"; readonly text: string }
  /** Begins a training, or goes on with one that waits. */
  | { readonly type: "train" }
  | { readonly type: "pause" };

export type FromGateWorker =
  | {
      readonly type: "gates";
      /** The characters that the model knows, one a column. */
      readonly characters: readonly string[];
      /** Those that it does not. */
      readonly unknown: readonly string[];
      readonly gates: TextGates;
    }
  | { readonly type: "step" /** Of all trainings so far. */; readonly step: number; readonly loss: number }
  | { readonly type: "trained" /** On held-out text, nats a character. */; readonly testLoss: number }
  | { readonly type: "failed"; readonly message: string };
