import { RecordingError } from "./errors.ts";
import type { Tensor } from "./tensor.ts";
import type { Variable } from "./variable.ts";

/** Something a recording read that is no tensor (a module's mode): the program serves only while it reads the same. */
export interface Guard {
  read(): unknown;
  value: unknown;
}

/** What one `jit` recording, or the body of a `scan`, has read and assigned so far. */
export class Recording {
  /** The leaf that stands for a variable's value when the program starts. */
  readonly reads = new Map<Variable, Tensor>();
  /** Every value a variable has had in record order, the latest last. */
  readonly versions = new Map<Variable, Tensor[]>();
  /** Values of variables that were assigned as parts of a pack, and the pack's value. */
  readonly cuts = new Map<Tensor, Tensor>();
  readonly guards: Guard[] = [];
  /** For each generator's variable: the keys of the program's draws, and how many were made so far (their ordinals). */
  readonly streams = new Map<Variable, { base: Tensor; draws: number }>();
  /** A whole program, or the body of a loop inside one (or inside an expression recorded outside of programs). */
  readonly kind: "program" | "body";
  readonly parent: Recording | undefined;
  /** In a body: the number of the step, int32 []; random draws depend on it. */
  readonly iteration: (() => Tensor) | undefined;

  constructor(kind: "program" | "body", parent?: Recording, iteration?: () => Tensor) {
    this.kind = kind;
    this.parent = parent;
    this.iteration = iteration;
  }

  get root(): Recording {
    return this.parent ? this.parent.root : this;
  }

  latest(variable: Variable): Tensor | undefined {
    return this.versions.get(variable)?.at(-1);
  }

  assign(variable: Variable, value: Tensor): void {
    const versions = this.versions.get(variable);
    if (versions) versions.push(value);
    else this.versions.set(variable, [value]);
  }

  /** Notes what the program depends on beside its arguments; in a loop's body this is noted for the whole program. */
  guard(read: () => unknown): void {
    if (this.parent) {
      this.parent.guard(read);
      return;
    }
    const value = read();
    if (!this.guards.some((known) => known.read === read)) this.guards.push({ read, value });
  }
}

let active: Recording | undefined;

export const activeRecording = (): Recording | undefined => active;

/** Runs fn with the recording active. Recording is synchronous: a promise is an error. */
export function recordInto<T>(recording: Recording, fn: () => T): T {
  const outer = active;
  active = recording;
  try {
    const result = fn();
    if (result instanceof Promise) {
      result.catch(() => {});
      throw new RecordingError(
        "a recorded function must not be async: record first, read values from what the program returns",
      );
    }
    return result;
  } finally {
    active = outer;
  }
}
