import { ShapeError } from "../errors.ts";
import type { Spec } from "../primitive.ts";
import { placeholder } from "../record.ts";
import { activeRecording, Recording, recordInto } from "../recording.ts";
import { formatShape, sameShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import type { Variable } from "../variable.ts";

/** One recorded step of a loop. */
export interface TracedStep<R> {
  result: R;
  /** Stand-ins for the carries, and behind them for the variables that the step assigns. */
  carriesIn: Tensor[];
  /** Variables the step assigns: the loop carries them too. */
  state: Variable[];
  /** Their values after the step. */
  carriedOut: Tensor[];
}

/**
 * Records a step of a loop; once more, with places for them, if it assigns variables.
 *
 * @param read      takes from what the step gave the tensors it stands for
 * @param iteration gives the number of the step, int32 []
 */
export function traceStep<S, R>(
  carries: readonly Spec[],
  step: (carriesIn: Tensor[]) => S,
  read: (given: S) => R,
  iteration: () => Tensor,
): TracedStep<R> {
  const trace = (state: readonly Variable[]) => {
    const carriesIn = [...carries, ...state].map(({ shape, dtype }) => placeholder(shape, dtype));
    const recording = new Recording("body", activeRecording(), iteration);
    state.forEach((variable, i) => {
      recording.assign(variable, carriesIn[carries.length + i]);
    });
    const given = recordInto(recording, () => step(carriesIn.slice(0, carries.length)));
    const result = recordInto(recording, () => read(given));
    return { result, carriesIn, recording };
  };
  let traced = trace([]);
  const state = [...traced.recording.versions.keys()];
  if (state.length > 0) traced = trace(state);
  const { recording, ...rest } = traced;
  return { ...rest, state, carriedOut: state.map((variable) => recording.latest(variable) as Tensor) };
}

/** @throws ShapeError if a step gives other shapes or dtypes than it was given */
export function requireSameCarry(name: string, before: readonly Spec[], after: readonly Spec[]): void {
  before.forEach(({ shape, dtype }, i) => {
    const next = after[i];
    if (!next || after.length !== before.length || !sameShape(next.shape, shape) || next.dtype !== dtype) {
      throw new ShapeError(
        `${name}: carry ${i} is ${dtype}${formatShape(shape)} at first and ${next ? next.dtype + formatShape(next.shape) : "missing"} after a step`,
      );
    }
  });
}
