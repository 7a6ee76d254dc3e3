import { expect, test } from "vitest";
import * as op from "../src/index.ts";
import { configure, customVjp, evaluate, fromArray, grad, straightThrough, type Tensor, tensor } from "../src/index.ts";
import { expectClose } from "./check.ts";

configure({ threads: 1 });

const list = (t: Tensor): number[] => Array.from(t.held as Float32Array);

test("a custom derivative replaces that of the value, for several outputs and inputs", async () => {
  const f = customVjp({
    forward: (x, y) => ({ outputs: [x.mul(y), op.sin(x)], residuals: [y] }),
    backward: ([y], [first, second]) => [(first as Tensor).mul(y).add((second as Tensor).mul(100)), undefined],
  });
  const [x, y] = [tensor([1, 2]), tensor([3, 4])];
  const [product, wave] = f(x, y);
  const [gx, gy] = grad(op.sum(product).add(op.sum(wave)), [x, y]);
  await evaluate([product, gx, gy]);
  expect(list(product)).toEqual([3, 8]);
  expect(list(gx)).toEqual([103, 104]);
  expect(list(gy)).toEqual([0, 0]);
});

test("an output that no loss depends on comes to the backward pass without a gradient", async () => {
  const seen: boolean[][] = [];
  const f = customVjp({
    forward: (x) => ({ outputs: [x.mul(2), x.mul(3)] }),
    backward: (_, gradients) => {
      seen.push(gradients.map((g) => g !== undefined));
      return [gradients[1]?.mul(3)];
    },
  });
  const x = tensor([1]);
  const slope = grad(op.sum(f(x)[1]), x);
  expect(await slope.item()).toBe(3);
  expect(seen).toEqual([[false, true]]);
});

test("residuals may be small whole numbers, and are read in the backward pass", async () => {
  const compressed = customVjp({
    forward: (x) => ({ outputs: [op.relu(x)], residuals: [op.cast(op.greater(x, 0), "uint8")] }),
    backward: ([mask], [g]) => [g?.mul(op.cast(mask, "float32"))],
  });
  const x = fromArray(
    Float32Array.from({ length: 20 }, (_, i) => i - 9.5),
    [20],
  );
  const slope = grad(op.sum(compressed(x)[0].mul(2)), x);
  expect(Array.from((await slope.data()) as Float32Array)).toEqual(
    Array.from({ length: 20 }, (_, i) => (i < 10 ? 0 : 2)),
  );
});

test("a custom derivative is differentiated again through its backward pass", async () => {
  const cube = customVjp({
    forward: (x) => ({ outputs: [x.mul(x).mul(x)], residuals: [x] }),
    backward: ([x], [g]) => [g?.mul(x.mul(x).mul(3))],
  });
  const x = tensor([2]);
  const [first] = [grad(op.sum(cube(x)[0]), x)];
  expect(await first.item()).toBe(12);
});

test("a custom derivative works inside a loop, with and without rematerialisation", async () => {
  const spike = customVjp({
    forward: (v) => ({ outputs: [op.cast(op.greater(v, 1), "float32")], residuals: [v] }),
    backward: ([v], [g]) => [g && op.div(g, op.square(op.abs(v.sub(1)).add(1)))],
  });
  const xs = tensor([[0.6], [0.7], [0.8]]);
  const run = (loop: (step: (v: Tensor, x: Tensor) => { carry: Tensor; output: Tensor }) => Tensor) =>
    grad(
      op.sum(
        loop((v, x) => {
          const charged = v.mul(0.9).add(x);
          const fired = spike(charged)[0];
          return { carry: charged.sub(fired), output: fired };
        }),
      ),
      xs,
    );
  const start = tensor([0.2]);
  const unrolled = run((step) => {
    let v = start;
    const outputs: Tensor[] = [];
    for (let i = 0; i < 3; i++) {
      const result = step(v, xs.select(0, i));
      v = result.carry;
      outputs.push(result.output);
    }
    return op.stack(outputs);
  });
  const loops = [false, true].map((rematerialise) =>
    run((step) => op.scan(step, start, xs, { rematerialise }).outputs),
  );
  await evaluate([unrolled, ...loops]);
  for (const loop of loops) expectClose("gradient", list(loop), list(unrolled), 1e-6);
  expect(list(unrolled).some((value) => value !== 0)).toBe(true);
});

test("a backward pass that gives the wrong number or shape of gradients is refused", () => {
  const x = tensor([1, 2]);
  const few = customVjp({ forward: (a) => ({ outputs: [a] }), backward: () => [] });
  expect(() => grad(op.sum(few(x)[0]), x)).toThrow(/backward gave 0 gradients for 1 inputs/);
  const odd = customVjp({ forward: (a) => ({ outputs: [a] }), backward: () => [tensor([1])] });
  expect(() => grad(op.sum(odd(x)[0]), x)).toThrow(/gradient 0 has shape \[1\], its input \[2\]/);
});

test("straight through: the value of the hard, the gradient of the soft", async () => {
  const x = tensor([-0.4, 0.6]);
  const y = straightThrough(op.round(x), op.sigmoid(x));
  const slope = grad(op.sum(y), x);
  const expected = grad(op.sum(op.sigmoid(x)), x);
  await evaluate([y, slope, expected]);
  expect(list(y).map((v) => v + 0)).toEqual([0, 1]);
  expect(list(slope)).toEqual(list(expected));
});
