import type { CheckOptions, Trial } from "./check.ts";
import type { Draw } from "./draw.ts";

/** A row of the table of operations: how its inputs are drawn, and what is checked of it. */
export interface OperationCase extends CheckOptions {
  name: string;
  trial(draw: Draw): Trial;
  /** False where an axis without elements has no meaning. */
  empty?: boolean;
}
