import { Adam, crossEntropy, parameterCount, parameters, restoreState, SGD, stateOf } from "@paperworks/nn";
import {
  fromArray,
  Generator,
  grad,
  jit,
  manualSeed,
  mean,
  Parameter,
  square,
  type Tensor,
  zeros,
} from "@paperworks/tensor";
import { describe, expect, it } from "vitest";
import { DeepMlp } from "./deep-mlp.ts";
import { annealedGradientNoise, clipGlobalNorm, noiseScale, randomWalkRms, weightNoise } from "./noise.ts";

const generator = new Generator(3);
const images = fromArray(generator.hostUniform(50 * 784), [50, 784]);
const labels = fromArray(
  Int32Array.from({ length: 50 }, (_, i) => i % 10),
  [50],
);
const noise = { eta: 0.03, gamma: 0.55 };
const spread = (values: ArrayLike<number | bigint>): number => {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += Number(values[i]) ** 2;
  return Math.sqrt(total / values.length);
};

/** What one step does to 100,000 parameters that have the gradient given. */
async function updates(
  gradient: number,
  transforms: ConstructorParameters<typeof SGD>[1]["transforms"],
  steps = 1,
): Promise<Float32Array[]> {
  const parameter = new Parameter(zeros([100_000]));
  const optimizer = new SGD([parameter], { lr: 1, transforms });
  const step = jit(() => optimizer.step([fromArray(new Float32Array(100_000).fill(gradient), [100_000])]));
  const made: Float32Array[] = [];
  let before = new Float32Array(100_000);
  for (let t = 0; t < steps; t++) {
    await step();
    const after = (await parameter.data()) as Float32Array<ArrayBuffer>;
    made.push(after.map((value, i) => value - before[i]));
    before = after;
  }
  return made;
}

describe("annealed noise", () => {
  it("has variance η at t = 0 and 100^(−γ)·η at t = 99", () => {
    expect(noiseScale(0, { eta: 0.7, gamma: 0.55 }) ** 2).toBeCloseTo(0.7, 12);
    expect(noiseScale(99, { eta: 1, gamma: 0.55 }) ** 2).toBeCloseTo(0.0794, 4);
  });

  it("draws with that variance, within 1 % over a million draws", async () => {
    let total = 0;
    const steps = await updates(0, [annealedGradientNoise({ eta: 0.3, gamma: 0.55, seed: 1 })], 10);
    steps.forEach((step, t) => {
      total += spread(step) ** 2 / noiseScale(t, { eta: 0.3, gamma: 0.55 }) ** 2;
    });
    expect(Math.abs(total / steps.length - 1)).toBeLessThan(0.01);
  });

  it("comes after clipping: with c = 1e-9 the step is the noise alone, to 1e-9", async () => {
    const transform = () => annealedGradientNoise({ ...noise, seed: 2 });
    const [clipped] = await updates(5, [clipGlobalNorm(1e-9), transform()]);
    const [alone] = await updates(0, [transform()]);
    expect(Math.max(...clipped.map((value, i) => Math.abs(value - alone[i])))).toBeLessThan(1e-8);
  });

  it("is the identity, bit for bit, at η = 0", async () => {
    const [plain] = await updates(0.123, []);
    const [silent] = await updates(0.123, [annealedGradientNoise({ eta: 0, seed: 3 })]);
    expect(silent).toEqual(plain);
  });

  it("is uncorrelated between parameters and between steps, and the same for the same seed", async () => {
    const transform = () => [annealedGradientNoise({ ...noise, seed: 4 })];
    const [first, second] = await updates(0, transform(), 2);
    const correlation = (a: Float32Array, b: Float32Array): number =>
      a.reduce((sum, value, i) => sum + value * b[i], 0) / (a.length * spread(a) * spread(b));
    const limit = 4 / Math.sqrt(50_000);
    expect(Math.abs(correlation(first, second))).toBeLessThan(limit);
    expect(Math.abs(correlation(first.slice(0, 50_000), first.slice(50_000)))).toBeLessThan(limit);
    expect((await updates(0, transform(), 2))[1]).toEqual(second);
  });

  it("refuses a negative η or γ", () => {
    expect(() => annealedGradientNoise({ eta: -1, seed: 0 })).toThrow("-1");
    expect(() => annealedGradientNoise({ eta: 1, gamma: -0.5, seed: 0 })).toThrow("-0.5");
  });
});

