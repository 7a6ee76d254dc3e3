import { afterEach, beforeEach, describe, expect, test } from "vitest";
import * as op from "../src/index.ts";
import { configure, fromArray, grad, jit, NonFiniteError, Parameter, tensor } from "../src/index.ts";

beforeEach(() => configure({ threads: 1, debug: true }));
afterEach(() => configure({ debug: false }));

describe("debug mode", () => {
  test("names the operation that made the first value that is not finite, its place and its line", async () => {
    const step = jit((x: op.Tensor) => op.sum(op.log(x.sub(1)).mul(0.5)));
    expect(await (await step(tensor([2, 3]))).item()).toBeCloseTo(Math.log(2) / 2, 5);
    const failure = step(fromArray(Float32Array.of(4, 3, 1), [3]));
    await expect(failure).rejects.toThrow(NonFiniteError);
    await expect(failure).rejects.toThrow(
      /^log recorded at .*debug\.test\.ts:\d+:\d+ made -Infinity at \[2\] of float32\[3\]$/,
    );
  });

  test("finds it in a gradient, and leaves the variables as they were", async () => {
    const weight = new Parameter(tensor([4, 0]));
    const step = jit(() => {
      const gradient = grad(op.sum(op.sqrt(weight)), weight);
      weight.assign(weight.sub(gradient.mul(0.1)));
    });
    await expect(step()).rejects.toThrow(/^div recorded at .* made Infinity at \[1\]/);
    expect(Array.from(await weight.data(), Number)).toEqual([4, 0]);
  });

  test("looks at expressions outside of programs, and says when an input was to blame", async () => {
    await expect(op.exp(tensor([1000])).data()).rejects.toThrow(/^exp recorded at .* made Infinity/);
    await expect(op.slice(tensor([Number.NaN, 1]), [{ axis: 0, end: 1 }]).data()).rejects.toThrow("slice");
  });

  test("is off unless asked for", async () => {
    configure({ debug: false });
    expect(await jit(() => op.log(tensor([0]).sum()))().then((t) => t.item())).toBe(-Infinity);
  });
});
