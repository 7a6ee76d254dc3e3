import {
  add,
  configure,
  exp,
  fromArray,
  greaterEqual,
  mul,
  reshape,
  slice,
  stopGradient,
  sub,
  type Tensor,
  where,
} from "@paperworks/tensor";
import { expect, test } from "vitest";
import { OpByOp } from "./op-by-op.ts";
import { stepForward } from "./vanilla-steps.ts";

configure({ threads: 1 });

const a = Float32Array.of(1, 2, 3, 4, 5, 6);
const b = Float32Array.of(2, -1, 0.5);

function example(x: Tensor, y: Tensor): Tensor[] {
  const row = reshape(slice(x, [{ axis: 0, start: 1, end: 2 }]), [3]);
  const sum = add(row, y);
  return [mul(exp(sub(1, sum)), y), stopGradient(sum), where(greaterEqual(row, 5), row, 1)];
}

test("op by op is the function as one program", async () => {
  const program = await OpByOp.compile(example, [[2, 3], [3]]);
  const targets = [0, 1, 2].map(() => new Float32Array(3));
  for (const scale of [1, 2]) {
    const x = a.map((value) => scale * value);
    await program.run([x, b], targets);
    const whole = example(fromArray(x, [2, 3]), fromArray(b, [3]));
    for (const [i, result] of whole.entries()) expect(targets[i]).toEqual(await result.data());
  }
});

test("every primitive is a call, and what only renames numbers is none", async () => {
  // add, sub, exp, mul, greaterEqual, where; not reshape, slice and stopGradient
  expect((await OpByOp.compile(example, [[2, 3], [3]])).calls).toBe(6);
  // R h, all gates' sums, four gates, two products and their sum, tanh(c), h
  expect((await stepForward("lstm", { batch: 1, heads: 2, dim: 4 })).calls).toBe(11);
});

test("results go to the arrays given, and an input handed through is copied", async () => {
  const program = await OpByOp.compile((x, y) => [add(x, y), x], [[3], [3]]);
  const targets = [new Float32Array(3), new Float32Array(3)];
  await program.run([b, b], targets);
  expect(targets).toEqual([b.map((value) => 2 * value), b]);
});