describe("a deep network from zero", () => {
  const gradientsOf = (model: DeepMlp) =>
    jit((x: Tensor, y: Tensor) => ({ all: grad<Tensor[]>(crossEntropy(model.forward(x), y), parameters(model)) }));

  it("has 88,210 parameters at 20 layers of 50", () => {
    expect(parameterCount(new DeepMlp())).toBe(784 * 50 + 50 + 19 * (50 * 50 + 50) + 50 * 10 + 10);
    expect(parameterCount(new DeepMlp())).toBe(88_210);
  });

  it("has no gradient but that of the output bias", async () => {
    const model = new DeepMlp({ init: "zero" });
    const { all } = await gradientsOf(model)(images, labels);
    const sizes = await Promise.all(all.map(async (gradient) => spread(await gradient.data())));
    expect(sizes.slice(0, -1).every((size) => size === 0)).toBe(true);
    expect(sizes[sizes.length - 1]).toBeGreaterThan(0);
  });

  // Six layers are too few for the fact: there the signal survives, and learning has begun by step 600.
  it.each([12, 20])("walks to an rms of 0.107 in 600 steps, whatever the depth: %i layers", async (depth) => {
    const model = new DeepMlp({ init: "zero", depth });
    const optimizer = new SGD(parameters(model), {
      lr: 0.1,
      transforms: [clipGlobalNorm(10), annealedGradientNoise({ ...noise, seed: 5 })],
    });
    const step = jit((x: Tensor, y: Tensor) => optimizer.minimize(crossEntropy(model.forward(x), y)));
    for (let t = 0; t < 600; t++) await step(images, labels);
    const square = await Promise.all(model.hidden.slice(1).map(({ weight }) => weight.data()));
    const rms = Math.hypot(...square.map(spread)) / Math.sqrt(square.length);
    expect(randomWalkRms(600, 0.1, noise)).toBeCloseTo(0.1066, 4);
    // 27,500 weights or more: the rms of so many draws spreads by 0.107/√55,000 = 0.0005.
    expect(Math.abs(rms - 0.1066)).toBeLessThan(0.002);
  });

  it("loses three quarters of the squared signal a layer at N(0, 0.1²) and width 50", async () => {
    manualSeed(6);
    const ratios: number[] = [];
    for (let i = 0; i < 8; i++) {
      const activations = await Promise.all(
        new DeepMlp({ init: "simple", depth: 4 }).activations(images).map((h) => mean(square(h)).item()),
      );
      for (let l = 2; l < activations.length; l++) ratios.push(activations[l] / activations[l - 1]);
    }
    expect(ratios.reduce((a, b) => a + b, 0) / ratios.length).toBeCloseTo(0.25, 1);
  });

  it("goes on with the same noise after its state was saved", async () => {
    const make = () => {
      manualSeed(7);
      const model = new DeepMlp({ init: "he", depth: 2 });
      const optimizer = new SGD(parameters(model), {
        lr: 0.1,
        transforms: [annealedGradientNoise({ ...noise, seed: 8 })],
      });
      return {
        model,
        optimizer,
        step: jit((x: Tensor, y: Tensor) => optimizer.minimize(crossEntropy(model.forward(x), y))),
      };
    };
    const whole = make();
    for (let t = 0; t < 6; t++) await whole.step(images, labels);
    const first = make();
    for (let t = 0; t < 3; t++) await first.step(images, labels);
    const saved = await stateOf(first.model, first.optimizer);
    const second = make();
    restoreState(saved, second.model, second.optimizer);
    for (let t = 0; t < 3; t++) await second.step(images, labels);
    expect(await second.model.output.weight.data()).toEqual(await whole.model.output.weight.data());
  });
});

describe("noise on the weights", () => {
  it("takes the gradient elsewhere and leaves the weights where they were", async () => {
    const parameter = new Parameter(fromArray(new Float32Array(1000).fill(2), [1000]));
    const perturb = weightNoise({ sigma: 0.5, seed: 9 });
    const look = jit(() => ({ gradient: perturb([parameter], () => square(parameter).sum().mul(0.5)).gradients[0] }));
    const gradient = await (await look()).gradient.data();
    // d ½Σw² / dw is the weight itself, so the gradient shows where it was taken.
    const offsets = Float32Array.from(gradient as Float32Array, (value) => value - 2);
    expect(spread(offsets)).toBeGreaterThan(0.4);
    expect(spread(offsets)).toBeLessThan(0.6);
    expect(spread(await parameter.data())).toBeCloseTo(2, 6);
  });

  it("goes with every optimiser", async () => {
    const parameter = new Parameter(zeros([4]));
    const optimizer = new Adam([parameter], { lr: 0.1 });
    const perturb = weightNoise({ sigma: 0.1, seed: 10 });
    const step = jit(() => optimizer.step(perturb([parameter], () => square(parameter.sub(1)).sum()).gradients));
    for (let t = 0; t < 60; t++) await step();
    for (const value of await parameter.data()) expect(Math.abs(Number(value) - 1)).toBeLessThan(0.2);
  });
});
