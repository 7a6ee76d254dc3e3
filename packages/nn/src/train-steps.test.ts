import { fromArray, jit, manualSeed, mean, scan, square, stack, sub, type Tensor } from "@paperworks/tensor";
import { expect, test } from "vitest";
import { Dropout } from "./layers/dropout.ts";
import { Linear } from "./layers/linear.ts";
import { Sequential } from "./layers/sequential.ts";
import { parameters } from "./module.ts";
import { Adam } from "./optim/adam.ts";
import { type Trained, type TrainingRun, trainSteps } from "./train-steps.ts";

const stopped = new Error("stopped");

/** A run that keeps the state of its `stopAt`-th checkpoint and stops there. */
function runThat(restored: unknown, stopAt = -1): { run: TrainingRun; kept(): unknown; reports: number[] } {
  let left = stopAt;
  let kept: unknown;
  const reports: number[] = [];
  const run: TrainingRun = {
    restored,
    progress: async ({ step }) => void reports.push(step),
    async checkpoint(save) {
      if (--left !== 0) return false;
      kept = structuredClone(await save());
      throw stopped;
    },
  };
  return { run, kept: () => kept, reports };
}

/** Fits y = 2x with dropout on the way, so that the random state matters too. */
async function fitLine(run: TrainingRun, { stepsACall = 1, rate = 0.1 } = {}): Promise<Trained<{ slope: number }>> {
  manualSeed(3);
  const line = new Linear({ inFeatures: 1, outFeatures: 1 });
  const model = new Sequential([line, new Dropout({ rate })]);
  const optimizer = new Adam(parameters(model), { lr: 0.05 });
  const loss = (x: Tensor): Tensor => {
    const value = mean(square(sub(model.forward(x), x.mul(2))));
    optimizer.minimize(value);
    return value;
  };
  const one = jit((x: Tensor) => ({ loss: loss(x) }));
  const many = jit((xs: Tensor) => ({
    loss: scan((carry: Tensor[], x) => ({ carry, output: loss(x) }), [], xs).outputs,
  }));
  const inputs = (step: number): Tensor =>
    fromArray(
      Float32Array.from([0.1, 0.5, 1], (v) => v + step / 50),
      [3, 1],
    );
  return trainSteps({
    run,
    steps: 24,
    state: [model, optimizer],
    stepsACall,
    every: 5,
    step: (index) =>
      stepsACall === 1
        ? one(inputs(index))
        : many(stack(Array.from({ length: stepsACall }, (_, i) => inputs(index + i)))),
    evaluateAt: [0, 12, 24],
    evaluate: async () => ({ slope: (await line.weight.data())[0] as number }),
  });
}

test("a training that was stopped after any step goes on to the same numbers", async () => {
  const whole = await fitLine(runThat(undefined).run);
  expect(whole.curve.map(({ step }) => step)).toEqual([5, 10, 15, 20, 24]);
  expect(whole.evaluations.map(({ step }) => step)).toEqual([0, 12, 24]);
  for (const stopAt of [1, 12, 13, 23]) {
    const first = runThat(undefined, stopAt);
    await expect(fitLine(first.run)).rejects.toBe(stopped);
    expect(await fitLine(runThat(first.kept()).run)).toEqual(whole);
  }
});

test("several steps a call take the same steps", async () => {
  const [single, many] = [runThat(undefined), runThat(undefined)];
  const [a, b] = [await fitLine(single.run, { rate: 0 }), await fitLine(many.run, { rate: 0, stepsACall: 4 })];
  expect(single.reports.length).toBe(24);
  expect(many.reports).toEqual([4, 8, 12, 16, 20, 24]);
  expect(b.curve.map(({ step }) => step)).toEqual(a.curve.map(({ step }) => step));
  for (const [i, { loss }] of b.curve.entries()) expect(loss).toBeCloseTo(a.curve[i].loss, 5);
});

test("steps that do not fit are refused", async () => {
  const { run } = runThat(undefined);
  const line = new Linear({ inFeatures: 1, outFeatures: 1 });
  const step = async (): Promise<{ loss: Tensor }> => ({ loss: fromArray(Float32Array.of(1), [1]) });
  const base = { run, state: [line], step };
  await expect(trainSteps({ ...base, steps: 0 })).rejects.toThrow(/steps.*at least 1/);
  await expect(trainSteps({ ...base, steps: 10, stepsACall: 4 })).rejects.toThrow("4 steps a call do not divide 10");
  await expect(trainSteps({ ...base, steps: 4, stepsACall: 2 })).rejects.toThrow("a call of 2 steps gave 1 losses");
  await expect(trainSteps({ ...base, steps: 4, evaluateAt: [5] })).rejects.toThrow("after step 5; steps are 0 … 4");
});
