import { configure, fromArray, Generator, select, type Tensor } from "@paperworks/tensor";
import { expect, test } from "vitest";
import { CausalConvolution } from "./causal-convolution.ts";

configure({ threads: 1 });

const x: Tensor = fromArray(new Generator(3).hostNormal(2 * 7 * 5), [2, 7, 5]);

test("token by token a causal convolution gives the outputs of the whole sequence", async () => {
  const convolution = new CausalConvolution({ dim: 5, kernel: 4 });
  const whole = convolution.forward(x);
  let state = convolution.initialState(2);
  for (let t = 0; t < 7; t++) {
    const next = convolution.step(select(x, 1, t), state);
    state = next.state;
    const [got, wanted] = await Promise.all([next.output.data(), select(whole, 1, t).data()]);
    (got as Float32Array).forEach((value, i) => {
      expect(value).toBeCloseTo((wanted as Float32Array)[i], 5);
    });
  }
});

test("a kernel of 1 scales each channel", async () => {
  const convolution = new CausalConvolution({ dim: 5, kernel: 1, bias: false });
  const [y, input, weight] = await Promise.all([convolution.forward(x).data(), x.data(), convolution.weight.data()]);
  (y as Float32Array).forEach((value, i) => {
    expect(value).toBeCloseTo((input as Float32Array)[i] * (weight as Float32Array)[i % 5], 5);
  });
});
