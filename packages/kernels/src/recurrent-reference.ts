import { cellLayouts } from "./recurrent-cells.ts";
import type { RecurrentShape } from "./recurrent-plan.ts";

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** The states after one step of one unit, from sums R h, inputs Wx, biases and the states before: plain float64. */
const steps: Record<string, (r: number[], x: number[], b: number[], s: number[]) => number[]> = {
  elman: ([r], [x], [b]) => [Math.tanh(r + x + b)],
  lstm(r, x, b, [, c]) {
    const [i, f, z, o] = r.map((sum, gate) => sum + x[gate] + b[gate]);
    const next = sigmoid(f) * c + sigmoid(i) * Math.tanh(z);
    return [sigmoid(o) * Math.tanh(next), next];
  },
  gru([rg, rr, rz], [xr, xz, xn], [bg, br, bz, bn], [h]) {
    const z = sigmoid(xz + rz + bz);
    const n = Math.tanh(xn + bn + sigmoid(xr + rr + br) * (rg + bg));
    return [z * h + (1 - z) * n];
  },
  slstm(r, x, b, [, c, n, m]) {
    const [i, f, z, o] = r.map((sum, gate) => sum + x[gate] + b[gate]);
    const kept = m - Math.log1p(Math.exp(-f));
    const top = n === 0 ? i : Math.max(i, kept);
    const [inward, decay] = [Math.exp(i - top), Math.exp(Math.min(kept - top, 80))];
    const [nextC, nextN] = [decay * c + inward * Math.tanh(z), Math.max(decay * n + inward, 1)];
    return [(sigmoid(o) * nextC) / nextN, nextC, nextN, top];
  },
};

/** As `RecurrentInputs`, in any precision. */
export interface ReferenceInputs {
  x: ArrayLike<number>;
  weights: ArrayLike<number>;
  bias: ArrayLike<number>;
  first?: ArrayLike<number>;
}

/** What the kernels compute, in plain loops and float64: all states [steps + 1, states, batch, heads, dim]. For tests. */
export function referenceStates(shape: RecurrentShape, { x, weights, bias, first }: ReferenceInputs): Float64Array {
  const { cell, steps: length, batch, heads, dim } = shape;
  const { recurrent, inputs, planes, states } = cellLayouts[cell];
  const width = heads * dim;
  const all = new Float64Array((length + 1) * states.length * batch * width);
  if (first) all.set(Array.from(first));
  const stateAt = (t: number, state: number, row: number): number =>
    ((t * states.length + state) * batch + row) * width;
  for (let t = 0; t < length; t++)
    for (let row = 0; row < batch; row++)
      for (let head = 0; head < heads; head++)
        for (let unit = 0; unit < dim; unit++) {
          const at = head * dim + unit;
          const sums = Array.from({ length: recurrent }, (_, gate) => {
            let sum = 0;
            for (let k = 0; k < dim; k++)
              sum += weights[((gate * heads + head) * dim + unit) * dim + k] * all[stateAt(t, 0, row) + head * dim + k];
            return sum;
          });
          const fromX = Array.from(
            { length: inputs },
            (_, gate) => x[((t * batch + row) * inputs + gate) * width + at],
          );
          const biases = planes.map((_, plane) => bias[plane * width + at]);
          const before = states.map((_, state) => all[stateAt(t, state, row) + at]);
          for (const [state, value] of steps[cell](sums, fromX, biases, before).entries())
            all[stateAt(t + 1, state, row) + at] = value;
        }
  return all;
}
