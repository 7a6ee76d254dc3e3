import { cellLayouts, loadKernels, type RecurrentShape, referenceStates } from "@paperworks/kernels";
import { Lstm } from "@paperworks/nn";
import { configure, DomainError, fromArray, Generator, ShapeError, type Tensor, zeros } from "@paperworks/tensor";
import { expect, test } from "vitest";
import { type Cell, cells } from "./cells.ts";
import { backends, type FlashRnnOptions, flashRnn, flashRnnBackward } from "./flash-rnn.ts";

configure({ threads: 1 });

type Sizes = Omit<RecurrentShape, "cell">;

const cellNames = Object.keys(cells) as Cell[];
const generator = new Generator(5);
const normal = (shape: number[], scale = 0.5): Tensor => {
  const values = generator.hostNormal(shape.reduce((a, b) => a * b, 1));
  return fromArray(
    values.map((value) => scale * value),
    shape,
  );
};

function inputsOf(cell: Cell, { steps, batch, heads, dim }: Sizes) {
  const { recurrent, inputs, planes } = cellLayouts[cell];
  return {
    wx: normal([steps, batch, inputs, heads, dim]),
    r: normal([recurrent, heads, dim, dim]),
    bias: normal([planes.length, heads, dim]),
  };
}

const run = ({ wx, r, bias }: { wx: Tensor; r: Tensor; bias: Tensor }, options: FlashRnnOptions) =>
  flashRnn(wx, r, bias, options);

const values = async (tensor: Tensor): Promise<Float32Array> => (await tensor.data()) as Float32Array;

/** The largest difference, in units of the largest value where that is above 1. */
async function distance(a: Tensor, b: Tensor | ArrayLike<number>): Promise<number> {
  const [mine, its] = [await values(a), "data" in b ? await values(b as Tensor) : (b as ArrayLike<number>)];
  let [most, scale] = [0, 1];
  for (let i = 0; i < mine.length; i++) {
    most = Math.max(most, Math.abs(mine[i] - its[i]));
    scale = Math.max(scale, Math.abs(its[i]));
  }
  expect(mine.length).toBe(its.length);
  return most / scale;
}

const shapes: Sizes[] = [
  { steps: 7, batch: 1, heads: 3, dim: 6 },
  { steps: 5, batch: 3, heads: 2, dim: 5 },
  { steps: 1, batch: 3, heads: 1, dim: 8 },
];

for (const cell of cellNames) {
  test.each(shapes)(`${cell}: all backends give the states of float64 to 1e-5 (%#)`, async (sizes) => {
    const inputs = inputsOf(cell, sizes);
    const exact = referenceStates(
      { cell, ...sizes },
      { x: await values(inputs.wx), weights: await values(inputs.r), bias: await values(inputs.bias) },
    );
    for (const backend of backends) {
      const { states, outputs, last } = await run(inputs, { cell, backend });
      expect(await distance(states, exact)).toBeLessThan(1e-5);
      const row = sizes.batch * sizes.heads * sizes.dim;
      const count = cells[cell].states.length;
      expect(await distance(last, exact.slice(-count * row))).toBeLessThan(1e-5);
      const hidden = Array.from({ length: sizes.steps }, (_, t) => [
        ...exact.slice((t + 1) * count * row, ((t + 1) * count + 1) * row),
      ]).flat();
      expect(await distance(outputs, hidden)).toBeLessThan(1e-5);
    }
  });

  test.each(shapes)(
    `${cell}: all backends give one gradient to 1e-4, that of finite differences in float64 (%#)`,
    async (sizes) => {
      const inputs = inputsOf(cell, sizes);
      const { steps, batch, heads, dim } = sizes;
      const row = batch * heads * dim;
      const count = cells[cell].states.length;
      const weights = normal([steps, batch, heads, dim]);
      // A gradient of the last states as well, of h alone.
      const last = await values(normal([count, batch, heads, dim]));
      last.fill(0, row);
      const options = { cell, last: fromArray(last, [count, batch, heads, dim]) };
      const given = [await values(inputs.wx), await values(inputs.r), await values(inputs.bias)];
      const outside = await values(weights);
      const loss = (place: number, at: number, by: number): number => {
        const moved = given.map((array, i) => {
          const wide = Float64Array.from(array);
          if (i === place) wide[at] += by;
          return wide;
        });
        const all = referenceStates({ cell, ...sizes }, { x: moved[0], weights: moved[1], bias: moved[2] });
        let sum = 0;
        for (let i = 0; i < outside.length; i++)
          sum += outside[i] * all[(Math.floor(i / row) + 1) * count * row + (i % row)];
        for (let i = 0; i < row; i++) sum += last[i] * all[steps * count * row + i];
        return sum;
      };
      const gradients = await Promise.all(
        backends.map(async (backend) => {
          const forward = await run(inputs, { cell, backend, keepGates: true });
          return flashRnnBackward(inputs.r, forward, weights, { ...options, backend });
        }),
      );
      for (const other of gradients.slice(1))
        for (const name of ["wx", "r", "bias", "states"] as const)
          expect(await distance(other[name], gradients[0][name])).toBeLessThan(1e-4);
      for (const [place, name] of (["wx", "r", "bias"] as const).entries()) {
        const gradient = await values(gradients[3][name]);
        for (let i = 0; i < gradient.length; i += 1 + Math.floor(gradient.length / 16)) {
          const difference = (loss(place, i, 1e-5) - loss(place, i, -1e-5)) / 2e-5;
          expect(Math.abs(gradient[i] - difference)).toBeLessThan(1e-4);
        }
      }
    },
  );
}

