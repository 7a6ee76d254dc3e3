import { abs, configure, evaluate, fromArray, Generator, grad, max, select, sub, sum } from "@paperworks/tensor";
import { expect, test } from "vitest";
import { parameterCount, parameters } from "../module.ts";
import { SelectiveStateSpace } from "./selective-state-space.ts";

configure({ threads: 1 });

const x = fromArray(new Generator(2).hostNormal(2 * 11 * 8), [2, 11, 8]);

test("token by token the outputs are those of the whole sequence", async () => {
  const layer = new SelectiveStateSpace({ dim: 8, states: 4 });
  const whole = layer.forward(x);
  let state = layer.initialState(2);
  for (let t = 0; t < 11; t++) {
    const next = layer.step(select(x, 1, t), state);
    await evaluate([next.output, next.state.past, next.state.memory]);
    state = next.state;
    expect(await max(abs(sub(next.output, select(whole, 1, t)))).item()).toBeLessThan(1e-5);
  }
});

test("it has Mamba's parameters: 2·d·e, K·e + e, e·(r + 2N), r·e + e, e·N, e and e·d", () => {
  const [d, e, n, r, k] = [128, 256, 16, 8, 4];
  const wanted = 2 * d * e + (k * e + e) + e * (r + 2 * n) + (r * e + e) + e * n + e + e * d;
  expect(parameterCount(new SelectiveStateSpace({ dim: d }))).toBe(wanted);
});

test("every parameter gets a gradient, and step sizes begin between 0.001 and 0.1", async () => {
  const layer = new SelectiveStateSpace({ dim: 8, states: 4 });
  const gradients = grad(sum(layer.forward(x)), parameters(layer));
  await evaluate(gradients);
  for (const gradient of gradients) expect((gradient.held as Float32Array).some((value) => value !== 0)).toBe(true);
  const bias = (await layer.stepSize.bias?.data()) as Float32Array;
  for (const value of bias) {
    expect(Math.log1p(Math.exp(value))).toBeGreaterThanOrEqual(0.000999);
    expect(Math.log1p(Math.exp(value))).toBeLessThanOrEqual(0.1001);
  }
});
