import { createArray, type TypedArray } from "./dtype.ts";
import { RecordingError, ShapeError } from "./errors.ts";
import { concat, reshape, slice } from "./ops/movement.ts";
import { fromArray } from "./record.ts";
import { activeRecording, type Recording } from "./recording.ts";
import type { Tensor } from "./tensor.ts";
import { Variable } from "./variable.ts";

/** Where the values of a variable lie in those of its pack. */
interface Part {
  readonly variable: Variable;
  readonly start: number;
}

const packs = new WeakMap<Variable, VariablePack>();

/**
 * Variables laid end to end in one vector [n], which a program reads and writes as a whole: an optimiser updates a model's
 * parameters by one formula without putting them together and taking them apart again. Each variable stays what it was, with its
 * values in a stretch of the vector.
 */
export class VariablePack extends Variable {
  readonly parts: readonly Part[];

  /** To be had from `packVariables`. */
  constructor(variables: readonly Variable[]) {
    const [{ dtype }] = variables;
    const size = variables.reduce((n, variable) => n + variable.size, 0);
    super(fromArray(createArray(dtype, size), [size], dtype));
    let end = 0;
    this.parts = variables.map((variable) => {
      const start = end;
      end += variable.size;
      const view = (whole: TypedArray): TypedArray => whole.subarray(start, end);
      variable.moveInto(view(this.front), view(this.back));
      packs.set(variable, this);
      return { variable, start };
    });
  }

  /** All values as the program being recorded has them by now, [n]. @throws RecordingError outside of a program, or in a loop of it */
  override resolve(): Tensor {
    const recording = this.#program();
    const latest = recording.latest(this);
    const isOfLatest = ({ variable }: Part): boolean => {
      const value = recording.latest(variable);
      return latest ? value !== undefined && recording.cuts.get(value) === latest : value === undefined;
    };
    if (this.parts.every(isOfLatest)) return super.resolve();
    return concat(this.parts.map(({ variable }) => reshape(variable, [variable.size])));
  }

  /** Gives all variables their new values. @param value [n] @throws RecordingError outside of a program, or in a loop of it */
  override assign(value: Tensor): void {
    const recording = this.#program();
    super.assign(value);
    const latest = recording.latest(this) as Tensor;
    for (const { variable, start } of this.parts) {
      variable.assign(reshape(slice(latest, [{ axis: 0, start, end: start + variable.size }]), variable.shape));
      recording.cuts.set(recording.latest(variable) as Tensor, latest);
    }
  }

  /** Gives all variables values from the host. */
  override set(values: ArrayLike<number>): void {
    if (values.length !== this.size) throw new ShapeError(`set: a pack of ${this.size} values got ${values.length}`);
    const whole = Array.from(values);
    for (const { variable, start } of this.parts) variable.set(whole.slice(start, start + variable.size));
  }

  override get unsettled(): boolean {
    return this.parts.some(({ variable }) => variable.unsettled);
  }

  override settling(): () => Promise<void> {
    const settle = this.parts.map(({ variable }) => variable.settling());
    return async () => {
      for (const store of settle) await store();
    };
  }

  override swap(): void {
    super.swap();
    for (const { variable } of this.parts) variable.turnOver();
  }

  #program(): Recording {
    const recording = activeRecording();
    if (recording?.kind !== "program")
      throw new RecordingError("packed variables are read and written as one in a program only, outside of its loops");
    return recording;
  }
}

/**
 * Lays variables of one dtype end to end.
 *
 * @returns the pack, the same one for the same variables in the same order; undefined if some of them lie in another one
 */
export function packVariables(variables: readonly Variable[]): VariablePack | undefined {
  if (variables.length === 0 || variables.some(({ dtype }) => dtype !== variables[0].dtype)) return undefined;
  const pack = packs.get(variables[0]);
  if (pack) {
    const { parts } = pack;
    const isSame = parts.length === variables.length && parts.every(({ variable }, i) => variable === variables[i]);
    return isSame ? pack : undefined;
  }
  return variables.some((variable) => packs.has(variable)) ? undefined : new VariablePack(variables);
}
