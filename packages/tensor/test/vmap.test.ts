import { describe, expect, test } from "vitest";
import * as op from "../src/index.ts";
import { Buffer, configure, customVjp, fromArray, grad, jit, Parameter, type Tensor, vmap } from "../src/index.ts";
import { expectClose } from "./check.ts";
import { waveTensor } from "./expressions.ts";
import { reference } from "./reference.ts";

configure({ threads: 1 });

const examples = 3;
const batch = (shape: readonly number[], seed: number): Tensor => waveTensor([examples, ...shape], seed);
const shared = waveTensor;
const indices = (shape: readonly number[], below: number, lead: readonly number[] = [examples]): Tensor => {
  const all = [...lead, ...shape];
  const size = all.reduce((a, b) => a * b, 1);
  return fromArray(
    Int32Array.from({ length: size }, (_, i) => (i * 7 + 3) % below),
    all,
    "int32",
  );
};

/** Mapped inputs, and a function of one example of each. */
type Case = [name: string, inputs: Tensor[], fn: (...example: Tensor[]) => Tensor];

const w = shared([4, 5], 91);
const kernel = shared([2, 3, 3, 3], 92);
const [image, map, vector] = [() => batch([2, 3, 6, 5], 11), () => batch([4, 3], 12), () => batch([4], 13)];
const cases: Case[] = [
  [
    "arithmetic with tensors of other ranks",
    [vector(), map()],
    (v, m) =>
      op
        .sin(v.reshape([4, 1]))
        .mul(m)
        .add(shared([3], 1)),
  ],
  ["arithmetic of a low rank with a shared tensor of a high one", [vector()], (v) => shared([2, 3, 4], 2).mul(v)],
  ["comparison and choice", [map(), batch([3], 14)], (m, v) => op.where(op.greater(m, v), m, op.exp(v))],
  ["gelu and standardize", [map()], (m) => op.gelu(op.standardize(m))],
  [
    "sums, means, extrema and products",
    [map()],
    (m) => op.concat([m.sum(0), m.mean(-1), m.max(0), m.min(1), op.prod(m, 0)]),
  ],
  ["softmax, running sums, norms", [map()], (m) => op.softmax(m, 0).add(op.cumSum(m, 0)).mul(op.norm(m))],
  ["argMax", [map()], (m) => op.cast(op.argMax(m, 0), "float32")],
  [
    "products with a shared matrix, on either side",
    [map()],
    (m) => op.matmul(op.matmul(m.transpose(), w), op.matmul(w.transpose(), m)),
  ],
  ["products of two examples' matrices", [map(), batch([2, 3, 5], 15)], (m, n) => op.matmul(m, n)],
  [
    "reshape, permute, expand, pad, slice, flip, roll",
    [batch([2, 3, 4], 16)],
    (t) =>
      op
        .roll(
          op
            .flip(t.permute([2, 0, 1]).pad([{ axis: 1, before: 1, after: 2 }]), 0)
            .slice([{ axis: 2, start: 0, end: 3, step: 2 }]),
          1,
          0,
        )
        .reshape([-1])
        .expand([2, 40]),
  ],
  ["concat, stack, split", [vector(), vector()], (a, b) => op.stack(op.split(op.concat([a, b, shared([4], 3)]), 3))],
  ["gather of an example by shared indices", [batch([2, 5], 17)], (t) => op.gather(t, indices([3, 2], 5, []), 1)],
  [
    "gather of a shared table by an example's indices",
    [indices([2, 2], 5)],
    (i) => op.gather(shared([3, 5, 2], 4), i, 1),
  ],
  ["gather of an example by its own indices", [batch([2, 5, 3], 18), indices([2, 2], 5)], (t, i) => op.gather(t, i, 1)],
  [
    "segment sums, maxima and softmax",
    [batch([5, 2], 19), indices([5], 3)],
    (t, i) => op.concat([op.segmentSum(t, i, 3), op.maximum(op.segmentMax(t, i, 3), -9), op.segmentSoftmax(t, i, 3)]),
  ],
  [
    "takeAlongAxis and topK",
    [map()],
    (m) => op.concat([op.topK(m, 2, { axis: 0 }).values, op.takeAlongAxis(m, indices([2, 3], 4, []), 0)]),
  ],
  [
    "convolution with shared weights, stride and groups",
    [image()],
    (x) => op.conv(x, kernel, { padding: 1, stride: 2 }),
  ],
  [
    "convolution with an example's own weights",
    [image(), batch([2, 3, 2, 2], 20)],
    (x, k) => op.conv(x, k, { padding: "same" }),
  ],
  [
    "convolution of a shared input with an example's weights, in groups",
    [batch([6, 1, 2, 2], 21)],
    (k) => op.conv(shared([1, 3, 4, 4], 5), k, { groups: 3 }),
  ],
  ["transposed convolution", [image(), batch([3, 2, 2, 2], 22)], (x, k) => op.convTranspose(x, k, { stride: 2 })],
  ["pooling", [image()], (x) => op.maxPool(x, { kernel: 2 }).add(op.avgPool(x, { kernel: 2 }))],
  [
    "einsum and rearrange",
    [map(), batch([4, 2], 23)],
    (m, n) => op.rearrange(op.einsum("a b, a c -> b c", m, n), "b c -> (c b)"),
  ],
  [
    "a derivative by hand",
    [map()],
    (m) =>
      customVjp({
        forward: (t) => ({ outputs: [op.round(t.mul(3))], residuals: [t.sum(0)] }),
        backward: ([total], [g]) => [g?.mul(total)],
      })(m)[0],
  ],
];