test("the states given before the first step are those a sequence in two parts carries over, on the way back too", async () => {
  for (const cell of cellNames) {
    const inputs = inputsOf(cell, { steps: 6, batch: 2, heads: 2, dim: 4 });
    const part = (start: number, end: number) => ({
      ...inputs,
      wx: fromArray((inputs.wx.held as Float32Array).slice(start * row, end * row), [
        end - start,
        ...inputs.wx.shape.slice(1),
      ]),
    });
    const row = inputs.wx.size / 6;
    const whole = await run(inputs, { cell, keepGates: true });
    const first = await run(part(0, 4), { cell, keepGates: true });
    const second = await run(part(4, 6), { cell, states: first.last, keepGates: true });
    expect(await distance(second.last, whole.last)).toBeLessThan(1e-6);
    const weights = normal([6, 2, 2, 4]);
    const cut = (start: number, end: number) =>
      fromArray((weights.held as Float32Array).slice(start * 16, end * 16), [end - start, 2, 2, 4]);
    const all = await flashRnnBackward(inputs.r, whole, weights, { cell });
    const later = await flashRnnBackward(inputs.r, second, cut(4, 6), { cell });
    const earlier = await flashRnnBackward(inputs.r, first, cut(0, 4), { cell, last: later.states });
    const wx = await values(all.wx);
    expect(await distance(earlier.wx, wx.slice(0, 4 * row))).toBeLessThan(1e-5);
    expect(await distance(later.wx, wx.slice(4 * row))).toBeLessThan(1e-5);
  }
});

test("N heads are one dense network whose R is block-diagonal", async () => {
  const [heads, dim, steps] = [3, 4, 8];
  for (const cell of cellNames) {
    const { wx, r, bias } = inputsOf(cell, { steps, batch: 2, heads, dim });
    const { recurrent } = cellLayouts[cell];
    const width = heads * dim;
    const dense = new Float32Array(recurrent * width * width);
    for (const [i, value] of (await values(r)).entries()) {
      const [gate, head, row, column] = [dim * dim * heads, dim * dim, dim, 1].map(
        (size, axis) => Math.floor(i / size) % [recurrent, heads, dim, dim][axis],
      );
      dense[(gate * width + head * dim + row) * width + head * dim + column] = value;
    }
    const merged = (x: Tensor) => fromArray(x.held as Float32Array, [...x.shape.slice(0, -2), 1, width]);
    const blocks = await run({ wx, r, bias }, { cell });
    const one = await run(
      { wx: merged(wx), r: fromArray(dense, [recurrent, 1, width, width]), bias: merged(bias) },
      { cell },
    );
    expect(await distance(one.states, await values(blocks.states))).toBeLessThan(1e-6);
  }
});

test("one head is the LSTM of nn, its gates i, f, g, o in the order i, f, z, o", async () => {
  const [inputSize, hiddenSize, steps, batch] = [3, 6, 9, 2];
  const lstm = new Lstm({ inputSize, hiddenSize });
  const x = normal([batch, steps, inputSize]);
  const { outputs } = lstm.forward(x);
  const projected = x.matmul(lstm.inputWeight).add(lstm.inputBias.add(lstm.stateBias));
  const wx = projected.reshape([batch, steps, 4, 1, hiddenSize]).permute([1, 0, 2, 3, 4]);
  const r = lstm.stateWeight.transpose().reshape([4, 1, hiddenSize, hiddenSize]);
  const own = await flashRnn(wx, r, zeros([4, 1, hiddenSize]), { cell: "lstm" });
  const rows = own.outputs.reshape([steps, batch, hiddenSize]).permute([1, 0, 2]);
  expect(await distance(rows, outputs)).toBeLessThan(1e-6);
});

