import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { evaluate, fromArray, jit, mul, sum, type Tensor } from "../src/index.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Collects garbage in turns of its own, until nothing that can go is left. */
async function settle(): Promise<void> {
  for (let i = 0; i < 3; i++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    collect();
  }
}

test("a compiled function holds on to no argument, no result and nothing that its callers see", async () => {
  const double = jit((x: Tensor) => mul(x, 2));
  const call = async (): Promise<WeakRef<object>[]> => {
    const [argument, around] = [new Float32Array(1000), new Float32Array(1000)];
    // Recorded inside a function that has `around` in its scope.
    const inside = async (): Promise<Tensor> =>
      around.length > 0 ? double(fromArray(argument, [1000])) : fromArray(new Float32Array(1), [1]);
    const result = await inside();
    return [argument, around, (await result.data()) as Float32Array].map((held) => new WeakRef<object>(held));
  };
  const held = await call();
  await settle();
  expect(held.map((ref) => ref.deref())).toEqual([undefined, undefined, undefined]);
  expect((await (await double(fromArray(new Float32Array(1000).fill(1), [1000]))).data())[0]).toBe(2);
});

test("a program of expressions holds on to none of its values", async () => {
  const call = async (): Promise<WeakRef<object>[]> => {
    const leaf = new Float32Array(777);
    const y = sum(mul(fromArray(leaf, [777]), 3));
    await evaluate([y]);
    return [new WeakRef<object>(leaf), new WeakRef<object>(y)];
  };
  const held = await call();
  await settle();
  expect(held.map((ref) => ref.deref())).toEqual([undefined, undefined]);
});