describe("vmap", () => {
  test.each(cases)("over %s equals the function example by example, in value and gradient", (_, inputs, fn) => {
    const mapped = vmap(fn)(...inputs);
    const single = op.stack(Array.from({ length: examples }, (_, i) => fn(...inputs.map((t) => t.select(0, i)))));
    expect(mapped.shape).toEqual(single.shape);
    const wrt = [...inputs.filter(({ dtype }) => dtype === "float32"), w, kernel];
    const seed = waveTensor(mapped.shape, 77);
    const [left, right] = [mapped, single].map((y) => reference([y, ...grad(op.sum(y.mul(seed)), wrt)]));
    left.forEach((value, i) => {
      expectClose(i === 0 ? "value" : `gradient ${i - 1}`, value, right[i], 1e-10);
    });
  });

  test("gives the gradient of each example, in one program", async () => {
    const [layer, head] = [new Parameter(shared([3, 4], 31)), new Parameter(shared([2, 4, 3, 3], 32))];
    const loss = (x: Tensor, k: Tensor): Tensor =>
      op.sum(op.square(op.tanh(op.matmul(x, layer)))).add(op.sum(op.sin(op.conv(k, head))));
    const [xs, ks] = [batch([1, 3], 33), batch([1, 4, 5, 5], 34)];
    const step = jit((x: Tensor, k: Tensor) => vmap((a: Tensor, b: Tensor) => grad(loss(a, b), [layer, head]))(x, k));
    const all = await step(xs, ks);
    for (let i = 0; i < examples; i++) {
      const own = reference(grad(loss(xs.select(0, i), ks.select(0, i)), [layer, head]));
      for (const [j, gradient] of own.entries()) {
        const row = Float64Array.from((await all[j].data()) as Float32Array).subarray(i * gradient.length);
        expectClose(`example ${i}`, row.subarray(0, gradient.length), gradient, 1e-5);
      }
    }
  });

  test("maps twice, and gives results that do not depend on the examples to each of them", () => {
    const t = batch([4, 2], 41);
    const twice = vmap((rows: Tensor) => vmap((row: Tensor) => op.softmax(row, 0))(rows))(t);
    expectClose("rows", reference([twice])[0], reference([op.softmax(t, -1)])[0], 1e-12);
    expect(vmap((_: Tensor) => shared([2], 6))(t).shape).toEqual([examples, 2]);
  });

  test("refuses examples that differ in number, scalars, and assignments", () => {
    const add = vmap((a: Tensor, b: Tensor) => a.add(b));
    expect(() => add(op.zeros([3, 2]), op.zeros([4, 2]))).toThrow("got [3, 2], [4, 2]");
    expect(() => add(op.scalar(1), op.scalar(2))).toThrow("got [], []");
    const count = new Buffer(op.scalar(0));
    count.label = "count";
    expect(() =>
      vmap((a: Tensor) => {
        count.assign(a.sum());
        return a;
      })(op.zeros([3, 2])),
    ).toThrow("assigns count");
  });
});
