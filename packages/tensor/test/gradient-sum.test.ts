import * as fc from "fast-check";
import { expect, test } from "vitest";
import { add, configure, cost, grad, jit, mul, select, slice, sum, type Tensor, tensor } from "../src/index.ts";

configure({ threads: 1 });

/** A loss that reads some ranges of the last axis of x [2, n], each with a weight of its own, and all of x once if `whole`. */
interface Reading {
  length: number;
  ranges: readonly { start: number; end: number }[];
  whole: boolean;
}

const lossOf =
  ({ ranges, whole }: Reading) =>
  (x: Tensor): Tensor => {
    const parts = ranges.map(({ start, end }, k) => sum(mul(slice(x, [{ axis: 1, start, end }]), k + 2)));
    return [...parts, ...(whole ? [sum(x)] : [])].reduce(add);
  };

const readings = fc.integer({ min: 1, max: 9 }).chain((length) =>
  fc.record({
    length: fc.constant(length),
    ranges: fc.array(
      fc.tuple(fc.nat(length), fc.nat(length)).map(([a, b]) => ({ start: Math.min(a, b), end: Math.max(a, b) })),
      { minLength: 1, maxLength: 5 },
    ),
    whole: fc.boolean(),
  }),
);

test("the gradient of a value read in any slices is the sum of theirs", async () => {
  await fc.assert(
    fc.asyncProperty(readings, async (reading) => {
      const loss = lossOf(reading);
      const x = tensor(new Float32Array(2 * reading.length), { shape: [2, reading.length] });
      const gradient = await (await jit((at: Tensor) => grad(loss(at), at))(x)).data();
      const row = Array.from({ length: reading.length }, (_, i) =>
        reading.ranges.reduce((n, { start, end }, k) => n + (i >= start && i < end ? k + 2 : 0), reading.whole ? 1 : 0),
      );
      expect(Array.from(gradient, Number)).toEqual([...row, ...row]);
    }),
    { numRuns: 60 },
  );
});

test("the gradients of slices that do not overlap are put side by side, with zeros in the gaps and no additions", () => {
  const x = tensor(new Float32Array(12), { shape: [12] });
  const ranges = [
    [6, 9],
    [0, 2],
    [2, 5],
  ];
  const step = (at: Tensor): Tensor => {
    const parts = ranges.map(([start, end]) => sum(mul(slice(at, [{ axis: 0, start, end }]), start + 1)));
    return grad(parts.reduce(add), at);
  };
  const names = cost(step, x).operations.map(({ operation }) => operation);
  expect(names).toContain("concat");
  expect(names).not.toContain("add");
});

test("the gradient of a sequence read step by step is its steps side by side", () => {
  const step = (xs: Tensor): Tensor => {
    const states = [0, 1, 2, 3].map((t) => select(xs, 0, t));
    return grad(sum(states.reduce(mul)), xs);
  };
  const rows = cost(step, tensor(new Float32Array(12), { shape: [4, 3] })).operations;
  expect(rows.find(({ operation }) => operation === "concat")).toMatchObject({ count: 1 });
  for (const name of ["add", "pad"]) expect(rows.map(({ operation }) => operation)).not.toContain(name);
});
