import { describe, expect, test } from "vitest";
import * as op from "../src/index.ts";
import { configure, exportOnnx, jit, Parameter, scan, type Tensor } from "../src/index.ts";
import { loadModel } from "../src/load-model.ts";
import { expectClose } from "./check.ts";
import { waveTensor } from "./expressions.ts";

configure({ threads: 1 });

const parameter = (shape: number[], phase: number): Parameter => new Parameter(waveTensor(shape, phase).mul(0.5));

interface Model {
  name: string;
  shape: number[];
  forward(inputs: { x: Tensor }): Tensor;
}

const [w, u, kernel, head] = [
  parameter([6, 6], 1),
  parameter([4, 6], 2),
  parameter([4, 2, 3, 3], 3),
  parameter([4, 5], 4),
];
const [wq, wk, wv] = [1, 2, 3].map((phase) => parameter([6, 6], phase));
const split = (t: Tensor) => op.rearrange(t, "b n (h d) -> b h n d", { h: 2 });
const models: Model[] = [
  { name: "a perceptron", shape: [6], forward: ({ x }) => op.softmax(op.relu(op.matmul(x, w))) },
  {
    name: "a convolution net",
    shape: [2, 8, 8],
    forward: ({ x }) =>
      op.matmul(op.globalAveragePool(op.maxPool(op.relu(op.conv(x, kernel, { padding: 1 })), { kernel: 2 })), head),
  },
  {
    name: "an attention block",
    shape: [5, 6],
    forward: ({ x }) => {
      const [q, k, v] = [wq, wk, wv].map((weight) => split(op.matmul(op.standardize(x), weight)));
      const scores = op.where(op.triangle(5), op.matmul(q, k.transpose()), -1e9);
      return x.add(op.rearrange(op.matmul(op.softmax(scores), v), "b h n d -> b n (h d)"));
    },
  },
  {
    name: "a recurrent net in a loop, with a state of zeros",
    shape: [7, 4],
    forward: ({ x }) => {
      const step = (h: Tensor, token: Tensor) => {
        const next = op.tanh(op.matmul(h, w).add(op.matmul(token, u)));
        return { carry: next, output: next };
      };
      return scan(step, op.zeros([x.shape[0], 6]), x.permute([1, 0, 2])).carry;
    },
  },
];

describe.each(models)("$name, exported for any batch", ({ shape, forward }) => {
  test("has a free first axis and gives for 1 and for 3 examples what the engine gives", async () => {
    const bytes = await exportOnnx(forward, { x: waveTensor([2, ...shape], 1) }, { batched: true });
    const model = await loadModel(bytes);
    expect(model.inputs).toEqual([{ name: "x", dtype: "float32", shape: [null, ...shape] }]);
    expect(model.outputs[0].shape[0]).toBe(null);
    for (const batch of [1, 3]) {
      const x = waveTensor([batch, ...shape], batch);
      const expected = await jit(forward)({ x });
      const { output } = await model.run({ x: x.held as Float32Array });
      expect(output.shape).toEqual(expected.shape);
      expectClose("output", output.data, Array.from((await expected.data()) as Float32Array), 1e-5);
    }
    await model.dispose();
  });
});

test("one input of two may be free", async () => {
  const forward = ({ x, scale }: Record<string, Tensor>) => x.mul(scale);
  const bytes = await exportOnnx(forward, { x: waveTensor([2, 3], 1), scale: waveTensor([3], 2) }, { batched: ["x"] });
  const model = await loadModel(bytes);
  expect(model.inputs.map(({ shape }) => shape)).toEqual([[null, 3], [3]]);
  const { output } = await model.run({ x: Float32Array.of(1, 2, 3, 4, 5, 6), scale: Float32Array.of(1, 10, 100) });
  expect(Array.from(output.data, Number)).toEqual([1, 20, 300, 4, 50, 600]);
});

test("a model whose constants fit one batch only is refused", async () => {
  const forward = ({ x }: { x: Tensor }) =>
    x.mul(op.reshape(op.arange(x.shape[0], { dtype: "float32" }), [x.shape[0], 1]));
  await expect(exportOnnx(forward, { x: waveTensor([2, 3], 1) }, { batched: true })).rejects.toThrow(
    /cannot take any batch size/,
  );
});

test("a batched input that is not there is refused with the names that are", async () => {
  const exporting = exportOnnx(({ x }) => x.mul(2), { x: waveTensor([2, 3], 1) }, { batched: ["y"] });
  await expect(exporting).rejects.toThrow(/y is batched but is no input with an axis; the inputs are x/);
});
