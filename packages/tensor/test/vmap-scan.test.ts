import { expect, test } from "vitest";
import * as op from "../src/index.ts";
import { configure, grad, jit, Parameter, scan, type Tensor, vmap } from "../src/index.ts";
import { schedule } from "../src/onnx/lower.ts";
import { expectClose } from "./check.ts";
import { waveTensor } from "./expressions.ts";
import { reference } from "./reference.ts";

configure({ threads: 1 });

const examples = 3;
const each = (shape: readonly number[], seed: number): Tensor => waveTensor([examples, ...shape], seed);
const weights = waveTensor([3, 3], 91);
const sequence = waveTensor([4, 3], 92);

const recurrence =
  (v: Tensor) =>
  (h: Tensor, x: Tensor): { carry: Tensor; output: Tensor } => {
    const next = op.tanh(
      op
        .matmul(h.reshape([1, 3]), weights)
        .reshape([3])
        .add(x.mul(v)),
    );
    return { carry: next, output: op.sin(next).sum() };
  };

/** What differs among the examples, and a loop over one example of it. */
const cases: [name: string, inputs: Tensor[], fn: (...example: Tensor[]) => { carry: Tensor; outputs: Tensor }][] = [
  [
    "the first carry, the scanned tensor and a capture",
    [each([3], 1), each([4, 3], 2), each([3], 3)],
    (h, xs, v) => scan(recurrence(v), h, xs),
  ],
  ["the first carry alone", [each([3], 4)], (h) => scan(recurrence(weights.select(0, 1)), h, sequence)],
  [
    "the scanned tensor alone",
    [each([4, 3], 5)],
    (xs) => scan(recurrence(weights.select(0, 1)), sequence.select(0, 0), xs),
  ],
  ["a capture alone", [each([3], 6)], (v) => scan(recurrence(v), sequence.select(0, 0), sequence)],
  [
    "a loop from the last step to the first",
    [each([3], 7), each([4, 3], 8)],
    (h, xs) => scan(recurrence(weights.select(0, 2)), h, xs, { reverse: true }),
  ],
  [
    "a loop that computes its steps again in reverse mode",
    [each([3], 9), each([4, 3], 10)],
    (h, xs) => scan(recurrence(weights.select(0, 2)), h, xs, { rematerialise: true }),
  ],
  [
    "an output that is the same for all examples, and one that is the scanned slice",
    [each([3], 11)],
    (h) => {
      const step = (carry: Tensor, x: Tensor) => ({ carry: carry.mul(0.5), output: x.mul(2) });
      return scan(step, h, sequence);
    },
  ],
  [
    "a loop in a loop",
    [each([3], 12), each([2, 4, 3], 13)],
    (h, xs) =>
      scan(
        (carry: Tensor, inner: Tensor) => {
          const { carry: next, outputs } = scan(recurrence(weights.select(0, 0)), carry, inner);
          return { carry: next, output: outputs.sum() };
        },
        h,
        xs,
      ),
  ],
  [
    "a loop without a scanned tensor",
    [each([3], 14)],
    (h) => scan((carry: Tensor, _: Tensor[]) => ({ carry: op.sin(carry), output: carry.sum() }), h, [], { length: 3 }),
  ],
];

test.each(cases)("a mapped loop over %s equals the loops of the examples, in values and gradients", (_, inputs, fn) => {
  const mapped = vmap(fn)(...inputs);
  const singles = Array.from({ length: examples }, (_, i) => fn(...inputs.map((t) => t.select(0, i))));
  const single = { carry: op.stack(singles.map((r) => r.carry)), outputs: op.stack(singles.map((r) => r.outputs)) };
  expect(mapped.carry.shape).toEqual(single.carry.shape);
  expect(mapped.outputs.shape).toEqual(single.outputs.shape);
  const [left, right] = [mapped, single].map(({ carry, outputs }) => {
    const loss = op.sum(carry.mul(waveTensor(carry.shape, 77))).add(op.sum(outputs.mul(waveTensor(outputs.shape, 78))));
    return reference([carry, outputs, ...grad(loss, [...inputs, weights, sequence])]);
  });
  left.forEach((value, i) => {
    expectClose(["carry", "outputs"][i] ?? `gradient ${i - 2}`, value, right[i], 1e-10);
  });
});

test("a mapped loop is one loop over steps, with no loop over examples in it", () => {
  const { carry } = vmap((h: Tensor, xs: Tensor) => scan(recurrence(sequence.select(0, 1)), h, xs))(
    each([3], 1),
    each([4, 3], 2),
  );
  const loops = schedule([carry]).filter(({ primitive }) => primitive.name === "scan");
  expect(loops.length).toBe(1);
  const { body, length } = loops[0].attributes as {
    body: { nodes(): { primitive: { name: string } }[] };
    length: number;
  };
  expect(length).toBe(4);
  expect(body.nodes().map(({ primitive }) => primitive.name)).not.toContain("scan");
});

test("the gradients of each example through a loop come from one program", async () => {
  const layer = new Parameter(weights);
  const loss = (h: Tensor, xs: Tensor): Tensor =>
    scan(
      (carry: Tensor, x: Tensor) => {
        const next = op.tanh(op.matmul(carry, layer).add(x));
        return { carry: next, output: op.square(next).sum() };
      },
      h,
      xs,
    ).outputs.sum();
  const [hs, xss] = [each([1, 3], 21), each([4, 1, 3], 22)];
  const step = jit((a: Tensor, b: Tensor) => vmap((h: Tensor, xs: Tensor) => grad(loss(h, xs), layer))(a, b));
  const all = (await (await step(hs, xss)).data()) as Float32Array;
  for (let i = 0; i < examples; i++) {
    const [own] = reference([grad(loss(hs.select(0, i), xss.select(0, i)), layer)]);
    expectClose(`example ${i}`, all.subarray(9 * i, 9 * i + 9), own, 1e-5);
  }
});
