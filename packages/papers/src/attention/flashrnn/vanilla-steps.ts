import { cellLayouts } from "@paperworks/kernels";
import { add, matmul, reshape, slice, stack, sum, type Tensor, unsqueeze } from "@paperworks/tensor";
import { preActivations } from "./arrangement.ts";
import { type Cell, cells } from "./cells.ts";
import { OpByOp } from "./op-by-op.ts";

export interface StepSizes {
  readonly batch: number;
  readonly heads: number;
  readonly dim: number;
}

const compiled = new Map<string, Promise<OpByOp>>();

function once(key: string, compile: () => Promise<OpByOp>): Promise<OpByOp> {
  const known = compiled.get(key);
  if (known) return known;
  const made = compile();
  compiled.set(key, made);
  return made;
}

/** The slices of the first axis, each a stretch of memory. */
const stretches = (x: Tensor): Tensor[] =>
  Array.from({ length: x.shape[0] }, (_, i) =>
    reshape(slice(x, [{ axis: 0, start: i, end: i + 1 }]), x.shape.slice(1)),
  );

/**
 * One step forward, op by op. In: Rᵀ [Gr, N, D, D], Wx + b [Gw, N, B, D], the biases that no input meets [N, 1, D], the
 * states [N, B, D]. Out: the next states and the activated gates.
 */
export function stepForward(cell: Cell, { batch, heads, dim }: StepSizes): Promise<OpByOp> {
  const { planes, recurrent, inputs, states } = cellLayouts[cell];
  const row = [heads, batch, dim];
  const unfed = planes.length - inputs;
  return once(`forward ${cell} ${row}`, () =>
    OpByOp.compile(
      (weights, x, ...rest) => {
        const [others, before] = [rest.slice(0, unfed), rest.slice(unfed)];
        const sums = matmul(unsqueeze(before[0], 0), weights);
        // Where every plane has both, one call adds them all.
        const fed = unfed === 0 ? stretches(add(sums, x)) : preActivations(stretches(sums), stretches(x), others);
        const after = cells[cell].forward(fed, before);
        return [...after.states, ...after.gates];
      },
      [
        [recurrent, heads, dim, dim],
        [inputs, ...row],
        ...Array.from({ length: unfed }, () => [heads, 1, dim]),
        ...states.map(() => row),
      ],
    ),
  );
}

/**
 * One step back, op by op. In: R [Gr, N, D, D], δh from outside, δ of the states, the gates, the states before and after. Out:
 * δg of all planes, δ of the states before.
 */
export function stepBackward(cell: Cell, { batch, heads, dim }: StepSizes): Promise<OpByOp> {
  const { recurrent, states, kept } = cellLayouts[cell];
  const row = [heads, batch, dim];
  return once(`backward ${cell} ${row}`, () =>
    OpByOp.compile(
      (weights, outside, ...rest) => {
        const take = (count: number): Tensor[] => rest.splice(0, count);
        const [[h, ...others], gates, before] = [take(states.length), take(kept.length), take(states.length)];
        const back = cells[cell].backward({ gates, before, after: rest, gradients: [add(h, outside), ...others] });
        const throughR = sum(matmul(stack(back.planes.slice(0, recurrent)), weights), 0);
        const [direct, ...carried] = back.states;
        return [...back.planes, direct ? add(direct, throughR) : throughR, ...(carried as Tensor[])];
      },
      [[recurrent, heads, dim, dim], row, ...[...states, ...kept, ...states, ...states].map(() => row)],
    ),
  );
}
