import { Generator, jit, relu, type Tensor, tanh, tensor } from "@paperworks/tensor";
import { expect, test } from "vitest";
import { type FitProgress, fit, tensorsOf } from "./fit.ts";
import { Linear } from "./layers/linear.ts";
import { Sequential } from "./layers/sequential.ts";
import { crossEntropy } from "./losses/cross-entropy.ts";
import { accuracy } from "./metrics/classification.ts";
import { parameters } from "./module.ts";
import { AdamW } from "./optim/adam.ts";

/** Two interleaved half rings. */
function moons(count: number, seed: number) {
  const generator = new Generator(seed);
  const [angles, noise] = [generator.hostUniform(count), generator.hostNormal(2 * count)];
  const points = new Float32Array(2 * count);
  const labels = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const [a, side] = [Math.PI * angles[i], i % 2];
    labels[i] = side;
    points[2 * i] = (side ? 1 - Math.cos(a) : Math.cos(a)) + 0.08 * noise[2 * i];
    points[2 * i + 1] = (side ? 0.5 - Math.sin(a) : Math.sin(a)) + 0.08 * noise[2 * i + 1];
  }
  return { points: { data: points, shape: [count, 2] }, labels: { data: labels, shape: [count] } };
}

test("a multilayer perceptron learns two interleaved half rings, with progress and evaluation on the way", async () => {
  const generator = new Generator(1);
  const linear = (inFeatures: number, outFeatures: number) => new Linear({ inFeatures, outFeatures, generator });
  const model = new Sequential([linear(2, 32), relu, linear(32, 32), tanh, linear(32, 2)]);
  const optimizer = new AdamW(parameters(model), { lr: 0.01 });
  const step = jit(({ points, labels }: { points: Tensor; labels: Tensor }) => {
    const loss = crossEntropy(model.forward(points), labels);
    optimizer.minimize(loss);
    return { loss };
  });
  function* batches() {
    for (let i = 0; ; i++) yield moons(64, i);
  }
  const test = tensorsOf(moons(500, 10_000));
  const seen: FitProgress[] = [];
  const result = await fit({
    step,
    batches: batches(),
    steps: 250,
    every: 50,
    onProgress: (progress) => void seen.push(progress),
    evaluate: async () => ({ accuracy: await accuracy(model.forward(test.points), test.labels).item() }),
    evaluateEvery: 125,
  });
  expect(result.steps).toBe(250);
  expect(result.evaluations.map(({ step }) => step)).toEqual([125, 250]);
  expect(result.evaluations[1].values.accuracy).toBeGreaterThan(0.98);
  expect(seen.map(({ step }) => step)).toEqual([50, 100, 150, 200, 250]);
  expect(seen[0].secondsLeft).toBeGreaterThan(0);
  expect(seen[4].secondsLeft).toBe(0);
  expect(seen[4].loss).toBe(result.loss);
  expect(seen[4].loss).toBeLessThan(0.3 * Math.LN2);
});

const counting =
  (log: number[]) =>
  async ({ x }: { x: Tensor }) => {
    log.push(await x.item());
    return { loss: x };
  };
const numbered = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ x: { data: Float32Array.of(i), shape: [1] } }));

test("runs end with the batches, or after the steps asked for, and always report the last step", async () => {
  const log: number[] = [];
  const reports: number[] = [];
  const onProgress = ({ step }: FitProgress) => void reports.push(step);
  expect((await fit({ step: counting(log), batches: numbered(5), every: 2, onProgress })).steps).toBe(5);
  expect(reports).toEqual([2, 4, 5]);
  expect(await fit({ step: counting(log), batches: numbered(5), steps: 2 })).toMatchObject({ steps: 2, loss: 1 });
  expect(log).toEqual([0, 1, 2, 3, 4, 0, 1]);
  expect((await fit({ step: counting(log), batches: [] as ReturnType<typeof numbered> })).loss).toBeNaN();
  expect((await fit({ step: counting(log), batches: numbered(3), steps: 0 })).steps).toBe(0);
});

test("asynchronous batches work and are closed when the run ends early", async () => {
  let closed = false;
  async function* endless() {
    try {
      for (;;) yield* numbered(1);
    } finally {
      closed = true;
    }
  }
  await fit({ step: counting([]), batches: endless(), steps: 3 });
  expect(closed).toBe(true);
});

test("an aborted signal ends the run with its reason after the step under way", async () => {
  const control = new AbortController();
  const log: number[] = [];
  const run = fit({
    step: counting(log),
    batches: numbered(100),
    every: 1,
    signal: control.signal,
    onProgress: ({ step }) => {
      if (step === 3) control.abort(new Error("enough"));
    },
  });
  await expect(run).rejects.toThrow("enough");
  expect(log).toHaveLength(3);
});

test("16-bit batches become int32, tensors stay what they are", () => {
  const x = tensor([1]);
  const { a, b } = tensorsOf({ a: { data: Uint16Array.of(65535), shape: [1] }, b: x });
  expect([a.dtype, a.held?.[0]]).toEqual(["int32", 65535]);
  expect(b).toBe(x);
});
