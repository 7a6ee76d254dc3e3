import { expect, test } from "vitest";
import {
  cellLayouts,
  hasRelaxedSimd,
  KernelInputError,
  KernelTileError,
  loadKernels,
  type RecurrentCell,
  type RecurrentShape,
  type RecurrentTiles,
  recurrentBackward,
  recurrentForward,
  referenceStates,
} from "../src/index.ts";

const cellNames = Object.keys(cellLayouts) as RecurrentCell[];

/** Numbers in [−0.5, 0.5], the same every time. */
function numbers(length: number, seed: number): Float32Array {
  let state = seed * 2_654_435_761;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32 - 0.5;
  });
}

function inputsOf({ cell, steps, batch, heads, dim }: RecurrentShape) {
  const { inputs, recurrent, planes } = cellLayouts[cell];
  return {
    x: numbers(steps * batch * inputs * heads * dim, 1),
    weights: numbers(recurrent * heads * dim * dim, 2),
    bias: numbers(planes.length * heads * dim, 3),
  };
}

const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);

const shapes: [Omit<RecurrentShape, "cell">, RecurrentTiles][] = [
  [
    { steps: 9, batch: 1, heads: 3, dim: 8 },
    { resident: 1, rows: 1, vectors: 2, block: 8 },
  ],
  [
    { steps: 9, batch: 3, heads: 2, dim: 8 },
    { resident: 2, rows: 3, vectors: 1, block: 4 },
  ],
  [
    { steps: 5, batch: 3, heads: 2, dim: 7 },
    { resident: 1, rows: 1, vectors: 1, block: 2 },
  ],
  [
    { steps: 1, batch: 2, heads: 1, dim: 1 },
    { resident: 1, rows: 2, vectors: 1, block: 4 },
  ],
  [
    { steps: 6, batch: 2, heads: 2, dim: 12 },
    { resident: 2, rows: 1, vectors: 3, block: 3 },
  ],
];

for (const cell of cellNames) {
  test.each(shapes)(`${cell}: both orders and both builds give the states of float64 (%#)`, async (sizes, tiles) => {
    const shape = { cell, ...sizes };
    const inputs = inputsOf(shape);
    const exact = referenceStates(shape, inputs);
    for (const relaxed of hasRelaxedSimd() ? [true, false] : [false])
      for (const order of ["fused", "alternating"] as const) {
        const { states } = recurrentForward(await loadKernels({ relaxed }), shape, inputs, { tiles, order });
        expect(largestDifference(states, exact)).toBeLessThan(2e-6);
      }
  });

  test.each(shapes)(`${cell}: gradients are finite differences in float64 (%#)`, async (sizes, tiles) => {
    const kernels = await loadKernels();
    const shape = { cell, ...sizes };
    const { steps, batch, heads, dim } = sizes;
    const inputs = inputsOf(shape);
    const outputs = numbers(steps * batch * heads * dim, 4);
    const { states, kept } = recurrentForward(kernels, shape, inputs, { tiles, keep: true });
    const row = batch * heads * dim;
    const stateCount = cellLayouts[cell].states.length;
    const loss = (x: ArrayLike<number>, bias: ArrayLike<number>): number => {
      const all = referenceStates(shape, { ...inputs, x, bias });
      return outputs.reduce(
        (sum, weight, i) => sum + weight * all[(Math.floor(i / row) + 1) * stateCount * row + (i % row)],
        0,
      );
    };
    for (const order of ["fused", "alternating"] as const) {
      const given = { weights: inputs.weights, states, kept: kept as Float32Array, outputs };
      const gradients = recurrentBackward(kernels, shape, given, { tiles, order }).planes;
      const planes = cellLayouts[cell].planes.length;
      const bias = new Float64Array(planes * heads * dim);
      for (const [i, value] of gradients.entries()) bias[i % bias.length] += value;
      for (let i = 0; i < bias.length; i++) {
        const at = (step: number): Float64Array => Float64Array.from(inputs.bias, (b, j) => (j === i ? b + step : b));
        const difference = (loss(inputs.x, at(1e-5)) - loss(inputs.x, at(-1e-5))) / 2e-5;
        expect(Math.abs(bias[i] - difference)).toBeLessThan(1e-4);
      }
      const { inputs: fed } = cellLayouts[cell];
      for (let i = 0; i < inputs.x.length; i += 5) {
        const at = (step: number): Float64Array => Float64Array.from(inputs.x, (x, j) => (j === i ? x + step : x));
        const difference = (loss(at(1e-5), inputs.bias) - loss(at(-1e-5), inputs.bias)) / 2e-5;
        const [record, rest] = [Math.floor(i / (fed * heads * dim)), i % (fed * heads * dim)];
        const plane = record * planes * heads * dim + (planes - fed) * heads * dim + rest;
        expect(Math.abs(gradients[plane] - difference)).toBeLessThan(1e-4);
      }
    }
  });
}

test("what a kernel cannot work on is refused with what would be right", async () => {
  const kernels = await loadKernels();
  const shape: RecurrentShape = { cell: "lstm", steps: 2, batch: 4, heads: 2, dim: 8 };
  const tiles = { resident: 1, rows: 1, vectors: 1, block: 8 };
  const inputs = inputsOf(shape);
  const run =
    (changed: Partial<RecurrentTiles>, given = inputs, of = shape) =>
    () =>
      recurrentForward(kernels, of, given, { tiles: { ...tiles, ...changed } });
  expect(run({ resident: 3 })).toThrow(/resident is 3; expected a divisor of 2/);
  expect(run({ block: 3 })).toThrow(KernelTileError);
  expect(run({ rows: 4, vectors: 2 })).toThrow(/no kernel has tiles of 4 gates × 4 rows × 2 vectors/);
  expect(run({}, { ...inputs, bias: new Float32Array(3) })).toThrow(/bias has 3 numbers; expected 64, \[4, 2, 8\]/);
  expect(run({}, inputs, { ...shape, steps: 0 })).toThrow(KernelInputError);
  expect(run({}, inputs, { ...shape, cell: "rnn" as RecurrentCell })).toThrow(
    /no cell "rnn"; expected elman, lstm, gru, slstm/,
  );
});

test("a state that dies away becomes 0 and never a denormal number", async () => {
  const shape: RecurrentShape = { cell: "lstm", steps: 400, batch: 1, heads: 1, dim: 4 };
  const { states } = recurrentForward(
    await loadKernels(),
    shape,
    {
      x: new Float32Array(400 * 16),
      weights: new Float32Array(64),
      bias: Float32Array.from({ length: 16 }, (_, i) => (i < 8 ? -1 : 0)),
      first: new Float32Array(8).fill(1),
    },
    { tiles: { resident: 1, rows: 1, vectors: 1, block: 4 } },
  );
  expect(states.some((value) => value !== 0 && Math.abs(value) < 1.2e-38)).toBe(false);
  expect([...states.slice(-8)]).toEqual(new Array(8).fill(0));
});