test("sLSTM: a constant added to i at every step moves m by it and leaves h, c and n", async () => {
  const sizes = { steps: 12, batch: 2, heads: 2, dim: 4 };
  const inputs = inputsOf("slstm", sizes);
  const row = 8;
  const moved = (inputs.wx.held as Float32Array).map((x, i) => (Math.floor(i / row) % 4 === 0 ? x + 3.5 : x));
  const shifted = { ...inputs, wx: fromArray(moved, inputs.wx.shape) };
  for (const backend of backends) {
    const [a, b] = [await run(inputs, { cell: "slstm", backend }), await run(shifted, { cell: "slstm", backend })];
    const [before, after] = [await values(a.states), await values(b.states)];
    for (let i = 4 * 2 * row; i < before.length; i++) {
      const isM = Math.floor(i / (2 * row)) % 4 === 3;
      expect(Math.abs(after[i] - before[i] - (isM ? 3.5 : 0))).toBeLessThan(1e-5);
    }
  }
});

test("sLSTM: h stays finite for i = 200, whose plain exponential would overflow, forward and back", async () => {
  const sizes = { steps: 5, batch: 1, heads: 1, dim: 4 };
  const inputs = inputsOf("slstm", sizes);
  const high = (inputs.wx.held as Float32Array).map((x, i) => (Math.floor(i / 4) % 4 === 0 ? 200 : x));
  for (const backend of backends) {
    const forward = await run(
      { ...inputs, wx: fromArray(high, inputs.wx.shape) },
      { cell: "slstm", backend, keepGates: true },
    );
    expect((await values(forward.outputs)).every((h) => Number.isFinite(h) && Math.abs(h) <= 1)).toBe(true);
    const back = await flashRnnBackward(inputs.r, forward, normal([5, 1, 1, 4]), { cell: "slstm", backend });
    expect((await values(back.wx)).every(Number.isFinite)).toBe(true);
  }
});

test("an LSTM that forgets nothing and takes nothing in keeps c over 1,024 steps", async () => {
  const [heads, dim] = [2, 4];
  const bias = Float32Array.from(
    { length: 4 * heads * dim },
    (_, i) => [-100, 100, 0, 0][Math.floor(i / (heads * dim))],
  );
  const first = normal([2, 1, heads, dim]);
  for (const backend of backends) {
    const { last } = await flashRnn(
      zeros([1024, 1, 4, heads, dim]),
      zeros([4, heads, dim, dim]),
      fromArray(bias, [4, heads, dim]),
      { cell: "lstm", backend, states: first },
    );
    const cellState = heads * dim;
    expect(
      await distance(
        fromArray((await values(last)).slice(cellState), [cellState]),
        (await values(first)).slice(cellState),
      ),
    ).toBeLessThan(1e-6);
  }
});

test("every tile gives the same", async () => {
  const inputs = inputsOf("lstm", { steps: 4, batch: 2, heads: 4, dim: 12 });
  const { states } = await run(inputs, { cell: "lstm", backend: "scan" });
  const kernels = await loadKernels();
  for (const resident of [1, 2, 4])
    for (const rows of [1, 2])
      for (const vectors of [1, 3])
        for (const block of [3, 12]) {
          if (!kernels.hasProduct(4, rows, vectors)) continue;
          const tiled = await run(inputs, { cell: "lstm", tiles: { resident, rows, vectors, block } });
          expect(await distance(tiled.states, states)).toBeLessThan(1e-5);
        }
});

test("what does not fit is refused with what would", async () => {
  const inputs = inputsOf("lstm", { steps: 2, batch: 1, heads: 2, dim: 4 });
  const refused = (changed: Partial<typeof inputs>, options: FlashRnnOptions = { cell: "lstm" }) =>
    expect(() => run({ ...inputs, ...changed }, options)).rejects;
  await refused({}, { cell: "rnn" as Cell }).toThrow(/no cell "rnn"; expected elman, lstm, gru, slstm/);
  await refused({}, { cell: "lstm", backend: "cuda" as "fused" }).toThrow(DomainError);
  await refused({ wx: zeros([2, 1, 4, 2, 0]) }).toThrow(/each at least 1, got \[2, 1, 4, 2, 0\]/);
  await refused({ wx: zeros([2, 1, 3, 2, 4]) }).toThrow(/feeds 4 gates \(i, f, z, o\), got 3 in wx/);
  await refused({ r: zeros([4, 2, 4, 5]) }).toThrow(/r of lstm is \[4, 2, 4, 4\], got \[4, 2, 4, 5\]/);
  await refused({ bias: zeros([3, 2, 4]) }).toThrow(ShapeError);
  await refused({}, { cell: "lstm", states: zeros([1, 1, 2, 4]) }).toThrow(/states is \[2, 1, 2, 4\]/);
  const forward = await run(inputs, { cell: "lstm" });
  await expect(() => flashRnnBackward(inputs.r, forward, zeros([2, 1, 2, 4]), { cell: "lstm" })).rejects.toThrow(
    /keepGates/,
  );
});
