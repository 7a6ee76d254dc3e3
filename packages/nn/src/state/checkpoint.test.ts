import { Generator, jit, relu, type Tensor, tensor } from "@paperworks/tensor";
import { expect, test } from "vitest";
import { StateMismatchError } from "../errors.ts";
import { BatchNorm } from "../layers/batch-norm.ts";
import { Dropout } from "../layers/dropout.ts";
import { Linear } from "../layers/linear.ts";
import { Sequential } from "../layers/sequential.ts";
import { crossEntropy } from "../losses/cross-entropy.ts";
import { namedBuffers, parameters } from "../module.ts";
import { Adam } from "../optim/adam.ts";
import { clipGlobalNorm } from "../optim/clipping.ts";
import { annealedGradientNoise } from "../optim/gradient-noise.ts";
import * as schedules from "../optim/schedules.ts";
import { restoreState, stateOf } from "./checkpoint.ts";

function build(seed: number, hidden = 12) {
  const generator = new Generator(seed);
  const model = new Sequential([
    new Linear({ inFeatures: 4, outFeatures: hidden, generator }),
    new BatchNorm({ channels: hidden }),
    relu,
    new Dropout({ rate: 0.5, generator }),
    new Linear({ inFeatures: hidden, outFeatures: 3, generator }),
    new Dropout({ rate: 0.1, generator }),
  ]);
  const optimizer = new Adam(parameters(model), {
    lr: schedules.cosine({ peak: 0.01, steps: 20 }),
    transforms: [clipGlobalNorm(1), annealedGradientNoise({ eta: 0.01, seed: 5 })],
  });
  const step = jit((x: Tensor, y: Tensor) => {
    const loss = crossEntropy(model.forward(x), y);
    optimizer.minimize(loss);
    return { loss };
  });
  return { model, optimizer, step };
}

const batch = (t: number): [Tensor, Tensor] => [
  tensor(
    Float32Array.from({ length: 32 }, (_, i) => Math.sin(i + 3 * t)),
    { shape: [8, 4] },
  ),
  tensor(Int32Array.from({ length: 8 }, (_, i) => (i + t) % 3)),
];

async function run({ step }: ReturnType<typeof build>, from: number, to: number): Promise<number[]> {
  const losses: number[] = [];
  for (let t = from; t < to; t++) losses.push(await (await step(...batch(t))).loss.item());
  return losses;
}

const everything = async ({ model, optimizer }: ReturnType<typeof build>) =>
  Promise.all(
    [...parameters(model), ...namedBuffers(model).values(), ...optimizer.buffers().values()].map((v) => v.data()),
  );

test("ten steps equal five, a save, fresh objects, a load and five more: every loss, weight and moment, bit for bit", async () => {
  const whole = build(1);
  const losses = await run(whole, 0, 10);
  const first = build(1);
  await run(first, 0, 5);
  const saved = await stateOf(first.model, first.optimizer);
  const second = build(2);
  restoreState(saved, second.model, second.optimizer);
  expect(await run(second, 5, 10)).toEqual(losses.slice(5));
  expect(await everything(second)).toEqual(await everything(whole));
});

test("a state of another model is refused and nothing changes", async () => {
  const [small, large] = [build(1, 12), build(1, 13)];
  const before = await everything(large);
  const saved = await stateOf(small.model, small.optimizer);
  expect(() => restoreState(saved, large.model, large.optimizer)).toThrow(StateMismatchError);
  expect(() => restoreState(saved, large.model, large.optimizer)).toThrow(
    "optimizer.blocks.0.first: float32[123] for float32[133]",
  );
  expect(await everything(large)).toEqual(before);
});
